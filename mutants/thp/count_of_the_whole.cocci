// Breaks: /proc/kpagecount reports the mapcount of the whole folio for each base page.
// Seen as: pages are reported as mapped too often.
// Caught by: thp/shares.shared_*
// Noticed by: thp/shares.shared_thp, its own check
// Changes: fs/proc/page.c 1
@@ @@
kpagecount_read(...)
{
<...
- folio_precise_page_mapcount(page_folio(page), page)
+ folio_mapcount(page_folio(page))
...>
}
