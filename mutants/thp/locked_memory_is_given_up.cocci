// Breaks: MADV_FREE and MADV_DONTNEED drop mlocked memory.
// Seen as: mlocked data is lost.
// Caught by: thp/lazy_free.refused_locked_* thp/locked.dropped_*
// Noticed by: thp/lazy_free.refused_locked_mthp, its own check
// Changes: mm/madvise.c 1
@@ @@
madvise_dontneed_free_valid_vma(...)
{
<...
- if (behavior != MADV_DONTNEED_LOCKED)
-	forbidden |= VM_LOCKED;
...>
}
