// Breaks: a huge page for which the group has no room is kept, and mapped by nobody.
// Seen as: memory that is lost wherever groups come to their limits.
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
