// Breaks: pages of hugetlb that are protected are made read-only and not marked.
// Seen as: writes that no handler hears of.
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
