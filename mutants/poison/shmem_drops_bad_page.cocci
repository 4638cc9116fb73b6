// Breaks: shmem removes a poisoned page from the page cache.
// Seen as: zeros instead of data, without an error.
// Caught by: poison/shmem.mapped poison/shmem.read_and_write poison/shmem.mapped_later poison/shmem.other_process
// Noticed by: poison/shmem.mapped, its own check
// Changes: mm/shmem.c 1
@@ identifier m, f; @@
shmem_error_remove_folio(struct address_space *m, struct folio *f)
{
- return 0;
+ return truncate_inode_folio(m, f);
}
