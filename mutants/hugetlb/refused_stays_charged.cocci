// Breaks: a huge page fault stays charged to the memory cgroup when the pool has no page.
// Seen as: cgroups reach their limits without memory.
// Caught by: hugetlb/memcg.no_page_*
// Noticed by: hugetlb/memcg.no_page_private, its own check
// Changes: mm/hugetlb.c 2
@@ @@
alloc_hugetlb_folio(...)
{
<...
- if (!memcg_charge_ret)
- 	mem_cgroup_cancel_charge(memcg, nr_pages);
...>
}
