// Breaks: pages spliced into a pipe are never released.
// Seen as: each vmsplice leaks a page.
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
