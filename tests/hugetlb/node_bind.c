// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The pages of a mapping that is bound to a node come from that node's part of the pool,
 * and from no other when it is exhausted.
 */
#include "hugeproof.h"

static long free_on(int node)
{
	return hp_hugetlb().node[node].free;
}

static const struct which {
	struct hp_variant variant;
	int n;
} nodes[] = {{{"first_node", "the first node"}, 0},
	     {{"second_node", "the second node"}, 1}};

HP_CASE_OF_PAIRS(bound_to, NULL,
		 "pages of a bound mapping come from the pool of their node", nodes, which,
		 hp_sharings, sharing)
{
	int node = hp_node(which->n), other = hp_node(!which->n);
	struct hp_area *area;

	hp_pool_of_nodes(2, 2);
	area = hp_map_hugetlb(2, sharing->flag);
	hp_bind_area(area, node);
	hp_fill(area, 'b');
	for (size_t page = 0; page < 2; page++)
		hp_check_eq(hp_node_of(hp_page(area, page)), node);
	hp_check_eq(free_on(node), 0);
	hp_check_eq(free_on(other), 2);
	hp_check_filled(area, 'b');
}

static const struct which places[] = {{{"first", "the first"}, 0},
				      {{"second", "the second"}, 1}};

HP_CASES(exhausted,
	 "a fault bound to a node without free pages gets SIGBUS, whatever the other has",
	 places, which)
{
	int node = hp_node(which->n), other = hp_node(!which->n);
	struct hp_area *area;

	hp_pool_of_node(node, 0);
	hp_pool_of_node(other, 2);
	area = hp_map_hugetlb(1, MAP_PRIVATE | MAP_NORESERVE);
	hp_bind_area(area, node);
	hp_check_fault(area, area->addr, HP_WRITE, SIGBUS, BUS_ADRERR);
	hp_check_eq(free_on(other), 2);
}

HP_CASE(pool_of_a_node, "nr_hugepages of a node changes that node's pool only")
{
	int one = hp_node(0), two = hp_node(1);
	struct hp_hugetlb_counts start, now;
	char path[160], value[32];

	hp_need_resizable_pool();
	hp_pool_of_nodes(2, 2);
	start = hp_hugetlb();
	snprintf(value, sizeof(value), "%ld", start.node[two].total + 1);
	hp_check_eq(hp_write_text(hp_hugetlb_node_path(path, sizeof(path), two,
						       hp_page_size, "nr_hugepages"),
				  value),
		    0);
	hp_undo_wrote_pool(hp_page_size);
	hp_check_hugetlb(start, .total = +1, .free = +1);
	now = hp_hugetlb();
	hp_check_eq(now.node[two].total, start.node[two].total + 1);
	hp_check_eq(now.node[one].total, start.node[one].total);
}

HP_PROGRAM(.summary = "pages of a bound mapping come from its node",
	   .needs = HP_NEEDS("nodes:2", "pool:control"),
	   .sources = HP_SOURCES({"man", "mbind(2)"}))
