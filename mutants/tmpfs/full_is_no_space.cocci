// Breaks: where a large folio has no room write(2) fails with ENOSPC.
// Seen as: a file system with free blocks is full.
// Caught by: tmpfs/write_sizes.full_*
// Since: 6.17
// Changes: mm/shmem.c 1
@@ @@
shmem_get_folio_gfp(...)
{
<...
 if (PTR_ERR(folio) == -EEXIST)
 goto repeat;
+ if (PTR_ERR(folio) == -ENOSPC) { error = -ENOSPC; folio = NULL; goto unlock; }
...>
}
