// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * move_pages migrates a huge page to another node as a whole: its contents arrive for all
 * processes that map it, and it replaces a free page there.
 */
#include "hugeproof.h"

/* From the first node with memory to the second. */
#define FROM hp_node(0)
#define TO   hp_node(1)

/* Two pages on each node, and a mapping whose page is on the first one. */
static struct hp_area *page_on_first(int type)
{
	struct hp_area *area;

	hp_pool_of_nodes(2, 2);
	area = hp_map_hugetlb(1, type);
	hp_bind_area(area, FROM);
	hp_fill(area, 'm');
	hp_check_eq(hp_node_of(area->addr), FROM);
	return area;
}

static void moves(struct hp_area *area)
{
	struct hp_hugetlb_counts start = hp_hugetlb(), now;

	hp_check_eq(hp_move_to_node(area->addr, TO), TO);
	hp_check_eq(hp_node_of(area->addr), TO);
	hp_check_filled(area, 'm');
	hp_check_hugetlb(start);
	now = hp_hugetlb();
	hp_check_eq(now.node[FROM].free, start.node[FROM].free + 1);
	hp_check_eq(now.node[TO].free, start.node[TO].free - 1);
}

HP_CASE(private,
	"move_pages migrates a private hugetlb page, which can be written afterwards")
{
	struct hp_area *area = page_on_first(MAP_PRIVATE);

	moves(area);
	hp_fill(area, 'n');
	hp_check_eq(hp_node_of(area->addr), TO);
}

HP_CASE(shared, "move_pages migrates a shared hugetlb page")
{
	moves(page_on_first(MAP_SHARED));
}

HP_SUFFIX_CASES(by_two, "move_pages migrates a hugetlb page for parent and child",
		hp_sharings, way)
{
	struct hp_area *area = page_on_first(way->flag);
	struct hp_paused *pid;

	hp_paused_child(pid) {
		hp_check_filled(area, 'm');
		hp_pause(pid);
		hp_check_eq(hp_node_of(area->addr), TO);
		hp_check_filled(area, 'm');
	}
	moves(area);
	hp_resume_ok(pid);
}

/* The temporary page of a migration takes the place of the surplus page. */
HP_CASE(surplus, "a surplus page that migrates is counted on the node where it is")
{
	struct hp_hugetlb_counts start, now;
	struct hp_area *area;

	hp_case_needs("overcommit");
	hp_pool_of_nodes(0, 0);
	hp_pool_overcommit(1);
	area = hp_map_hugetlb(1, MAP_PRIVATE | MAP_NORESERVE);
	hp_bind_area(area, FROM);
	start = hp_hugetlb();
	hp_fill(area, 'm');
	hp_check_eq(hp_node_of(area->addr), FROM);
	hp_check_eq(hp_hugetlb().node[FROM].surp, start.node[FROM].surp + 1);
	hp_check_eq(hp_move_to_node(area->addr, TO), TO);
	now = hp_hugetlb();
	hp_check_eq(now.node[FROM].surp, start.node[FROM].surp);
	hp_check_eq(now.node[TO].surp, start.node[TO].surp + 1);
	hp_check_hugetlb(start, .total = +1, .surp = +1);
	hp_check_filled(area, 'm');
	hp_unmap(area);
	hp_check_hugetlb(start);
	hp_check_eq(hp_hugetlb().node[TO].surp, start.node[TO].surp);
}

HP_PROGRAM(.summary = "move_pages migrates huge pages as a whole, for all processes that "
		      "map them",
	   .needs = HP_NEEDS("nodes:2", "migration", "pool:control", "cap:sys_nice"),
	   .sources = HP_SOURCES({"man", "move_pages(2)"}))
