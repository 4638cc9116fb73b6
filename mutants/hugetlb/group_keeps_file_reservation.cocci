// Breaks: a hole or the end of a file does not give the group its reservation back.
// Seen as: a group that reserves nothing is at its rsvd.max.
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
