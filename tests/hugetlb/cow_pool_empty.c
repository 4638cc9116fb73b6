// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * When the pool cannot pay for a copy, the owner of the reservation gets the
 * page: it is taken away from the child, which dies by SIGBUS if it comes back.
 */
#include "hugeproof.h"

struct family {
	struct hp_area *area;
	struct hp_barrier *turn;
};

static void come_back(void *arg)
{
	const struct family *family = arg;

	hp_step("the child reads what it has from the fork");
	hp_check_filled(family->area, 'p');
	hp_meet(family->turn);
	hp_meet(family->turn);
	hp_step("the child comes back to the page that was taken away");
	hp_check_page_filled(family->area, 0, 'p');
}

HP_CASE(owner_wins, "the owner's write succeeds and the child is killed at its next access")
{
	struct hp_hugetlb start;
	struct family family = {.turn = hp_barrier(2)};
	pid_t child;

	hp_pool_leave(1);
	start = hp_hugetlb();
	family.area = hp_map_hugetlb(1, MAP_PRIVATE);
	hp_fill(family.area, 'p');
	child = hp_fork(come_back, &family);
	hp_meet(family.turn);

	hp_step("the owner writes, with no page for a copy");
	hp_fill(family.area, 'P');
	hp_check_hugetlb(start, .free = -1);
	hp_meet(family.turn);
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

HP_CASE(child_loses, "the child's write gets SIGBUS, and takes nothing from the owner")
{
	struct hp_hugetlb start;
	struct family family = {0};

	hp_pool_leave(1);
	start = hp_hugetlb();
	family.area = hp_map_hugetlb(1, MAP_PRIVATE);
	hp_fill(family.area, 'p');
	hp_wait_ok(hp_fork(write_without_page, &family));
	hp_check_filled(family.area, 'p');
	hp_check_hugetlb(start, .free = -1);
}

HP_PROGRAM(.summary =
		   "copy-on-write with an empty pool favours the owner of the reservation",
	   .needs = HP_NEEDS("hugetlb:1"),
	   .log_allows = HP_LINES("killed due to inadequate hugepage pool"),
	   .source = "hugetlb: guarantee that COW faults for a process that called "
		     "mmap(MAP_PRIVATE) on hugetlbfs will succeed (2008)")
