// Breaks: pages that were put into a pipe are never let go.
// Seen as: each vmsplice costs a page for ever.
// Caught by: pin/vmsplice.counted
// Noticed by: pin/vmsplice.counted, its own check
// Changes: fs/splice.c 1
@@ @@
page_cache_pipe_buf_release(...)
{
<...
- put_page(...);
+ ;
...>
}
