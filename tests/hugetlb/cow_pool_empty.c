// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * When the pool cannot pay for a copy, the owner of the reservation gets the
 * page: it is taken away from the child, which dies by SIGBUS if it comes back.
 */
#include "hugeproof.h"

struct family {
	struct hp_area *area;
	struct hp_barrier *barrier;
};

static void come_back(void *arg)
{
	const struct family *family = arg;

	hp_step("the child reads what it has from the fork");
	hp_check_filled(family->area, 'p');
	hp_meet(family->barrier);
	hp_meet(family->barrier);
	hp_step("the child comes back to the page that was taken away");
	hp_check_filled(hp_nth_page(family->area, 0), 'p');
}

HP_CASE(owner_wins,
	"the reservation's owner gets the page, and the child is killed at its next access")
{
	struct hp_hugetlb_counts start = hp_pool_leave(1);
	struct family family = {.barrier = hp_barrier_new(2)};
	pid_t child;

	family.area = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');
	child = hp_fork(come_back, &family);
	hp_meet(family.barrier);

	hp_step("the owner writes, with no page for a copy");
	hp_fill(family.area, 'P');
	hp_check_hugetlb(start, .free = -1);
	hp_meet(family.barrier);
	hp_check_killed(child, SIGBUS);

	hp_check_filled(family.area, 'P');
	hp_check_hugetlb(start, .free = -1);
	hp_unmap(family.area);
	hp_check_hugetlb(start);
}

static void write_without_page(void *arg)
{
	const struct family *family = arg;

	hp_check_filled(family->area, 'p');
	hp_step("the child, which reserved nothing, writes");
	hp_check_fault(family->area, family->area->addr, HP_WRITE, SIGBUS, BUS_ADRERR);
	/* A refused copy costs it nothing: it still reads. */
	hp_check_filled(family->area, 'p');
}

HP_CASE(child_loses,
	"a child's write without a page for the copy is SIGBUS; the owner keeps its page")
{
	struct hp_hugetlb_counts start = hp_pool_leave(1);
	struct family family = {0};

	family.area = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');
	hp_wait_ok(hp_fork(write_without_page, &family));
	hp_check_filled(family.area, 'p');
	hp_check_hugetlb(start, .free = -1);
}

HP_PROGRAM(.summary =
		   "copy-on-write with an empty pool favours the owner of the reservation",
	   .needs = HP_NEEDS("hugetlb:1"),
	   .log_allows = HP_LINES("killed due to inadequate hugepage pool"),
	   .sources = HP_SOURCES({"commit", "04f2cbe35699",
				  "hugetlb: guarantee that COW faults for a process that "
				  "called mmap(MAP_PRIVATE) on hugetlbfs will succeed"}))
