// Breaks: MADV_COLLAPSE joins protected pages with others, and forgets their protection.
// Seen as: a handler misses writes.
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
