// Breaks: a huge page is taken from a node that is not the cpuset's.
// Seen as: cpusets that do not keep their processes from each other's memory.
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
