// Breaks: MPOL_MF_MOVE moves pages that other processes map.
// Seen as: a process migrates memory of others.
// Caught by: migrate/mbind.shared_by_fork migrate/strict.shared
// Noticed by: migrate/mbind.shared_by_fork, its own check
// Changes: mm/mempolicy.c 1
@@ @@
migrate_folio_add(...)
{
<...
- if ((flags & MPOL_MF_MOVE_ALL) || !folio_likely_mapped_shared(folio)) {
+ if (1) {
...
}
...>
}
