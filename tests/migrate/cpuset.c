// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The nodes of a cpuset (cpuset.mems) bind every kind of memory: pages come from there, go
 * there when the nodes change or the process enters, and policies are given other nodes as
 * their flags say.
 */
#include "hugeproof.h"

#include <numa.h>
#include <numaif.h>

#define FIRST    hp_node(0)
#define SECOND   hp_node(1)
#define ON(node) (1UL << (node))
#define BOTH     (ON(FIRST) | ON(SECOND))
#define BITS     (8 * sizeof(unsigned long))

#ifndef MPOL_F_STATIC_NODES
#define MPOL_F_STATIC_NODES (1 << 15)
#endif
#ifndef MPOL_F_RELATIVE_NODES
#define MPOL_F_RELATIVE_NODES (1 << 14)
#endif

/* Room in the pool; the process runs on the first node, whose memory is nearest. */
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

static void set(const struct hp_area *area, int mode, unsigned long nodes)
{
	hp_check_ok(mbind(area->addr, area->size, mode, &nodes, BITS, 0));
}

/* All that is there is given back, and made again. */
static void check_made_on(enum hp_memory memory, struct hp_area *area, int node)
{
	if (memory == HP_MEMORY_HUGETLB)
		hp_need_hugetlb_dontneed();
	hp_check_ok(madvise(area->addr, area->size,
			    memory == HP_MEMORY_TMPFS ? MADV_REMOVE : MADV_DONTNEED));
	hp_populate(memory, area);
	check_all_on(area, node);
}

HP_CASES(placed, "pages come from the cpuset's node, though another is nearer",
	 hp_memory_kinds, kind)
{
	const char *group = group_of(kind->memory, ON(SECOND));
	struct hp_area *area;

	hp_cgroup_enter(group);
	area = hp_map_memory(kind->memory, 2 * hp_pmd_size);
	hp_populate(kind->memory, area);
	check_all_on(area, SECOND);
}

HP_CASES(moved, "pages follow when the cpuset is given another node", hp_memory_kinds, kind)
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

HP_CASES(entered, "pages follow when their process enters a cpuset of another node",
	 hp_memory_kinds, kind)
{
	const char *group = group_of(kind->memory, ON(SECOND));
	struct hp_area *area = hp_map_memory(kind->memory, 2 * hp_pmd_size);

	set(area, MPOL_BIND, ON(FIRST));
	hp_populate(kind->memory, area);
	hp_fill(area, 'e');
	check_all_on(area, FIRST);
	hp_cgroup_enter(group);
	check_all_on(area, SECOND);
	hp_check_filled(area, 'e');
	/* Of a file the policy is the file's, which others may map. */
	if (kind->memory != HP_MEMORY_TMPFS)
		check_policy(area->addr, MPOL_BIND, ON(SECOND));
	check_made_on(kind->memory, area, SECOND);
}

/* Those whose policy is the mapping's: of a file it is the file's. */
static const struct hp_memory_kind kinds[] = {
	{{"base", "base pages"}, HP_MEMORY_BASE},
	{{"hugetlb", "hugetlb pages"}, HP_MEMORY_HUGETLB},
	{{"mthp", "huge pages of 64 kB"}, HP_MEMORY_MTHP},
	{{"thp", "THP"}, HP_MEMORY_THP},
};

