// Breaks: MADV_FREE does not clear the dirty bit of a huge page.
// Seen as: the page is swapped out instead of discarded.
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
