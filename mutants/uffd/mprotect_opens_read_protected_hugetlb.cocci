// Breaks: mprotect gives back access to hugetlb pages under UFFDIO_RWPROTECT.
// Seen as: a protected huge page is read without the handler.
// Caught by: uffd/rw_protection_stays.mprotected_hugetlb
// Since: 7.3
// Changes: mm/hugetlb.c 1
@@ @@
hugetlb_change_protection(...)
{
<...
- userfaultfd_rwp(vma) && huge_pte_uffd(pte)
+ 0
...>
}
