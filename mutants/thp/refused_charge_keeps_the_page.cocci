// Breaks: a huge page that the memory cgroup refuses is not freed.
// Seen as: memory leaks whenever a cgroup is at its limit.
// Caught by: thp/memory_limit.kept
// Noticed by: thp/memory_limit.kept, its own check
// Changes: mm/huge_memory.c 1
@@ @@
__do_huge_pmd_anonymous_page(...)
{
<...
	if (mem_cgroup_charge(...)) {
- 		folio_put(folio);
		...
	}
...>
}
