// Breaks: smaps takes a page in a shared page table for private, for it is mapped once.
// Seen as: each process seems to have memory of its own.
// Caught by: pmdshare/smaps.table_shared
// Noticed by: pmdshare/smaps.table_shared, its own check
// Changes: fs/proc/task_mmu.c 1
@@ @@
smaps_hugetlb_range(...)
{
<...
- !present || folio_likely_mapped_shared(folio) || hugetlb_pmd_shared(pte)
+ !present || folio_likely_mapped_shared(folio)
...>
}
