// Breaks: mbind does not move PTE-mapped huge pages.
// Seen as: a policy is not obeyed.
// Caught by: migrate/mbind.mapped_by_base_pages
// Noticed by: migrate/mbind.mapped_by_base_pages, its own check
// Changes: mm/mempolicy.c 1
@@ @@
queue_folios_pte_range(...)
{
<...
if (folio_test_large(folio)) {
+ continue;
...
}
...>
}
