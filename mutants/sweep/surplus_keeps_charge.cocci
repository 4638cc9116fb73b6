// Breaks: a fault that fails to allocate a surplus page stays charged to the hugetlb cgroup.
// Seen as: a cgroup is at its limit without pages.
// Caught by: sweep/touch.surplus_noreserve
// Noticed by: sweep/touch.surplus_noreserve, its own check
// Changes: mm/hugetlb.c 1
@@ @@
alloc_hugetlb_folio(...)
{
<...
- hugetlb_cgroup_uncharge_cgroup(...);
...>
}
