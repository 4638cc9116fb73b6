// Breaks: a migrated page forgets which group was charged for its reservation.
// Seen as: rsvd.current stays when everything is gone.
// Caught by: hugetlb/cgroup_nodes.uncharged_*
// Noticed by: hugetlb/cgroup_nodes.uncharged_private, its own check
// Changes: mm/hugetlb_cgroup.c 1
@@ @@
hugetlb_cgroup_migrate(...)
{
<...
- set_hugetlb_cgroup_rsvd(new_folio, h_cg_rsvd);
...>
}
