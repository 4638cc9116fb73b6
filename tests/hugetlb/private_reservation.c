// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The reservation of a private mapping belongs to the process that mapped it. A child does
 * not inherit it: with an empty pool its first access gets SIGBUS.
 */
#include "hugeproof.h"

HP_CASE(child_has_none,
	"with all pages reserved a child's fault gets SIGBUS, and its parent's succeeds")
{
	struct hp_hugetlb_counts start = hp_pool_leave(1);
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);

	hp_in_child() {
		hp_step("the child touches a page that the parent has reserved");
		hp_check_fault(area, area->addr, HP_WRITE, SIGBUS, BUS_ADRERR);
		hp_check_fault(area, area->addr, HP_READ, SIGBUS, BUS_ADRERR);
	}
	hp_check_hugetlb(start, .rsvd = +1);

	hp_step("the parent touches it");
	hp_check_writable(area, 'p');
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(child_takes_spare,
	"with an unreserved page a child's fault takes it, and the reservation stays")
{
	struct hp_hugetlb_counts start = hp_pool_leave(2);
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);

	hp_in_child() {
		hp_step("the child touches it, and takes an unreserved page");
		hp_check_writable(area, 'c');
	}
	/* The child's exit freed its page; the parent's reservation is unchanged. */
	hp_check_hugetlb(start, .rsvd = +1);
	hp_check_zeros(hp_nth_page(area, 0));
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(exit_keeps_it, "a child's exit does not release its parent's reservation")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);

	for (int i = 0; i < 10; i++)
		hp_in_child() {
			/* The child exits at once. */
		}
	hp_check_hugetlb(start, .rsvd = +1);
	hp_unmap(area);
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary = "a child does not inherit the reservation of a private mapping",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .log_allows = HP_LINES("killed due to inadequate hugepage pool"),
	   .sources = HP_SOURCES({"title",
				  "hugetlb: reserve huge pages for reliable MAP_PRIVATE "
				  "hugetlbfs mappings until fork()",
				  "2008"}))
