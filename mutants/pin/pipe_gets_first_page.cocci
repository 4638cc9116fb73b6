// Breaks: vmsplice puts the first page into the pipe again and again.
// Seen as: the pipe has the wrong data.
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
