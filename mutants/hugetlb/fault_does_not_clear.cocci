// Breaks: a huge page is not cleared at its first touch.
// Seen as: the process reads data of the previous user of the page.
// Caught by: hugetlb/gigantic_pool.in_use
// Noticed by: hugetlb/gigantic_pool.in_use, its own check
// Changes: mm/hugetlb.c 1
// Guest: --memory 12G --hugepages 1G:1
// Sizes: 1G
@@ @@
hugetlb_no_page(...)
{
<...
- folio_zero_user(folio, vmf->real_address);
...>
}
