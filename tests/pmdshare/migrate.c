// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A page that is mapped through a shared page table moves to another node for all who
 * share the table.
 */
#include "hugeproof.h"

HP_CASE(to_and_fro, "moved away and back, both mappings read it on its new node")
{
	int one = hp_node(0), two = hp_node(1), fd;
	struct hp_area *first, *second;
	size_t span = hp_table_span();

	hp_pool_of_node(one, 2);
	hp_pool_of_node(two, 2);
	fd = hp_span_file();
	first = hp_map_span(fd, span, 0, PROT_READ | PROT_WRITE, MAP_SHARED);
	hp_fill_page(first, 0, 's');
	hp_fill_page(first, 1, 't');
	second = hp_map_span(fd, span, 0, PROT_READ | PROT_WRITE, MAP_SHARED);
	hp_check_page_filled(second, 0, 's');
	hp_check(hp_in_table(hp_page(second, 1)));

	for (int i = 0; i < 4; i++) {
		int node = hp_node_of(first->addr) == one ? two : one;

		hp_step("move %d, to node %d", i + 1, node);
		hp_check_eq(hp_move_to_node(first->addr, node), node);
		hp_check_page_filled(second, 0, 's');
		hp_check_eq(hp_node_of(second->addr), node);
		hp_check_page_filled(first, 0, 's');
		hp_check_eq(hp_node_of(first->addr), node);
		hp_check_page_filled(second, 1, 't');
	}
}

HP_PROGRAM(.summary = "migration reaches every mapping behind a shared page table",
	   .needs = HP_NEEDS("nodes:2", "pool:control", "cap:sys_nice"),
	   .page_sizes = HP_PMD_SIZE,
	   .source = "move_pages(2), shared page table for hugetlb page (2006)")
