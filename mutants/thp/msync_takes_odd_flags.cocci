// Breaks: msync accepts MS_SYNC together with MS_ASYNC.
// Seen as: a mistake goes unnoticed.
// Caught by: thp/advice_bounds.synced_*
// Noticed by: thp/advice_bounds.synced_base, its own check
// Changes: mm/msync.c 1
@@ @@
- if ((flags & MS_ASYNC) && (flags & MS_SYNC))
-	goto out;
  error = -ENOMEM;
