// Breaks: smaps counts a page in a shared page table as private, because its mapcount is 1.
// Seen as: Private_Hugetlb is too large.
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
