// Breaks: hugetlb pages stay write-protected in a child without a handler.
// Seen as: a child waits for ever, or reports unexpected write protection.
// Caught by: uffd/protection_stays.forked_untold_hugetlb
// Noticed by: uffd/protection_stays.forked_untold_hugetlb, its own check
// Changes: mm/hugetlb.c 1
@@ @@
copy_hugetlb_page_range(...)
{
<...
- if (!userfaultfd_wp(dst_vma))
+ if (0)
  entry = huge_pte_clear_uffd_wp(entry);
  set_huge_pte_at(...);
...>
}
