// Breaks: hugetlb pages are allocated on nodes outside the cpuset.
// Seen as: a process gets memory of a node that its cpuset excludes.
// Caught by: hugetlb/cpuset.*
// Noticed by: hugetlb/cpuset.reserves_private, its own check
// Changes: mm/hugetlb.c 1
@@ @@
dequeue_hugetlb_folio_nodemask(...)
{
<...
- !cpuset_zone_allowed(zone, gfp_mask)
+ 0
...>
}
