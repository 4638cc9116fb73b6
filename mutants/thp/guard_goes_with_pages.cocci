// Breaks: dropping the pages of a range also removes its guards.
// Seen as: after MADV_DONTNEED a guard region can be written.
// Caught by: thp/guard.kept_thp_dontneed thp/guard.kept_tmpfs_dontneed
// Noticed by: thp/guard.kept_thp_dontneed, its own check
// Since: 6.13
// Changes: mm/memory.c 1
@@
expression entry, details;
statement S;
@@
 if (softleaf_is_guard_marker(entry)) {
- if (!zap_drop_markers(details))
+ if (0 && !zap_drop_markers(details))
  return 1;
 } else S
