// Breaks: a transfer into a buffer begins at the start of a segment.
// Seen as: data is transferred to the wrong place.
// Caught by: pin/file.cached_* pin/file.direct_* pin/fork.all_write_* pin/gone.unmapped_* pin/gone.dropped_* pin/gone.moved_* pin/gone.truncated_* pin/gone.punched_*
// Noticed by: pin/file.cached_hugetlb, its own check
// Changes: io_uring/rsrc.c 2
@@ identifier iter; expression E; @@
io_import_fixed(...)
{
<...
(
- iter->iov_offset = offset & E;
+ iter->iov_offset = 0;
|
- iter->iov_offset = offset;
+ iter->iov_offset = 0;
)
...>
}
