// Breaks: the memory controller's refusal to charge for a huge page is taken for none.
// Seen as: a group that goes beyond memory.max with huge pages.
// Caught by: hugetlb/memcg.limit_of_a_file
// Changes: mm/hugetlb.c 1
@@ @@
alloc_hugetlb_folio(...)
{
<...
- if (memcg_charge_ret == -ENOMEM) {
+ if (0) {
  	mem_cgroup_put(memcg);
  	return ...;
  }
...>
}
