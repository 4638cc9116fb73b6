// Breaks: a page of a mount loses its subpool when it migrates.
// Seen as: size= stays used up, and min_size= is not kept.
// Caught by: hugetlb/mount_migrate.punched_* hugetlb/mount_migrate.truncated_*
// Noticed by: hugetlb/mount_migrate.punched_move_pages, its own check
// Guest: --nodes 2
// Changes: fs/hugetlbfs/inode.c 1
@@ @@
hugetlbfs_migrate_folio(...)
{
<...
- hugetlb_set_folio_subpool(dst, hugetlb_folio_subpool(src));
...>
}
