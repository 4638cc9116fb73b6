// Breaks: a collapse does not zero the holes of a file.
// Seen as: processes read data of the previous user of the page.
// Caught by: tmpfs/holes.punched_* tmpfs/holes.one_page_* tmpfs/khugepaged.max_ptes_none_*
// Noticed by: tmpfs/holes.one_page_anon, its own check
// Changes: mm/khugepaged.c 2
@@ @@
collapse_file(...)
{
<...
- clear_highpage(dst);
+ memset(page_address(dst), 0xa5, PAGE_SIZE);
...>
}
