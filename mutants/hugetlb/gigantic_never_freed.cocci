// Breaks: a gigantic page is not freed when the pool shrinks.
// Seen as: memory is lost at each resize.
// Caught by: hugetlb/gigantic_pool.memory_comes_back
// Noticed by: hugetlb/gigantic_pool.memory_comes_back, its own check
// Changes: mm/hugetlb.c 1
// Guest: --memory 12G --hugepages 1G:1
// Sizes: 1G
@@ @@
hugetlb_free_folio(...)
{
<...
- folio_put(folio);
...>
}
