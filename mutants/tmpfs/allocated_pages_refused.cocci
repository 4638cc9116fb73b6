// Breaks: a collapse fails for pages that fallocate allocated and nobody wrote.
// Seen as: MADV_COLLAPSE fails without a reason.
// Caught by: tmpfs/holes.allocated_*
// Noticed by: tmpfs/holes.allocated_anon, its own check
// Changes: mm/khugepaged.c 1
@@ @@
collapse_file(...)
{
<...
- xa_is_value(folio) || !folio_test_uptodate(folio)
+ xa_is_value(folio) && is_shmem
...>
}
