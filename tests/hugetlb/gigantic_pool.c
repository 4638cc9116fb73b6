// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Gigantic pages are allocated and freed at run time: their memory returns to the page
 * allocator completely.
 */
#include "hugeproof.h"

/* Adds a page to the pool. */
static struct hp_hugetlb_counts make_one(void)
{
	struct hp_hugetlb_counts start = hp_hugetlb();

	hp_pool_resize(start.total + 1);
	if (hp_hugetlb().total == start.total)
		hp_skip_case("could not free %zu MB of contiguous memory: run it in the "
			     "lab with more --memory",
			     hp_page_size >> 20);
	hp_check_hugetlb(start, .total = +1, .free = +1);
	return start;
}

HP_CASE(memory_comes_back, "a gigantic page that leaves the pool becomes free memory again")
{
	struct hp_hugetlb_counts start = make_one();
	long before = hp_meminfo_kb("MemFree"), page_kb = (long)(hp_page_size / 1024);

	hp_pool_resize(start.total);
	hp_check_hugetlb(start);
	/*
	 * Other processes allocate and free meanwhile, so that only most of it is required.
	 */
	hp_check_range(hp_meminfo_kb("MemFree") - before, page_kb / 2, page_kb * 3 / 2);
}

/*
 * Whether the surplus page is counted on the node of the page in use; it may be another
 * one.
 */
static bool surplus_where_used(void)
{
	struct hp_hugetlb_counts now = hp_hugetlb();
	bool same = !now.nodes;

	for (int i = 0; i < now.nodes; i++)
		if (now.node[i].surp)
			same = now.node[i].free < now.node[i].total;
	hp_observed("surplus page counted",
		    same ? "on the node of the page in use" : "on another node");
	return same;
}

HP_CASE(in_use, "a new gigantic page is zeroed, and stays in the pool until it is unmapped")
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
		/*
		 * The page stays, because its node has no surplus; when the pool grows it
		 * is persistent again.
		 */
		hp_check_hugetlb(start, .total = +1, .free = +1, .surp = +1);
		hp_pool_resize(start.total + 1);
		hp_pool_resize(start.total);
	}
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary = "gigantic pages are allocated and freed at run time",
	   .needs = HP_NEEDS("pool:control"), .page_sizes = HP_GIGANTIC_SIZES,
	   .seconds = 60,
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"}))
