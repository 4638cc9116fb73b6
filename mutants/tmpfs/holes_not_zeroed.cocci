// Breaks: a recovery leaves the holes of a file as it found the new page.
// Seen as: somebody else's old data.
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
