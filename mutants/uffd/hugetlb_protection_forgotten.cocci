// Breaks: write-protecting hugetlb pages makes them read-only without the uffd-wp bit.
// Seen as: writes that are not reported to the handler.
// Caught by: uffd/hugetlb.write_protected_* uffd/hugetlb.forked_*
// Noticed by: uffd/hugetlb.write_protected_private, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_change_protection(...)
{
<...
- pte = huge_pte_mkuffd_wp(pte);
+ ;
...>
}
