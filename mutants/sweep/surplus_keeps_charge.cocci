// Breaks: a fault that gets no surplus page leaves its charge with the hugetlb cgroup.
// Seen as: a cgroup comes to its limit while it uses nothing.
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
