// Breaks: MADV_COLLAPSE loses the write protection of pages.
// Seen as: writes are not reported to the handler.
// Caught by: uffd/write_protect.not_collapsed
// Noticed by: uffd/write_protect.not_collapsed, its own check
// Changes: mm/khugepaged.c 2
@@
identifier f =~ "^(__collapse_huge_page_isolate|hpage_collapse_scan_pmd)$";
@@
f(...)
{
<...
- pte_uffd_wp(pteval)
+ 0
...>
}
