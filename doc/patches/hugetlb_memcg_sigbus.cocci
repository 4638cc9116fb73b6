// Fixes: the known issue memcg-limit-tries-fault-for-ever (doc/known-issues.md): to try a
// fault again is of no use, for the memory controller kills nobody for a huge page.
// Changes: mm/hugetlb.c 1
@@ @@
alloc_hugetlb_folio(...)
{
<...
  if (memcg_charge_ret == -ENOMEM) {
  	mem_cgroup_put(memcg);
- 	return ERR_PTR(-ENOMEM);
+ 	return ERR_PTR(-ENOSPC);
  }
...>
}