static const struct mode {
	struct hp_variant variant;
	int mode, flag;
	unsigned long named; /* when both nodes are allowed; 0: the second */
	bool told;           /* as it was set */
	int alone, again;    /* nodes by rank: the first alone is allowed; both again */
} modes[] = {
	{{"plain", "without a flag, by their places in the sets"},
	 MPOL_BIND,
	 0,
	 0,
	 false,
	 0,
	 0},
	{{"static", "MPOL_F_STATIC_NODES, the same once they are allowed again"},
	 MPOL_BIND,
	 MPOL_F_STATIC_NODES,
	 0,
	 true,
	 0,
	 1},
	{{"relative", "MPOL_F_RELATIVE_NODES, those of the same rank"},
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

HP_PAIR_CASES(of_mapping, "the nodes of a mapping's policy change with the cpuset's", modes,
	      mode, kinds, kind)
{
	const char *group = group_of(kind->memory, BOTH);
	unsigned long named = mode->named ? mode->named : ON(SECOND);
	struct hp_area *area;

	hp_cgroup_enter(group);
	area = hp_map_memory(kind->memory, 2 * hp_pmd_size);
	set(area, mode->mode | mode->flag, named);
	check_policy(area->addr, mode->mode | mode->flag, named);
	hp_populate(kind->memory, area);
	check_all_on(area, SECOND);

	hp_step("the second node is allowed no more");
	hp_cgroup_mems(group, ON(FIRST));
	check_policy(area->addr, mode->mode | mode->flag, mode->told ? named : ON(FIRST));
	check_made_on(kind->memory, area, hp_node(mode->alone));

	hp_step("both are allowed again");
	hp_cgroup_mems(group, BOTH);
	check_policy(area->addr, mode->mode | mode->flag, mode->told ? named : ON(FIRST));
	check_made_on(kind->memory, area, hp_node(mode->again));

	hp_step("the first is allowed no more, and then both are again");
	hp_cgroup_mems(group, ON(SECOND));
	check_policy(area->addr, mode->mode | mode->flag, mode->told ? named : ON(SECOND));
	hp_cgroup_mems(group, BOTH);
	check_policy(area->addr, mode->mode | mode->flag, mode->told ? named : ON(FIRST));
}

HP_CASES(of_process, "the nodes of a process's policy change with the cpuset's", modes,
	 mode)
{
	const char *group = group_of(HP_MEMORY_THP, BOTH);
	unsigned long named = mode->named ? mode->named : ON(SECOND);
	struct hp_area *area;

	hp_cgroup_enter(group);
	area = hp_map_memory(HP_MEMORY_THP, 2 * hp_pmd_size);
	hp_check_ok(set_mempolicy(mode->mode | mode->flag, &named, BITS));
	hp_populate(HP_MEMORY_THP, area);
	check_all_on(area, SECOND);

	hp_step("the second node is allowed no more");
	hp_cgroup_mems(group, ON(FIRST));
	check_policy(NULL, mode->mode | mode->flag, mode->told ? named : ON(FIRST));
	check_made_on(HP_MEMORY_THP, area, hp_node(mode->alone));

	hp_step("both are allowed again");
	hp_cgroup_mems(group, BOTH);
	check_policy(NULL, mode->mode | mode->flag, mode->told ? named : ON(FIRST));
	check_made_on(HP_MEMORY_THP, area, hp_node(mode->again));
}

HP_CASES(born_later, "a child's policies change as its parent's do", kinds, kind)
{
	const char *group = group_of(kind->memory, BOTH);
	struct hp_paused *child;
	struct hp_area *area;

	hp_cgroup_enter(group);
	area = hp_map_memory(kind->memory, hp_pmd_size);
	set(area, MPOL_BIND, ON(SECOND));
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

HP_CASE(file_beyond, "a file's policy that names no node of the cpuset is passed over")
{
	const char *group = group_of(HP_MEMORY_TMPFS, ON(SECOND));
	struct hp_area *area = hp_map_memory(HP_MEMORY_TMPFS, 2 * hp_pmd_size);

	set(area, MPOL_BIND, ON(FIRST));
	hp_in_child() {
		hp_cgroup_enter(group);
		hp_populate(HP_MEMORY_TMPFS, area);
		check_all_on(area, SECOND);
	}
	check_policy(area->addr, MPOL_BIND, ON(FIRST));
}

HP_CASE(refused, "nodes that are not the cpuset's are EINVAL, and EACCES to move_pages")
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

HP_PROGRAM(.summary = "memory and policies of every kind keep to the nodes of the cpuset",
	   .page_sizes = HP_PMD_SIZE, .seconds = 20,
	   .needs = HP_NEEDS("nodes:2", "pool:control", "thp", "root", "pagemap",
			     "cap:sys_nice"),
	   .sources =
		   HP_SOURCES({"man", "set_mempolicy(2)"}, {"man", "move_pages(2)"},
			      {"doc", "Documentation/admin-guide/cgroup-v2.rst", "Cpuset"},
			      {"doc", "Documentation/admin-guide/mm/numa_memory_policy.rst",
			       "Memory Policies and cpusets"}))
