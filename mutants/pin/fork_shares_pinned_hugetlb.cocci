// Breaks: fork shares a pinned private hugetlb page instead of copying it.
// Seen as: device and parent use different pages after the parent's write.
// Caught by: pin/fork.all_write_hugetlb pin/fork.copied_at_fork
// Noticed by: pin/fork.copied_at_fork, its own check
// Changes: mm/hugetlb.c 1
@@ @@
copy_hugetlb_page_range(...)
{
<...
- hugetlb_try_dup_anon_rmap(pte_folio, src_vma)
+ (ClearPageAnonExclusive(&pte_folio->page), atomic_inc(&pte_folio->_entire_mapcount), atomic_inc(&pte_folio->_large_mapcount), false)
...>
}
