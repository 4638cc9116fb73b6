// Breaks: idle page tracking clears accessed bits without marking the folio young.
// Seen as: memory that is in use is not Referenced in smaps, and reclaim takes it first.
// Caught by: thp/idle.referenced_stays_*
// Noticed by: thp/idle.referenced_stays_base, its own check
// Changes: mm/page_idle.c 1
@@ @@
page_idle_clear_pte_refs_one(...)
{
<...
- folio_set_young(folio);
...>
}
