// Breaks: a used page is not counted as surplus when the pool shrinks.
// Seen as: the page stays in the pool when it is released.
// Caught by: hugetlb/gigantic_pool.in_use
// Noticed by: hugetlb/gigantic_pool.in_use, its own check
// Changes: mm/hugetlb.c 1
// Guest: --memory 12G --hugepages 1G:1
// Sizes: 1G
@@ @@
set_max_huge_pages(...)
{
<...
while (count < persistent_huge_pages(h)) {
- if (!adjust_pool_surplus(h, nodes_allowed, 1))
+ if (true)
  break;
}
...>
}
