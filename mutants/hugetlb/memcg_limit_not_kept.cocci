// Breaks: a refused charge of a huge page to the memory cgroup is ignored.
// Seen as: a cgroup exceeds memory.max with huge pages.
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
