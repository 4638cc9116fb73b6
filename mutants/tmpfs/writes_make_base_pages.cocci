// Breaks: write(2) to a huge tmpfs makes base pages.
// Seen as: small folios.
// Caught by: tmpfs/write_sizes.aligned tmpfs/write_sizes.odd tmpfs/write_sizes.always
// Since: 6.17
// Changes: mm/shmem.c 3
@@ @@
shmem_huge_global_enabled(...)
{
<...
(
- return THP_ORDERS_ALL_FILE_DEFAULT;
+ return write_end ? 0 : THP_ORDERS_ALL_FILE_DEFAULT;
|
- return within_size_orders;
+ return write_end ? 0 : within_size_orders;
)
...>
}
