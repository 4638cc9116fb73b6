// Breaks: the memory cgroup's charge for a huge page is not attached to the page.
// Seen as: a cgroup stays charged for freed pages.
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
