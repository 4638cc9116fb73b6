// Breaks: an unpoisoned free page keeps its hwpoison flag.
// Seen as: good memory is lost.
// Caught by: poison/races_pool.unpoison poison/page_types.free_page
// Noticed by: poison/page_types.free_page, its own check
// Changes: mm/page_alloc.c 1
@@ @@
put_page_back_buddy(...)
{
<...
- TestClearPageHWPoison(page)
+ PageHWPoison(page)
...>
}
