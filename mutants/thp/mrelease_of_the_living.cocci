// Breaks: process_mrelease succeeds for a process that is not being killed.
// Seen as: the call does nothing and says that it did.
// Caught by: thp/mrelease.refused
// Noticed by: thp/mrelease.refused, its own check
// Changes: mm/oom_kill.c 1
@@ expression E; @@
- if (!test_bit(MMF_OOM_SKIP, E))
- 	ret = -EINVAL;
