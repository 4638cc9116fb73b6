// Breaks: a collapse does not zero missing pages.
// Seen as: the process reads data of the previous user of the page.
// Caught by: thp/collapse.holes thp/khugepaged.max_ptes_none
// Noticed by: thp/collapse.holes, its own check
// Changes: mm/khugepaged.c 1
@@ @@
__collapse_huge_page_copy(...)
{
<...
- clear_user_highpage(page, src_addr);
+ memset(page_address(page), 0xa5, PAGE_SIZE);
...>
}
