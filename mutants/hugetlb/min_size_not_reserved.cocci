// Breaks: min_size= reserves nothing.
// Seen as: a mount with min_size= finds no pages.
// Caught by: hugetlb/mount_size.min_size hugetlb/mount_size.min_size_refused
// Noticed by: hugetlb/mount_size.min_size, its own check
// Changes: mm/hugetlb.c 1
@@ @@
hugepage_new_subpool(...)
{
<...
- min_hpages != -1 && hugetlb_acct_memory(h, min_hpages)
+ min_hpages < -1
...>
}
