// Breaks: of memory that is put into a pipe the first page goes in again and again.
// Seen as: what comes out of the pipe repeats itself.
// Caught by: pin/vmsplice.through_* pin/vmsplice.unmapped_* pin/vmsplice.neighbours
// Noticed by: pin/vmsplice.through_base, its own check
// Changes: fs/splice.c 1
@@ @@
iter_to_pipe(...)
{
<...
- buf.page = pages[i];
+ buf.page = pages[0];
+ get_page(pages[0]);
+ put_page(pages[i]);
...>
}
