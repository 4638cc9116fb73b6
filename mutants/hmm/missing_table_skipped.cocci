// Breaks: a range without a page table does not migrate.
// Seen as: a device must fault where it could have had fresh pages.
// Caught by: hmm/empty.no_table_* hmm/capacity.twice_*
// Noticed by: hmm/capacity.twice_private, its own check
// Changes: mm/migrate_device.c 1
@@ @@
migrate_vma_collect_hole(...)
{
<...
- !vma_is_anonymous(walk->vma)
+ walk->vma
...>
}
