// Breaks: a poisoned huge page is not dissolved.
// Seen as: 2 MB are lost instead of 4 kB.
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
