// Breaks: a punched or truncated range is not uncharged from the cgroup's reservations.
// Seen as: a cgroup without reservations is at its rsvd.max.
// Caught by: hugetlb/cgroup_reserve.cut
// Noticed by: hugetlb/cgroup_reserve.cut, its own check
// Changes: mm/hugetlb_cgroup.c 1
@@ @@
hugetlb_cgroup_uncharge_file_region(...)
{
<...
- page_counter_uncharge(rg->reservation_counter, nr_pages * resv->pages_per_hpage);
...>
}
