// Breaks: a huge page with an error stays whole, and out of the pool.
// Seen as: 2 MB are lost in place of 4 kB.
// Caught by: poison/pool.private poison/pool.free_page
// Noticed by: poison/pool.private, its own check
// Changes: mm/memory-failure.c 1
@@ @@
__page_handle_poison(...)
{
<...
- dissolve_free_hugetlb_folio(page_folio(page))
+ -EBUSY
...>
}
