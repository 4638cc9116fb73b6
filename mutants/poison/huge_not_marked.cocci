// Breaks: a poisoned huge page is not marked.
// Seen as: the bad memory is allocated again.
// Caught by: poison/races_pool.given_back poison/pool.free_page poison/pool.private
// Noticed by: poison/pool.private, kernel log
// Changes: mm/memory-failure.c 1
@@ @@
hugetlb_update_hwpoison(...)
{
<...
- folio_test_set_hwpoison(folio)
+ 0
...>
}
