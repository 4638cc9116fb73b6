// Breaks: fork removes the write protection of hugetlb pages, even with fork events.
// Seen as: writes of a child are not reported.
// Caught by: uffd/events_hugetlb.child_protected_* uffd/protection_stays.forked_hugetlb
// Noticed by: uffd/events_hugetlb.child_protected_private, its own check
// Changes: mm/hugetlb.c 1
@@ @@
copy_hugetlb_page_range(...)
{
<...
- if (!userfaultfd_wp(dst_vma))
  entry = huge_pte_clear_uffd_wp(entry);
  set_huge_pte_at(...);
...>
}
