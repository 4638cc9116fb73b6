// Breaks: mbind and migrate_pages do not move PMD-mapped huge pages.
// Seen as: a policy is not obeyed, without an error.
// Caught by: migrate/mbind.whole migrate/mbind.shmem migrate/move_pages.process migrate/move_pages.other_process migrate/strict.met_by_moving migrate/mbind.part migrate/mbind.all_of_fork
// Noticed by: migrate/mbind.whole, its own check
// Changes: mm/mempolicy.c 1
@@ @@
queue_folios_pmd(...)
{
...
- if (!queue_folio_required(folio, qp))
+ if (folio)
	return;
...
}
