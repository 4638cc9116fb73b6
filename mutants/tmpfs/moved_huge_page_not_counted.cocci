// Breaks: a huge page of shmem that migrates is not counted on its new node.
// Seen as: ShmemHugePages of the nodes is wrong.
// Caught by: tmpfs/reports_nodes
// Noticed by: tmpfs/reports_nodes.moved_anon, its own check
// Guest: --nodes 2
// Changes: mm/migrate.c 1
@@ @@
__folio_migrate_mapping(...)
{
<...
- __mod_lruvec_state(new_lruvec, NR_SHMEM_THPS, nr);
...>
}
