// Breaks: a collapse of shmem does not copy the last page.
// Seen as: the data of the last page is lost.
// Caught by: tmpfs/recovery.alone_* tmpfs/holes.one_page_*
// Noticed by: tmpfs/holes.one_page_anon, its own check
// Changes: mm/khugepaged.c 1
@@ @@
collapse_file(...)
{
<...
- copy_mc_highpage(dst, folio_page(folio, i)) > 0
+ index == end - 1 ? (clear_highpage(dst), 0) : copy_mc_highpage(dst, folio_page(folio, i)) > 0
...>
}
