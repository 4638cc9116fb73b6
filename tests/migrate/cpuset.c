// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cpuset.mems applies to every kind of memory: pages are allocated on its nodes and migrate
 * when the nodes change or the process enters the cpuset, and memory policies are rebound
 * as their flags request.
 */
#include "hugeproof.h"

#include <numa.h>
#include <numaif.h>

#define FIRST    hp_node(0)
#define SECOND   hp_node(1)
#define ON(node) (1UL << (node))
#define BOTH     (ON(FIRST) | ON(SECOND))
#define BITS     (8 * sizeof(unsigned long))

/* Fills the hugetlb pool; the process runs on the first node, which is its local one. */
static const char *group_of(enum hp_memory memory, unsigned long nodes)
{
	const char *group;

	if (memory == HP_MEMORY_HUGETLB)
		hp_pool_of_nodes(2, 2);
	group = hp_cgroup("cpuset");
	hp_cgroup_mems(group, nodes);
	hp_check_ok(numa_run_on_node(FIRST));
	return group;
}

static void check_all_on(const struct hp_area *area, int node)
{
	for (size_t page = 0; page < hp_pages(area); page++)
		hp_check_eq(hp_node_of(hp_page(area, page)), node);
}

static void check_policy(const void *addr, int mode, unsigned long nodes)
{
	unsigned long got[64] = {0};
	int is = -1;

	hp_check_ok(get_mempolicy(&is, got, 8 * sizeof(got), (void *)addr,
				  addr ? MPOL_F_ADDR : 0));
	hp_check_eq(is, mode);
	hp_check_eq(got[0], nodes);
}

static void bind_to(const struct hp_area *area, int mode, unsigned long nodes)
{
	hp_check_ok(mbind(area->addr, area->size, mode, &nodes, BITS, 0));
}

/* Frees the pages and populates them again. */
static void check_repopulated_on(enum hp_memory memory, struct hp_area *area, int node)
{
	if (memory == HP_MEMORY_HUGETLB)
		hp_need_hugetlb_dontneed();
	hp_check_ok(madvise(area->addr, area->size,
			    memory == HP_MEMORY_TMPFS ? MADV_REMOVE : MADV_DONTNEED));
	hp_populate(memory, area);
	check_all_on(area, node);
}

HP_CASES(placed, "pages are allocated on the cpuset's node, not on the local one",
	 hp_memory_kinds, kind)
{
	const char *group = group_of(kind->memory, ON(SECOND));
	struct hp_area *area;

	hp_cgroup_enter(group);
	area = hp_map_memory(kind->memory, 2 * hp_pmd_size);
	hp_populate(kind->memory, area);
	check_all_on(area, SECOND);
}

HP_CASES(moved, "a change of cpuset.mems migrates mapped pages", hp_memory_kinds, kind)
{
	const char *group = group_of(kind->memory, ON(FIRST));
	struct hp_area *area;

	hp_cgroup_enter(group);
	area = hp_map_filled(kind->memory, 2 * hp_pmd_size, 'm');
	check_all_on(area, FIRST);
	hp_cgroup_mems(group, ON(SECOND));
	check_all_on(area, SECOND);
	hp_check_filled(area, 'm');
	hp_check_writable(area, 'w');
}

HP_CASES(entered, "pages migrate when their process enters a cpuset of another node",
	 hp_memory_kinds, kind)
{
	const char *group = group_of(kind->memory, ON(SECOND));
	struct hp_area *area = hp_map_memory(kind->memory, 2 * hp_pmd_size);

	bind_to(area, MPOL_BIND, ON(FIRST));
	hp_populate(kind->memory, area);
	hp_fill(area, 'e');
	check_all_on(area, FIRST);
	hp_cgroup_enter(group);
	check_all_on(area, SECOND);
	hp_check_filled(area, 'e');
	/* The policy of a shared file belongs to the file and is not rebound. */
	if (kind->memory != HP_MEMORY_TMPFS)
		check_policy(area->addr, MPOL_BIND, ON(SECOND));
	check_repopulated_on(kind->memory, area, SECOND);
}

/* The kinds whose policy belongs to the mapping; tmpfs has it in the file. */
static const struct hp_memory_kind kinds[] = {
	{{"base", "base pages"}, HP_MEMORY_BASE},
	{{"hugetlb", "hugetlb pages"}, HP_MEMORY_HUGETLB},
	{{"mthp", "64 kB mTHPs"}, HP_MEMORY_MTHP},
	{{"thp", "THPs"}, HP_MEMORY_THP},
};

static const struct mode {
	struct hp_variant variant;
	int mode, flag;
	unsigned long nodes; /* of the policy; 0: the second node */
	bool as_set;         /* get_mempolicy() returns the nodes as set */
	int narrowed, again; /* index of the node used with the first node, then both */
} modes[] = {
	{{"plain", "MPOL_BIND without a flag"}, MPOL_BIND, 0, 0, false, 0, 0},
	{{"static", "MPOL_BIND | MPOL_F_STATIC_NODES"},
	 MPOL_BIND,
	 MPOL_F_STATIC_NODES,
	 0,
	 true,
	 0,
	 1},
	{{"relative", "MPOL_BIND | MPOL_F_RELATIVE_NODES"},
	 MPOL_BIND,
	 MPOL_F_RELATIVE_NODES,
	 2,
	 true,
	 0,
	 1},
	{{"interleave", "MPOL_INTERLEAVE | MPOL_F_STATIC_NODES"},
	 MPOL_INTERLEAVE,
	 MPOL_F_STATIC_NODES,
	 0,
	 true,
	 0,
	 1},
};

