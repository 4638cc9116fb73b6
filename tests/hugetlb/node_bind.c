// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The pages of a mapping that is bound to a node come from that node's part of the
 * pool, and from no other when it has none left.
 */
#include "hugeproof.h"

/* Two pages on each of two nodes. */
static void two_on_each(void)
{
	for (int n = 0; n < 2; n++)
		hp_pool_of_node(hp_node(n), 2);
}

static long free_on(int node)
{
	return hp_hugetlb().node[node].free;
}

static void bound_to(int n, int type)
{
	int node = hp_node(n), other = hp_node(!n);
	struct hp_area *area;

	two_on_each();
	area = hp_map_hugetlb(2, type);
	hp_bind_area(area, node);
	hp_fill(area, 'b');
	for (size_t page = 0; page < 2; page++)
		hp_check_eq(hp_node_of(hp_page(area, page)), node);
	hp_check_eq(free_on(node), 0);
	hp_check_eq(free_on(other), 2);
	hp_check_filled(area, 'b');
}

HP_CASE(first_node_private, "private pages come from the first node that they are bound to")
{
	bound_to(0, MAP_PRIVATE);
}

HP_CASE(second_node_private, "private pages come from the second node")
{
	bound_to(1, MAP_PRIVATE);
}

HP_CASE(first_node_shared, "shared pages come from the first node")
{
	bound_to(0, MAP_SHARED);
}

HP_CASE(second_node_shared, "shared pages come from the second node")
{
	bound_to(1, MAP_SHARED);
}

static void exhausted(int n)
{
	int node = hp_node(n), other = hp_node(!n);
	struct hp_area *area;

	hp_pool_of_node(node, 0);
	hp_pool_of_node(other, 2);
	area = hp_map_hugetlb(1, MAP_PRIVATE | MAP_NORESERVE);
	hp_bind_area(area, node);
	hp_check_fault(area, area->addr, HP_WRITE, SIGBUS, BUS_ADRERR);
	hp_check_eq(free_on(other), 2);
}

HP_CASE(exhausted_first, "a bound node without pages is SIGBUS, whatever the other has")
{
	exhausted(0);
}

HP_CASE(exhausted_second, "the same for the second node")
{
	exhausted(1);
}

HP_CASE(pool_of_a_node, "a node's file changes its part of the pool and no other's")
{
	int one = hp_node(0), two = hp_node(1);
	struct hp_hugetlb start, now;
	char path[160], value[32];

	if (hp_hugetlb_gigantic(hp_page_size))
		hp_skip_case("gigantic pages that are given back may not be found again: "
			     "run it with a smaller size");
	two_on_each();
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

HP_PROGRAM(.summary = "pages of a bound mapping come from the node it is bound to",
	   .needs = HP_NEEDS("nodes:2", "pool:control"), .source = "mbind(2)")
