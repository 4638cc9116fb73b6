// Breaks: what the memory controller charged for a huge page is tied to no page.
// Seen as: a group that is charged for pages that went back to the pool.
// Caught by: hugetlb/memcg.charged_* hugetlb/memcg.copied hugetlb/memcg.punched hugetlb/memcg.migrated
// Changes: mm/hugetlb.c 1
@@ @@
alloc_hugetlb_folio(...)
{
<...
- if (!memcg_charge_ret)
- 	mem_cgroup_commit_charge(folio, memcg);
...>
}
