// Breaks: a collapse of shmem copies only every other page.
// Seen as: data is lost.
// Caught by: tmpfs/race_recovery.*
// Noticed by: tmpfs/race_recovery.balance, its own check
// Changes: mm/khugepaged.c 1
@@ @@
collapse_file(...)
{
<...
- copy_mc_highpage(dst, folio_page(folio, i)) > 0
+ index & 1 ? (clear_highpage(dst), 0) : copy_mc_highpage(dst, folio_page(folio, i)) > 0
...>
}
