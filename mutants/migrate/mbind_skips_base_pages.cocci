// Breaks: mbind does not move base pages.
// Seen as: a policy is not obeyed.
// Caught by: migrate/mbind.private_file migrate/mbind.mapped_by_base_pages migrate/sizes.every_size
// Noticed by: migrate/mbind.mapped_by_base_pages, its own check
// Changes: mm/mempolicy.c 1
@@ @@
queue_folios_pte_range(...)
{
<...
- if (!queue_folio_required(folio, qp))
+ if (folio)
	continue;
...>
}
