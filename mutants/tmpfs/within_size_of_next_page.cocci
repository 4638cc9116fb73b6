// Breaks: huge=within_size makes the largest folio whatever the file's size is.
// Seen as: a file of a page has a huge page.
// Caught by: tmpfs/write_sizes.aligned tmpfs/write_sizes.odd tmpfs/write_sizes.page_by_page
// Since: 6.17
// Changes: mm/shmem.c 1
@@ @@
shmem_get_orders_within_size(...)
{
<...
- i_size >> PAGE_SHIFT >= aligned_index
+ 1
...>
}
