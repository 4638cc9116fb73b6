// Breaks: fork and exec do not inherit PR_SET_THP_DISABLE.
// Seen as: children get THPs.
// Caught by: thp/refusal.executed thp/advice.by_prctl
// Noticed by: thp/advice.by_prctl, its own check
// Changes: kernel/fork.c 1
@@ @@
- mmf_init_flags(current->mm->flags)
+ (mmf_init_flags(current->mm->flags) & ~(1UL << MMF_DISABLE_THP))
