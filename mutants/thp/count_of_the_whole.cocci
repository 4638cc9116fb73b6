// Breaks: /proc/kpagecount reports for each base page how often its huge page is mapped, in all
//   its parts.
// Seen as: tools that take memory for shared that is not.
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
