// Breaks: fork takes the protection of hugetlb pages away, also where the handler is told.
// Seen as: writes of a child that its handler never hears of.
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
