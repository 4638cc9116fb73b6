// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * hugetlb.numa_stat of a cgroup counts huge pages on the nodes where they are, also after a
 * migration.
 */
#include "hugeproof.h"

static const char *group;

/* The two nodes with memory. */
#define ONE hp_node(0)
#define TWO hp_node(1)

HP_CASE(by_node,
	"hugetlb.numa_stat counts huge pages on their nodes, also after a migration")
{
	group = hp_cgroup("hugetlb");
	hp_pool_of_nodes(2, 2);
	hp_in_child() {
		struct hp_area *area;

		hp_cgroup_enter(group);
		area = hp_map_hugetlb(2, MAP_PRIVATE);
		hp_bind_area(area, TWO);
		hp_touch(area);
		hp_check_eq(hp_cgroup_node_pages(group, TWO), 2);
		hp_check_eq(hp_cgroup_node_pages(group, ONE), 0);
		hp_check_eq(hp_move_to_node(hp_page(area, 1), ONE), ONE);
		hp_check_eq(hp_cgroup_node_pages(group, ONE), 1);
		hp_check_eq(hp_cgroup_node_pages(group, TWO), 1);
		hp_check_eq(hp_cgroup_pages(group, "current"), 2);
	}
	hp_check_eq(hp_cgroup_node_pages(group, ONE), 0);
	hp_check_eq(hp_cgroup_node_pages(group, TWO), 0);
	hp_check_eq(hp_cgroup_pages(group, "current"), 0);
}

HP_CASES(uncharged,
	 "a page without a reservation is uncharged after a migration and munmap",
	 hp_sharings, way)
{
	group = hp_cgroup("hugetlb");
	hp_pool_of_nodes(2, 2);
	hp_in_child() {
		struct hp_area *area;

		hp_cgroup_enter(group);
		area = hp_map_hugetlb(1, way->flag | MAP_NORESERVE);
		hp_bind_area(area, TWO);
		hp_touch(area);
		hp_check_eq(hp_cgroup_pages(group, "rsvd.current"), 1);
		hp_check_eq(hp_move_to_node(area->addr, ONE), ONE);
		hp_check_eq(hp_cgroup_pages(group, "rsvd.current"), 1);
		hp_unmap(area);
	}
	hp_check_eq(hp_cgroup_pages(group, "current"), 0);
	hp_check_eq(hp_cgroup_pages(group, "rsvd.current"), 0);
}

HP_PROGRAM(.summary = "a cgroup's numa_stat counts its huge pages by node",
	   .needs = HP_NEEDS("nodes:2", "pool:control", "cap:sys_nice"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/cgroup-v2.rst",
				  "HugeTLB"}))
