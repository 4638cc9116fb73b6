// Breaks: Pss divides each base page by the mapcount of the whole folio.
// Seen as: Pss is too small.
// Caught by: thp/shares.shared_*
// Noticed by: thp/shares.shared_thp, its own check
// Changes: fs/proc/task_mmu.c 1
@@ @@
smaps_account(...)
{
<...
- folio_precise_page_mapcount(folio, page)
+ folio_mapcount(folio)
...>
}
