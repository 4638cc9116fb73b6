// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Without a policy of its own a mapping follows its process's: pages come from the nodes
 * that set_mempolicy names, and nr_hugepages_mempolicy makes them there.
 */
#include "hugeproof.h"

#include <numaif.h>

static int one, two;

static void pages_on_nodes(long first, long second)
{
	one = hp_node(0);
	two = hp_node(1);
	hp_pool_of_node(one, first);
	hp_pool_of_node(two, second);
}

static void set_policy(int mode, unsigned long nodes)
{
	hp_check_ok(set_mempolicy(mode, &nodes, 8 * sizeof(nodes)));
}

static void bound(int type)
{
	struct hp_area *area;

	pages_on_nodes(2, 2);
	set_policy(MPOL_BIND, 1UL << two);
	area = hp_map_hugetlb(2, type);
	hp_fill(area, 'b');
	hp_check_eq(hp_node_of(hp_page(area, 0)), two);
	hp_check_eq(hp_node_of(hp_page(area, 1)), two);
	hp_check_eq(hp_hugetlb().node[one].free, 2);
}

HP_CASE(bind_private, "MPOL_BIND: private pages are the node's")
{
	bound(MAP_PRIVATE);
}

HP_CASE(bind_shared, "MPOL_BIND: shared pages are the node's")
{
	bound(MAP_SHARED);
}

HP_CASE(bind_refused, "MPOL_BIND: a reservation beyond what the node has is ENOMEM")
{
	struct hp_hugetlb start;

	pages_on_nodes(2, 1);
	set_policy(MPOL_BIND, 1UL << two);
	start = hp_hugetlb();
	hp_check_errno(hp_try_map_hugetlb(2, MAP_PRIVATE), ENOMEM);
	hp_check_hugetlb(start);
	hp_map_hugetlb(1, MAP_PRIVATE);
	hp_check_hugetlb(start, .rsvd = +1);
}

HP_CASE(preferred, "MPOL_PREFERRED: the node's pages first, then the other's")
{
	struct hp_area *area;

	pages_on_nodes(2, 1);
	set_policy(MPOL_PREFERRED, 1UL << two);
	area = hp_map_hugetlb(2, MAP_PRIVATE);
	hp_touch_page(area, 0);
	hp_check_eq(hp_node_of(hp_page(area, 0)), two);
	hp_touch_page(area, 1);
	hp_check_eq(hp_node_of(hp_page(area, 1)), one);
}

HP_CASE(interleave, "MPOL_INTERLEAVE: as many pages from the one as from the other")
{
	struct hp_area *area;
	int on_one = 0;

	pages_on_nodes(2, 2);
	set_policy(MPOL_INTERLEAVE, 1UL << one | 1UL << two);
	area = hp_map_hugetlb(2, MAP_PRIVATE);
	hp_fill(area, 'i');
	for (size_t page = 0; page < 2; page++)
		on_one += hp_node_of(hp_page(area, page)) == one;
	hp_check_eq(on_one, 1);
	hp_check_filled(area, 'i');
}

HP_CASE(mapping_first, "the mapping's own policy goes before the process's")
{
	struct hp_area *area;

	pages_on_nodes(1, 1);
	set_policy(MPOL_BIND, 1UL << two);
	area = hp_map_hugetlb(1, MAP_PRIVATE);
	hp_bind_area(area, one);
	hp_touch(area);
	hp_check_eq(hp_node_of(area->addr), one);
}

HP_CASE(pool_by_policy,
	"nr_hugepages_mempolicy changes the pool on the policy's nodes only")
{
	char path[160], value[32];
	struct hp_hugetlb start;

	if (hp_hugetlb_gigantic(hp_page_size))
		hp_skip_case("gigantic pages that are given back may not be found again: "
			     "run it with a smaller size");
	pages_on_nodes(2, 2);
	start = hp_hugetlb();
	hp_hugetlb_path(path, sizeof(path), hp_page_size, "nr_hugepages_mempolicy");
	set_policy(MPOL_BIND, 1UL << two);
	snprintf(value, sizeof(value), "%ld", start.total + 3);
	hp_check_eq(hp_write_text(path, value), 0);
	hp_undo_wrote_pool(hp_page_size);
	hp_check_hugetlb(start, .total = +3, .free = +3);
	hp_check_eq(hp_hugetlb().node[one].total, start.node[one].total);
	set_policy(MPOL_BIND, 1UL << one);
	snprintf(value, sizeof(value), "%ld", start.total + 2);
	hp_check_eq(hp_write_text(path, value), 0);
	hp_undo_wrote_pool(hp_page_size);
	hp_check_eq(hp_hugetlb().node[one].total, start.node[one].total - 1);
	hp_check_eq(hp_hugetlb().node[two].total, start.node[two].total + 3);
}

HP_PROGRAM(.summary = "huge pages follow the memory policy of the process",
	   .needs = HP_NEEDS("nodes:2", "pool:control"),
	   .source = "set_mempolicy(2), Documentation/admin-guide/mm/hugetlbpage.rst")
