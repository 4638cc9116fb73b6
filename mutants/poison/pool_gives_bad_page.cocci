// Breaks: a huge page that was poisoned while free is allocated.
// Seen as: memory errors in new memory.
// Caught by: poison/pool_losses.all_promised poison/surplus.shrunk_promised
// Changes: mm/hugetlb.c 1
@@ @@
dequeue_hugetlb_folio_node_exact(...)
{
<...
- if (folio_test_hwpoison(folio))
-	continue;
...>
}
