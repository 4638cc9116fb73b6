// Breaks: a huge page that went bad while it was free is given to who asks next.
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
