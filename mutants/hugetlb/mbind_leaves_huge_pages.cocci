// Breaks: mbind and migrate_pages do not migrate huge pages, and report no error.
// Seen as: huge pages stay on the wrong node.
// Caught by: hugetlb/migrate_policy.mbind_moves hugetlb/migrate_policy.mbind_part hugetlb/migrate_policy.no_room hugetlb/migrate_policy.whole_process
// Noticed by: hugetlb/migrate_policy.mbind_moves, its own check
// Changes: mm/mempolicy.c 1
@@ @@
queue_folios_hugetlb(...)
{
<...
- if (!queue_folio_required(folio, qp))
+ if (folio)
	goto unlock;
...>
}
