// Breaks: a child inherits inaccessible hugetlb pages of UFFDIO_RWPROTECT without a userfaultfd.
// Seen as: a child cannot read its memory.
// Caught by: uffd/rw_protection_stays.forked_hugetlb
// Since: 7.3
// Changes: mm/hugetlb.c 1
@@ @@
copy_hugetlb_page_range(...)
{
<...
- if (userfaultfd_rwp(src_vma) && huge_pte_uffd(entry)) {
+ if (0) {
...
 }
...>
}
