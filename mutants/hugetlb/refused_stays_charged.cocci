// Breaks: what the memory controller charged for a huge page stays charged when the pool has
//   none.
// Seen as: groups that come to their limits without memory.
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
