// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Gigantic pages are made and given back while the system runs: the memory that they were
 * comes back to the page allocator, whole.
 */
#include "hugeproof.h"

/* Another page in the pool, made now. */
static struct hp_hugetlb_counts make_one(void)
{
	struct hp_hugetlb_counts start = hp_hugetlb();

	hp_pool_resize(start.total + 1);
	if (hp_hugetlb().total == start.total)
		hp_skip_case("no %zu MB of memory in one piece could be freed: run it in "
			     "the lab with more --memory",
			     hp_page_size >> 20);
	hp_check_hugetlb(start, .total = +1, .free = +1);
	return start;
}

HP_CASE(memory_comes_back, "a page that is given back is free memory again")
{
	struct hp_hugetlb_counts start = make_one();
	long before = hp_meminfo_kb("MemFree"), page_kb = (long)(hp_page_size / 1024);

	hp_pool_resize(start.total);
	hp_check_hugetlb(start);
	/* Others take and give meanwhile: most of it is what must come. */
	hp_check_range(hp_meminfo_kb("MemFree") - before, page_kb / 2, page_kb * 3 / 2);
}

/*
 * The kernel counts the page that is too many on any node, not on that of the page in use.
 */
static bool surplus_where_used(void)
{
	struct hp_hugetlb_counts now = hp_hugetlb();
	bool same = !now.nodes;

	for (int i = 0; i < now.nodes; i++)
		if (now.node[i].surp)
			same = now.node[i].free < now.node[i].total;
	hp_observed("counted too many",
		    same ? "on the node of the page in use" : "on another node");
	return same;
}

HP_CASE(in_use, "a new page is zero; in use, it is not given back before it is released")
{
	struct hp_hugetlb_counts start;
	struct hp_area *area;
	bool same_node;

	hp_pool_leave(0);
	start = make_one();
	area = hp_map_hugetlb(1, MAP_PRIVATE);
	hp_check_zeros(hp_nth_page(area, 0));
	hp_fill(area, 'g');
	hp_pool_resize(start.total);
	hp_check_hugetlb(start, .total = +1, .surp = +1);
	hp_check_filled(area, 'g');
	same_node = surplus_where_used();
	hp_unmap(area);
	if (!same_node) {
		/* It stays, as its node has none too many; grown, the pool adopts it. */
		hp_check_hugetlb(start, .total = +1, .free = +1, .surp = +1);
		hp_pool_resize(start.total + 1);
		hp_pool_resize(start.total);
	}
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary = "gigantic pages are made and given back while the system runs",
	   .needs = HP_NEEDS("pool:control"), .page_sizes = HP_GIGANTIC_SIZES,
	   .seconds = 60,
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"}))
