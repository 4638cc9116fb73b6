// Breaks: a page that was dissolved is still wanted in the pool.
// Seen as: /proc/sys/vm/nr_hugepages differs from nr_hugepages of the size.
// Caught by: poison/pool_losses.sysctl
// Noticed by: poison/pool_losses.sysctl, its own check
// Changes: mm/hugetlb.c 1
@@ @@
dissolve_free_hugetlb_folio(...)
{
<...
- h->max_huge_pages--;
+ ;
...>
}
