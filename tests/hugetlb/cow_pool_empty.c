// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * When the pool has no page for a copy, the owner of the reservation keeps the page: it is
 * unmapped from the child, which gets SIGBUS at its next access.
 */
#include "hugeproof.h"

HP_CASE(owner_wins,
	"with an empty pool the reservation's owner keeps the page, its child gets SIGBUS")
{
	struct hp_hugetlb_counts start = hp_pool_leave(1);
	struct hp_area *area = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');
	struct hp_paused *child;

	hp_paused_child(child) {
		hp_step("the child reads the page inherited by fork");
		hp_check_filled(area, 'p');
		hp_pause(child);
		hp_step("the child accesses the page that was unmapped from it");
		hp_check_filled(hp_nth_page(area, 0), 'p');
	}
	hp_step("the owner writes, with no page for a copy");
	hp_fill(area, 'P');
	hp_check_hugetlb(start, .free = -1);
	hp_check_killed(hp_resume(child), SIGBUS);

	hp_check_filled(area, 'P');
	hp_check_hugetlb(start, .free = -1);
	hp_unmap(area);
	hp_check_hugetlb(start);
}

HP_CASE(child_loses,
	"with an empty pool a child's write gets SIGBUS, and the owner keeps its page")
{
	struct hp_hugetlb_counts start = hp_pool_leave(1);
	struct hp_area *area = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');

	hp_in_child() {
		hp_check_filled(area, 'p');
		hp_step("the child, which has no reservation, writes");
		hp_check_fault(area, area->addr, HP_WRITE, SIGBUS, BUS_ADRERR);
		/* The failed copy does not affect the child's mapping. */
		hp_check_filled(area, 'p');
	}
	hp_check_filled(area, 'p');
	hp_check_hugetlb(start, .free = -1);
}

HP_PROGRAM(.summary =
		   "copy-on-write with an empty pool favours the owner of the reservation",
	   .needs = HP_NEEDS("hugetlb:1"),
	   .log_allows = HP_LINES("killed due to inadequate hugepage pool"),
	   .sources = HP_SOURCES({"commit", "04f2cbe35699",
				  "hugetlb: guarantee that COW faults for a process that "
				  "called mmap(MAP_PRIVATE) on hugetlbfs will succeed"}))
