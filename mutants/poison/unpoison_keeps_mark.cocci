// Breaks: a free page that is unpoisoned stays marked as bad.
// Seen as: the memory is lost though it is good.
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
