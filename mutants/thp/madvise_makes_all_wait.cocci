// Breaks: defrag=madvise compacts memory directly in faults without MADV_HUGEPAGE, too.
// Seen as: faults take long.
// Caught by: thp/defrag.madvise
// Noticed by: thp/defrag.madvise, its own check
// Changes: mm/huge_memory.c 1
// Guest: --memory 2G
@@ @@
vma_thp_gfp_mask(...)
{
<...
- vma_madvised ? __GFP_DIRECT_RECLAIM : 0
+ __GFP_DIRECT_RECLAIM
...>
}
