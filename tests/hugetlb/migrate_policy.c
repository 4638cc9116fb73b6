// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mbind with MPOL_MF_MOVE and migrate_pages move the huge pages that are already there,
 * whole; without the flag nothing moves, and MPOL_MF_STRICT tells of pages elsewhere.
 */
#include "hugeproof.h"

#include <numaif.h>

static int from, to;

static struct hp_area *filled_on_first(long room)
{
	struct hp_area *area;

	from = hp_node(0);
	to = hp_node(1);
	hp_pool_of_node(from, 2);
	hp_pool_of_node(to, room);
	hp_bind_process(from);
	area = hp_map_hugetlb(2, MAP_PRIVATE);
	hp_fill(area, 'm');
	hp_check_eq(hp_node_of(area->addr), from);
	return area;
}

static long bind_to(const struct hp_area *area, size_t pages, int node, unsigned int flags)
{
	unsigned long nodes = 1UL << node;

	return mbind(area->addr, pages * area->page_size, MPOL_BIND, &nodes,
		     8 * sizeof(nodes), flags);
}

HP_CASE(mbind_moves, "MPOL_MF_MOVE moves every page of the range")
{
	struct hp_area *area = filled_on_first(2);
	struct hp_hugetlb start = hp_hugetlb();

	hp_check_ok(bind_to(area, 2, to, MPOL_MF_MOVE));
	hp_check_eq(hp_node_of(hp_page(area, 0)), to);
	hp_check_eq(hp_node_of(hp_page(area, 1)), to);
	hp_check_filled(area, 'm');
	hp_check_hugetlb(start);
	hp_check_eq(hp_hugetlb().node[from].free, 2);
}

HP_CASE(mbind_part, "MPOL_MF_MOVE of one page leaves the other")
{
	struct hp_area *area = filled_on_first(2);

	hp_check_ok(bind_to(area, 1, to, MPOL_MF_MOVE));
	hp_check_eq(hp_node_of(hp_page(area, 0)), to);
	hp_check_eq(hp_node_of(hp_page(area, 1)), from);
	hp_check_filled(area, 'm');
}

HP_CASE(mbind_stays, "without the flag the pages stay where they are")
{
	struct hp_area *area = filled_on_first(2);

	hp_check_ok(bind_to(area, 2, to, 0));
	hp_check_eq(hp_node_of(hp_page(area, 0)), from);
	hp_check_eq(hp_node_of(hp_page(area, 1)), from);
}

HP_CASE(mbind_strict, "MPOL_MF_STRICT without a move: EIO for pages that are elsewhere")
{
	struct hp_area *area = filled_on_first(2);

	hp_check_ok(bind_to(area, 2, from, MPOL_MF_STRICT));
	hp_check_errno(bind_to(area, 2, to, MPOL_MF_STRICT), EIO);
	hp_check_eq(hp_node_of(area->addr), from);
	hp_check_filled(area, 'm');
}

HP_CASE(no_room, "to a node without free pages: new ones in place of the old, or EIO")
{
	struct hp_area *area = filled_on_first(0);
	struct hp_hugetlb start = hp_hugetlb();
	long failed = bind_to(area, 2, to, MPOL_MF_MOVE | MPOL_MF_STRICT);
	int node = failed ? from : to;

	hp_observed("mbind to a node without free pages", failed ? "EIO" : "moves");
	hp_check(!failed || errno == EIO);
	hp_check_eq(hp_node_of(hp_page(area, 0)), node);
	hp_check_eq(hp_node_of(hp_page(area, 1)), node);
	hp_check_filled(area, 'm');
	/* No page more or fewer; the pool has moved with them. */
	hp_check_hugetlb(start);
	hp_check_eq(hp_hugetlb().node[to].total, start.node[to].total + (failed ? 0 : 2));
}

HP_CASE(whole_process, "migrate_pages moves the pages of a process from node to node")
{
	struct hp_area *area = filled_on_first(2);
	unsigned long old = 1UL << from, new = 1UL << to;

	hp_check_eq(migrate_pages(getpid(), 8 * sizeof(old), &old, &new), 0);
	hp_check_eq(hp_node_of(hp_page(area, 0)), to);
	hp_check_eq(hp_node_of(hp_page(area, 1)), to);
	hp_check_filled(area, 'm');
}

HP_PROGRAM(.summary = "mbind and migrate_pages move huge pages that are there already",
	   .needs = HP_NEEDS("nodes:2", "pool:control", "cap:sys_nice"),
	   .source = "mbind(2), migrate_pages(2)")
