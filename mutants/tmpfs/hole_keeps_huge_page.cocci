// Breaks: a huge page that a hole covers completely is zeroed instead of freed.
// Seen as: blocks are not freed.
// Caught by: tmpfs/cut.punch_huge_page_*
// Noticed by: tmpfs/cut.punch_huge_page_anon, its own check
// Changes: mm/shmem.c 1, mm/truncate.c 1
@@ @@
shmem_undo_range(...)
{
<...
- if (!unfalloc || !folio_test_uptodate(folio)) truncate_inode_folio(mapping, folio);
+ if (!folio_test_large(folio) || lend == -1)
+ if (!unfalloc || !folio_test_uptodate(folio)) truncate_inode_folio(mapping, folio);
...>
}

@@ @@
truncate_inode_partial_folio(...)
{
...
folio_wait_writeback(folio);
+ if (length == folio_size(folio) && folio_test_large(folio) && end != -1) {
+ folio_zero_range(folio, 0, length);
+ return false;
+ }
...
}
