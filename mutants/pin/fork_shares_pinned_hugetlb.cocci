// Breaks: fork shares a pinned private hugetlb page instead of copying it.
// Seen as: the device writes where nobody looks any more, once the parent has written.
// Caught by: pin/fork.all_write_hugetlb pin/fork.copied_at_fork
// Changes: mm/hugetlb.c 1
@@ @@
copy_hugetlb_page_range(...)
{
<...
- hugetlb_try_dup_anon_rmap(pte_folio, src_vma)
+ (hugetlb_add_file_rmap(pte_folio), false)
...>
}
