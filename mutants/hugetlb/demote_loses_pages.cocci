// Breaks: a demoted page is added to no pool.
// Seen as: the memory is lost until the next boot.
// Caught by: hugetlb/demote.one_page
// Noticed by: hugetlb/demote.one_page, its own check
// Changes: mm/hugetlb.c 1
// Guest: --memory 8G --hugepages 1G:2
// Sizes: 1G
@@ @@
demote_free_hugetlb_folios(...)
{
<...
- prep_and_add_allocated_folios(dst, &dst_list);
...>
}