HP_PAIR_CASES(of_mapping, "a change of cpuset.mems rebinds the policy of a VMA", modes,
	      mode, kinds, kind)
{
	const char *group = group_of(kind->memory, BOTH);
	unsigned long nodes = mode->nodes ? mode->nodes : ON(SECOND);
	struct hp_area *area;

	hp_cgroup_enter(group);
	area = hp_map_memory(kind->memory, 2 * hp_pmd_size);
	bind_to(area, mode->mode | mode->flag, nodes);
	check_policy(area->addr, mode->mode | mode->flag, nodes);
	hp_populate(kind->memory, area);
	check_all_on(area, SECOND);

	hp_step("cpuset.mems drops the second node");
	hp_cgroup_mems(group, ON(FIRST));
	check_policy(area->addr, mode->mode | mode->flag, mode->as_set ? nodes : ON(FIRST));
	check_repopulated_on(kind->memory, area, hp_node(mode->narrowed));

	hp_step("cpuset.mems has both nodes again");
	hp_cgroup_mems(group, BOTH);
	check_policy(area->addr, mode->mode | mode->flag, mode->as_set ? nodes : ON(FIRST));
	check_repopulated_on(kind->memory, area, hp_node(mode->again));

	hp_step("cpuset.mems drops the first node, then has both again");
	hp_cgroup_mems(group, ON(SECOND));
	check_policy(area->addr, mode->mode | mode->flag,
		     mode->as_set ? nodes : ON(SECOND));
	hp_cgroup_mems(group, BOTH);
	check_policy(area->addr, mode->mode | mode->flag, mode->as_set ? nodes : ON(FIRST));
}

HP_CASES(of_process, "a change of cpuset.mems rebinds the policy of a task", modes, mode)
{
	const char *group = group_of(HP_MEMORY_THP, BOTH);
	unsigned long nodes = mode->nodes ? mode->nodes : ON(SECOND);
	struct hp_area *area;

	hp_cgroup_enter(group);
	area = hp_map_memory(HP_MEMORY_THP, 2 * hp_pmd_size);
	hp_check_ok(set_mempolicy(mode->mode | mode->flag, &nodes, BITS));
	hp_populate(HP_MEMORY_THP, area);
	check_all_on(area, SECOND);

	hp_step("cpuset.mems drops the second node");
	hp_cgroup_mems(group, ON(FIRST));
	check_policy(NULL, mode->mode | mode->flag, mode->as_set ? nodes : ON(FIRST));
	check_repopulated_on(HP_MEMORY_THP, area, hp_node(mode->narrowed));

	hp_step("cpuset.mems has both nodes again");
	hp_cgroup_mems(group, BOTH);
	check_policy(NULL, mode->mode | mode->flag, mode->as_set ? nodes : ON(FIRST));
	check_repopulated_on(HP_MEMORY_THP, area, hp_node(mode->again));
}

HP_CASES(born_later, "a change of cpuset.mems rebinds the policies of a child as well",
	 kinds, kind)
{
	const char *group = group_of(kind->memory, BOTH);
	struct hp_paused *child;
	struct hp_area *area;

	hp_cgroup_enter(group);
	area = hp_map_memory(kind->memory, hp_pmd_size);
	bind_to(area, MPOL_BIND, ON(SECOND));
	hp_paused_child(child) {
		hp_pause(child);
		check_policy(area->addr, MPOL_BIND, ON(FIRST));
		hp_populate(kind->memory, area);
		check_all_on(area, FIRST);
	}
	hp_cgroup_mems(group, ON(FIRST));
	hp_resume_ok(child);
	check_policy(area->addr, MPOL_BIND, ON(FIRST));
}

HP_CASE(file_beyond, "a tmpfs policy without a node of the cpuset is ignored")
{
	const char *group = group_of(HP_MEMORY_TMPFS, ON(SECOND));
	struct hp_area *area = hp_map_memory(HP_MEMORY_TMPFS, 2 * hp_pmd_size);

	bind_to(area, MPOL_BIND, ON(FIRST));
	hp_in_child() {
		hp_cgroup_enter(group);
		hp_populate(HP_MEMORY_TMPFS, area);
		check_all_on(area, SECOND);
	}
	check_policy(area->addr, MPOL_BIND, ON(FIRST));
}

HP_CASE(refused, "mbind() to a node outside the cpuset is EINVAL, move_pages() EACCES")
{
	const char *group = group_of(HP_MEMORY_THP, ON(SECOND));
	unsigned long first = ON(FIRST), got[64] = {0};
	int node = FIRST, status = -1;
	struct hp_area *area;
	void *page;

	hp_cgroup_enter(group);
	area = hp_filled_thp(1, 'r');
	page = area->addr;
	hp_check_errno(mbind(area->addr, area->size, MPOL_BIND, &first, BITS, 0), EINVAL);
	hp_check_errno(set_mempolicy(MPOL_BIND, &first, BITS), EINVAL);
	hp_check_errno(move_pages(0, 1, &page, &node, &status, MPOL_MF_MOVE), EACCES);
	check_all_on(area, SECOND);
	hp_check_ok(get_mempolicy(NULL, got, 8 * sizeof(got), NULL, MPOL_F_MEMS_ALLOWED));
	hp_check_eq(got[0], ON(SECOND));
}

HP_PROGRAM(.summary = "pages and memory policies follow the nodes of the cpuset",
	   .page_sizes = HP_PMD_SIZE, .seconds = 20,
	   .needs = HP_NEEDS("nodes:2", "pool:control", "thp", "root", "pagemap",
			     "cap:sys_nice"),
	   .sources =
		   HP_SOURCES({"man", "set_mempolicy(2)"}, {"man", "move_pages(2)"},
			      {"doc", "Documentation/admin-guide/cgroup-v2.rst", "Cpuset"},
			      {"doc", "Documentation/admin-guide/mm/numa_memory_policy.rst",
			       "Memory Policies and cpusets"}))
