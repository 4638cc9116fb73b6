// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A mapping without a policy of its own follows that of its process: pages come from the
 * nodes of set_mempolicy, and nr_hugepages_mempolicy allocates them there.
 */
#include "hugeproof.h"

#include <numaif.h>

/* The two nodes with memory. */
#define ONE hp_node(0)
#define TWO hp_node(1)

static void set_policy(int mode, unsigned long nodes)
{
	hp_check_ok(set_mempolicy(mode, &nodes, 8 * sizeof(nodes)));
}

HP_CASES(bind, "MPOL_BIND takes huge pages from the bound node", hp_sharings, way)
{
	struct hp_area *area;

	hp_pool_of_nodes(2, 2);
	set_policy(MPOL_BIND, 1UL << TWO);
	area = hp_filled_hugetlb(2, way->flag, 'b');
	hp_check_eq(hp_node_of(hp_page(area, 0)), TWO);
	hp_check_eq(hp_node_of(hp_page(area, 1)), TWO);
	hp_check_eq(hp_hugetlb().node[ONE].free, 2);
}

HP_CASE(bind_refused, "mmap is ENOMEM if the MPOL_BIND node has too few huge pages")
{
	struct hp_hugetlb_counts start;

	hp_pool_of_nodes(2, 1);
	set_policy(MPOL_BIND, 1UL << TWO);
	start = hp_hugetlb();
	hp_check_errno(hp_try_map_hugetlb(2, MAP_PRIVATE), ENOMEM);
	hp_check_hugetlb(start);
	hp_map_hugetlb(1, MAP_PRIVATE);
	hp_check_hugetlb(start, .rsvd = +1);
}

HP_CASE(preferred, "MPOL_PREFERRED takes huge pages elsewhere if the node has none")
{
	struct hp_area *area;

	hp_pool_of_nodes(2, 1);
	set_policy(MPOL_PREFERRED, 1UL << TWO);
	area = hp_map_hugetlb(2, MAP_PRIVATE);
	hp_touch(hp_nth_page(area, 0));
	hp_check_eq(hp_node_of(hp_page(area, 0)), TWO);
	hp_touch(hp_nth_page(area, 1));
	hp_check_eq(hp_node_of(hp_page(area, 1)), ONE);
}

HP_CASE(interleave, "MPOL_INTERLEAVE takes as many huge pages from each node")
{
	struct hp_area *area;
	int on_one = 0;

	hp_pool_of_nodes(2, 2);
	set_policy(MPOL_INTERLEAVE, 1UL << ONE | 1UL << TWO);
	area = hp_filled_hugetlb(2, MAP_PRIVATE, 'i');
	for (size_t page = 0; page < 2; page++)
		on_one += hp_node_of(hp_page(area, page)) == ONE;
	hp_check_eq(on_one, 1);
	hp_check_filled(area, 'i');
}

HP_CASE(mapping_first, "the policy of a mapping takes precedence over that of the process")
{
	struct hp_area *area;

	hp_pool_of_nodes(1, 1);
	set_policy(MPOL_BIND, 1UL << TWO);
	area = hp_map_hugetlb(1, MAP_PRIVATE);
	hp_bind_area(area, ONE);
	hp_touch(area);
	hp_check_eq(hp_node_of(area->addr), ONE);
}

static void resize_by_policy(int node, long pages)
{
	char path[160], value[32];

	set_policy(MPOL_BIND, 1UL << node);
	hp_hugetlb_path(path, sizeof(path), hp_page_size, "nr_hugepages_mempolicy");
	snprintf(value, sizeof(value), "%ld", pages);
	hp_check_eq(hp_write_text(path, value), 0);
	hp_undo_wrote_pool(hp_page_size);
}

HP_CASE(pool_by_policy,
	"nr_hugepages_mempolicy changes the pool on the policy's nodes only")
{
	struct hp_hugetlb_counts start;

	hp_need_resizable_pool();
	hp_pool_of_nodes(2, 2);
	start = hp_hugetlb();
	resize_by_policy(TWO, start.total + 3);
	hp_check_hugetlb(start, .total = +3, .free = +3);
	hp_check_eq(hp_hugetlb().node[ONE].total, start.node[ONE].total);
	resize_by_policy(ONE, start.total + 2);
	hp_check_eq(hp_hugetlb().node[ONE].total, start.node[ONE].total - 1);
	hp_check_eq(hp_hugetlb().node[TWO].total, start.node[TWO].total + 3);
}

/*
 * The mapping was promised a page of the pool, and its policy then wants another node: the
 * surplus page that it gets there uses the promise up.
 */
HP_CASES(promised_elsewhere,
	 "a surplus page on the policy's node uses up the reservation of its mapping",
	 hp_sharings, way)
{
	struct hp_hugetlb_counts start;
	struct hp_area *area;

	hp_case_needs("overcommit");
	hp_pool_of_nodes(1, 0);
	hp_pool_overcommit(1);
	start = hp_hugetlb();
	area = hp_map_hugetlb(1, way->flag);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_bind_area(area, TWO);
	hp_fill(area, 'e');
	hp_check_eq(hp_node_of(area->addr), TWO);
	hp_check_hugetlb(start, .total = +1, .surp = +1);
	hp_unmap(area);
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary = "huge pages follow the memory policy of the process",
	   .needs = HP_NEEDS("nodes:2", "pool:control"),
	   .sources = HP_SOURCES({"man", "set_mempolicy(2)"},
				 {"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"}))
