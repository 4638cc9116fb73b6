// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The reservation of a private mapping belongs to the process that mapped it. A
 * child does not inherit it: on an empty pool its first touch is SIGBUS.
 */
#include "hugeproof.h"

HP_CASE(child_has_none,
	"with the pool reserved away the child's touch is SIGBUS, the parent's is not")
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
	"with a page to spare the child gets that, and the reservation stays")
{
	struct hp_hugetlb_counts start = hp_pool_leave(2);
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);

	hp_in_child() {
		hp_step("the child touches it, and takes a page that nobody reserved");
		hp_check_writable(area, 'c');
	}
	/* The child's page came back at its exit; the parent's promise is untouched. */
	hp_check_hugetlb(start, .rsvd = +1);
	hp_check_zeros(hp_nth_page(area, 0));
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(exit_keeps_it,
	"a child that exits or unmaps does not give the parent's reservation back")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);

	for (int i = 0; i < 10; i++)
		hp_in_child() {
			/* It exits at once. */
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
