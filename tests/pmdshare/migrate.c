// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A page that is mapped through a shared page table migrates to another node for all
 * mappings that share the table.
 */
#include "hugeproof.h"

HP_CASE(to_and_fro,
	"a page in a shared page table migrates there and back for both mappings")
{
	int one = hp_node(0), two = hp_node(1), fd;
	struct hp_area *first, *second;

	hp_pool_of_nodes(2, 2);
	first = hp_filled_span(&fd);
	second = hp_map_whole_span(fd);
	hp_check_filled(hp_nth_page(second, 0), 's');
	hp_check(hp_in_table(hp_page(second, 1)));

	for (int i = 0; i < 4; i++) {
		int node = hp_node_of(first->addr) == one ? two : one;

		hp_step("move %d, to node %d", i + 1, node);
		hp_check_eq(hp_move_to_node(first->addr, node), node);
		hp_check_filled(hp_nth_page(second, 0), 's');
		hp_check_eq(hp_node_of(second->addr), node);
		hp_check_filled(hp_nth_page(first, 0), 's');
		hp_check_eq(hp_node_of(first->addr), node);
		hp_check_filled(hp_nth_page(second, 1), 't');
	}
}

HP_PROGRAM(.summary = "migration updates all mappings that share a page table",
	   .needs = HP_NEEDS("nodes:2", "migration", "pool:control", "cap:sys_nice"),
	   .page_sizes = HP_PMD_SIZE,
	   .sources = HP_SOURCES({"man", "move_pages(2)"},
				 {"commit", "39dde65c9940",
				  "[PATCH] shared page table for hugetlb page"}))
