// Breaks: a freed page is not reserved again for min_size= of the mount.
// Seen as: other processes can take pages that min_size= should reserve.
// Caught by: hugetlb/mount_reserve.punched_min_size hugetlb/mount_reserve.punched_both
// Noticed by: hugetlb/mount_reserve.punched_min_size, its own check
// Changes: mm/hugetlb.c 1
@@ @@
free_huge_folio(...)
{
<...
- if (hugepage_subpool_put_pages(spool, 1) == 0) restore_reserve = true;
+ hugepage_subpool_put_pages(spool, 1);
...>
}
