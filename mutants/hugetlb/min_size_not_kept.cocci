// Breaks: a page that a mount gives up is not reserved again for its min_size=.
// Seen as: others take what the mount was promised.
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
