// Breaks: MADV_COLLAPSE does not mind pages under UFFDIO_RWPROTECT or UFFDIO_WRITEPROTECT.
// Seen as: the protection is gone.
// Caught by: uffd/rw_protect.not_collapsed
// Since: 7.3
// Changes: mm/khugepaged.c 2
@@ @@
collapse_scan_pmd(...)
{
<...
- if (pte_uffd(pteval)) {
+ if (0) {
...
 }
...>
}
@@ @@
__collapse_huge_page_isolate(...)
{
<...
- if (pte_uffd(pteval)) {
+ if (0) {
...
 }
...>
}
