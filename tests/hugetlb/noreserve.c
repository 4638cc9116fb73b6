// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * MAP_NORESERVE takes no reservation: the page is looked for at the fault, and
 * SIGBUS says that there is none. With a reservation mmap itself says ENOMEM.
 */
#include "hugeproof.h"

static void takes_none(int type)
{
	struct hp_hugetlb start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(2, type | MAP_NORESERVE);

	hp_check_hugetlb(start);
	hp_fill_page(area, 0, 'n');
	hp_check_hugetlb(start, .free = -1);
	hp_check_page_filled(area, 0, 'n');
	hp_unmap(area);
	hp_check_hugetlb(start);
}

HP_CASE(shared_takes_none,
	"a shared mapping without reservation costs nothing until touched")
{
	takes_none(MAP_SHARED);
}

HP_CASE(private_takes_none,
	"a private mapping without reservation costs nothing until touched")
{
	takes_none(MAP_PRIVATE);
}

static void sigbus_when_empty(int type)
{
	struct hp_hugetlb start;
	struct hp_area *area;

	hp_pool_leave(1);
	start = hp_hugetlb();
	area = hp_map_hugetlb(2, type | MAP_NORESERVE);
	hp_fill_page(area, 0, 'n');
	hp_step("touches a second page, when the pool had one");
	hp_check_fault(area, hp_page(area, 1), HP_WRITE, SIGBUS, BUS_ADRERR);
	hp_check_fault(area, hp_page(area, 1), HP_READ, SIGBUS, BUS_ADRERR);
	hp_check_page_filled(area, 0, 'n');
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(shared_sigbus, "shared: SIGBUS when the pool is empty, and what was touched stays")
{
	sigbus_when_empty(MAP_SHARED);
}

HP_CASE(private_sigbus,
	"private: SIGBUS when the pool is empty, and what was touched stays")
{
	sigbus_when_empty(MAP_PRIVATE);
}

HP_CASE(respects_others, "a page that another mapping has reserved is not taken")
{
	struct hp_hugetlb start;
	struct hp_area *reserved, *area;

	hp_pool_leave(1);
	start = hp_hugetlb();
	reserved = hp_map_hugetlb(1, MAP_SHARED);
	area = hp_map_hugetlb(1, MAP_PRIVATE | MAP_NORESERVE);
	hp_check_fault(area, area->addr, HP_WRITE, SIGBUS, BUS_ADRERR);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_fill(reserved, 'r');
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(enomem, "with reservation, mmap says ENOMEM beyond the pool and moves no counter")
{
	struct hp_hugetlb start;

	hp_pool_leave(1);
	start = hp_hugetlb();
	hp_check_errno(hp_try_map_hugetlb(2, MAP_SHARED), ENOMEM);
	hp_check_hugetlb(start);
	hp_check_errno(hp_try_map_hugetlb(2, MAP_PRIVATE), ENOMEM);
	hp_check_hugetlb(start);
	hp_step("what the pool has can still be mapped");
	hp_map_hugetlb(1, MAP_SHARED);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_check_errno(hp_try_map_hugetlb(1, MAP_PRIVATE), ENOMEM);
	hp_check_hugetlb(start, .rsvd = +1);
}

HP_PROGRAM(.summary = "MAP_NORESERVE takes no reservation; without it mmap fails early",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .source = "mmap(2), MAP_NORESERVE; Documentation/mm/hugetlbfs_reserv.rst")
