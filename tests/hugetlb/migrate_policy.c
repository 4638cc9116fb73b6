// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mbind with MPOL_MF_MOVE and migrate_pages migrate existing huge pages as a whole; without
 * the flag nothing migrates, and MPOL_MF_STRICT reports misplaced pages.
 */
#include "hugeproof.h"

#include <numaif.h>

/* From the first node with memory to the second. */
#define FROM hp_node(0)
#define TO   hp_node(1)

static struct hp_area *filled_on_first(long room)
{
	struct hp_area *area;

	hp_pool_of_nodes(2, room);
	hp_bind_process(FROM);
	area = hp_filled_hugetlb(2, MAP_PRIVATE, 'm');
	hp_check_eq(hp_node_of(area->addr), FROM);
	return area;
}

static void check_on(const struct hp_area *area, int node)
{
	hp_check_eq(hp_node_of(hp_page(area, 0)), node);
	hp_check_eq(hp_node_of(hp_page(area, 1)), node);
}

static long bind_to(const struct hp_area *area, size_t pages, int node, unsigned int flags)
{
	unsigned long nodes = 1UL << node;

	return mbind(area->addr, pages * area->page_size, MPOL_BIND, &nodes,
		     8 * sizeof(nodes), flags);
}

HP_CASE(mbind_moves, "mbind with MPOL_MF_MOVE migrates every huge page of the range")
{
	struct hp_area *area = filled_on_first(2);
	struct hp_hugetlb_counts start = hp_hugetlb();

	hp_check_ok(bind_to(area, 2, TO, MPOL_MF_MOVE));
	check_on(area, TO);
	hp_check_filled(area, 'm');
	hp_check_hugetlb(start);
	hp_check_eq(hp_hugetlb().node[FROM].free, 2);
}

HP_CASE(mbind_part, "mbind of one huge page with MPOL_MF_MOVE does not migrate the other")
{
	struct hp_area *area = filled_on_first(2);

	hp_check_ok(bind_to(area, 1, TO, MPOL_MF_MOVE));
	hp_check_eq(hp_node_of(hp_page(area, 0)), TO);
	hp_check_eq(hp_node_of(hp_page(area, 1)), FROM);
	hp_check_filled(area, 'm');
}

HP_CASE(mbind_stays, "mbind without MPOL_MF_MOVE does not migrate huge pages")
{
	struct hp_area *area = filled_on_first(2);

	hp_check_ok(bind_to(area, 2, TO, 0));
	check_on(area, FROM);
}

HP_CASE(mbind_strict, "mbind with MPOL_MF_STRICT fails with EIO for misplaced huge pages")
{
	struct hp_area *area = filled_on_first(2);

	hp_check_ok(bind_to(area, 2, FROM, MPOL_MF_STRICT));
	hp_check_errno(bind_to(area, 2, TO, MPOL_MF_STRICT), EIO);
	hp_check_eq(hp_node_of(area->addr), FROM);
	hp_check_filled(area, 'm');
}

HP_CASE(no_room,
	"mbind to a node without free huge pages migrates the pool's pages, or is EIO")
{
	struct hp_area *area = filled_on_first(0);
	struct hp_hugetlb_counts start = hp_hugetlb();
	long failed = bind_to(area, 2, TO, MPOL_MF_MOVE | MPOL_MF_STRICT);
	int node = failed ? FROM : TO;

	hp_observed("mbind to a node without free pages", failed ? "EIO" : "moves");
	hp_check(!failed || errno == EIO);
	check_on(area, node);
	hp_check_filled(area, 'm');
	/* The number of pages is the same; the pool has moved with them. */
	hp_check_hugetlb(start);
	hp_check_eq(hp_hugetlb().node[TO].total, start.node[TO].total + (failed ? 0 : 2));
}

HP_CASE(whole_process, "migrate_pages migrates the huge pages of a process between nodes")
{
	struct hp_area *area = filled_on_first(2);

	hp_check_migrates(0, FROM, TO);
	check_on(area, TO);
	hp_check_filled(area, 'm');
}

HP_PROGRAM(.summary = "mbind and migrate_pages migrate existing huge pages",
	   .needs = HP_NEEDS("nodes:2", "migration", "pool:control", "cap:sys_nice"),
	   .sources = HP_SOURCES({"man", "mbind(2)"}, {"man", "migrate_pages(2)"}))
