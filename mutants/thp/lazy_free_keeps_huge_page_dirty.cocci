// Breaks: a huge page that is lazily freed stays dirty.
// Seen as: it is swapped out in place of being dropped.
// Caught by: thp/lazy_free.taken_thp
// Noticed by: thp/lazy_free.taken_thp, its own check
// Changes: mm/huge_memory.c 1
@@ @@
madvise_free_huge_pmd(...)
{
<...
- orig_pmd = pmd_mkclean(orig_pmd);
...>
}
