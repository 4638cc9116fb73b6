// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A process in a cpuset allocates hugetlb pages only from the nodes in cpuset.mems:
 * allocation fails if these nodes have no free page, even if another node has one.
 */
#include "hugeproof.h"

#include <numa.h>
#include <numaif.h>

#define ONE hp_node(0)
#define TWO hp_node(1)

/* Sets the number of pages in each node's pool; the process runs on the first node. */
static const char *group_on(int node, long first, long second)
{
	const char *group;

	hp_pool_of_nodes(first, second);
	group = hp_cgroup("cpuset");
	hp_cgroup_mems(group, 1UL << node);
	hp_check_ok(numa_run_on_node(ONE));
	return group;
}

/* Enters a cpuset of the second node; returns the counters. */
static struct hp_hugetlb_counts enter_two(long first, long second)
{
	const char *group = group_on(TWO, first, second);
	struct hp_hugetlb_counts start = hp_hugetlb();

	hp_cgroup_enter(group);
	return start;
}

HP_CASES(reserves, "mmap() of more hugetlb pages than the cpuset's nodes have is ENOMEM",
	 hp_sharings, way)
{
	struct hp_hugetlb_counts start = enter_two(2, 1);
	struct hp_area *area;

	hp_check_errno(hp_try_map_hugetlb(2, way->flag), ENOMEM);
	hp_check_hugetlb(start);
	area = hp_map_hugetlb(1, way->flag);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_touch(area);
	hp_check_eq(hp_node_of(area->addr), TWO);
	hp_check_hugetlb(start, .free = -1);
	hp_unmap(area);
	hp_check_hugetlb(start);
}

HP_CASES(unreserved, "a hugetlb fault gets SIGBUS if the cpuset's nodes have no page",
	 hp_sharings, way)
{
	struct hp_hugetlb_counts start = enter_two(1, 1);
	struct hp_area *area = hp_map_hugetlb(2, way->flag | MAP_NORESERVE);

	hp_fill(hp_nth_page(area, 0), 'n');
	hp_check_eq(hp_node_of(area->addr), TWO);
	hp_check_fault(area, hp_page(area, 1), HP_WRITE, SIGBUS, BUS_ADRERR);
	hp_check_hugetlb(start, .free = -1);
	hp_check_eq(hp_hugetlb().node[ONE].free, 1);
	hp_check_filled(hp_nth_page(area, 0), 'n');
}

HP_CASE(reserved_elsewhere,
	"a fault on a page reserved outside the cpuset gets SIGBUS, the reserve stays")
{
	const char *group = group_on(TWO, 1, 1);
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(2, MAP_SHARED);

	hp_in_child() {
		hp_cgroup_enter(group);
		hp_fill(hp_nth_page(area, 0), 's');
		hp_check_eq(hp_node_of(area->addr), TWO);
		hp_check_fault(area, hp_page(area, 1), HP_WRITE, SIGBUS, BUS_ADRERR);
		hp_check_hugetlb(start, .free = -1, .rsvd = +1);
	}
	hp_step("a process outside the cpuset gets the page");
	hp_fill(hp_nth_page(area, 1), 's');
	hp_check_eq(hp_node_of(hp_page(area, 1)), ONE);
	hp_check_filled(area, 's');
	hp_check_hugetlb(start, .free = -2);
	hp_unmap(area);
	hp_check_hugetlb(start);
}

HP_CASE(copied, "copy on write allocates the hugetlb page on the cpuset's node")
{
	const char *group = group_on(TWO, 2, 2);
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);

	hp_bind_area(area, ONE);
	hp_fill(area, 'p');
	hp_check_eq(hp_node_of(area->addr), ONE);
	hp_in_child() {
		hp_cgroup_enter(group);
		hp_fill(area, 'c');
		hp_check_eq(hp_node_of(area->addr), TWO);
		/* Pages may be left behind: Documentation/admin-guide/cgroup-v2.rst. */
		hp_observed("the shared page",
			    hp_hugetlb().node[ONE].free == 2 ? "migrates" : "stays");
		hp_check_hugetlb(start, .free = -2);
	}
	hp_check_filled(area, 'p');
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(preallocated,
	"fallocate() on hugetlbfs is ENOSPC if the cpuset's nodes have no page")
{
	struct hp_hugetlb_counts start = enter_two(1, 1);
	int fd = hp_hugetlb_file();

	hp_check_ok(fallocate(fd, 0, 0, (off_t)hp_page_size));
	hp_check_eq(hp_hugetlb().node[TWO].free, 0);
	hp_check_errno(fallocate(fd, 0, (off_t)hp_page_size, (off_t)hp_page_size), ENOSPC);
	hp_check_hugetlb(start, .free = -1);
	hp_check_ok(close(fd));
	hp_check_hugetlb(start);
}

HP_CASE(moved, "a change of cpuset.mems migrates a mapped hugetlb page")
{
	const char *group = group_on(ONE, 1, 1);
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area;

	hp_cgroup_enter(group);
	area = hp_filled_hugetlb(1, MAP_PRIVATE, 'm');
	hp_check_eq(hp_node_of(area->addr), ONE);
	hp_cgroup_mems(group, 1UL << TWO);
	hp_check_eq(hp_node_of(area->addr), TWO);
	hp_check_writable(area, 'm');
	hp_check_hugetlb(start, .free = -1);
	hp_check_eq(hp_hugetlb().node[ONE].free, 1);
	hp_unmap(area);
	hp_check_hugetlb(start);
}

HP_CASES(surplus, "surplus hugetlb pages are allocated on the cpuset's node", hp_sharings,
	 way)
{
	const char *group;
	struct hp_hugetlb_counts start;
	struct hp_area *area;

	hp_case_needs("overcommit");
	group = group_on(TWO, 0, 0);
	start = hp_hugetlb();
	hp_pool_overcommit(2);
	hp_cgroup_enter(group);
	area = hp_filled_hugetlb(2, way->flag, 's');
	hp_check_hugetlb(start, .total = +2, .surp = +2);
	hp_check_eq(hp_hugetlb().node[TWO].surp, 2);
	hp_check_eq(hp_node_of(hp_page(area, 0)), TWO);
	hp_check_eq(hp_node_of(hp_page(area, 1)), TWO);
	hp_unmap(area);
	hp_check_hugetlb(start);
}

HP_CASE(pool_by_policy, "nr_hugepages_mempolicy allocates only on the cpuset's nodes")
{
	unsigned long both = 1UL << ONE | 1UL << TWO;
	struct hp_hugetlb_counts start;
	char path[160], value[32];

	hp_need_resizable_pool();
	start = enter_two(1, 1);
	hp_check_ok(set_mempolicy(MPOL_INTERLEAVE, &both, 8 * sizeof(both)));
	hp_hugetlb_path(path, sizeof(path), hp_page_size, "nr_hugepages_mempolicy");
	snprintf(value, sizeof(value), "%ld", start.total + 2);
	hp_check_eq(hp_write_text(path, value), 0);
	hp_undo_wrote_pool(hp_page_size);
	hp_check_hugetlb(start, .total = +2, .free = +2);
	hp_check_eq(hp_hugetlb().node[ONE].total, start.node[ONE].total);
}

HP_PROGRAM(.summary = "hugetlb pages are allocated only on the nodes of the cpuset",
	   .needs = HP_NEEDS("nodes:2", "pool:control", "root"), .seconds = 20,
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/cgroup-v2.rst",
				  "Cpuset"},
				 {"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"},
				 {"man", "cpuset(7)"}))
