// Breaks: Pss shares each base page by how often the huge page is mapped, in all its parts.
// Seen as: processes that seem to have next to no memory.
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
