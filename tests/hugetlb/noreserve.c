// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * MAP_NORESERVE takes no reservation: the page is looked for at the fault, and
 * SIGBUS says that there is none. With a reservation mmap itself says ENOMEM.
 */
#include "hugeproof.h"

HP_SUFFIX_CASES(takes_none, "without reservation a mapping costs nothing until touched",
		hp_sharings, way)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(2, way->flag | MAP_NORESERVE);

	hp_check_hugetlb(start);
	hp_fill(hp_nth_page(area, 0), 'n');
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(hp_nth_page(area, 0), 'n');
	hp_unmap(area);
	hp_check_hugetlb(start);
}

HP_SUFFIX_CASES(sigbus, "a touch of an empty pool is SIGBUS, and what was touched stays",
		hp_sharings, way)
{
	struct hp_hugetlb_counts start = hp_pool_leave(1);
	struct hp_area *area = hp_map_hugetlb(2, way->flag | MAP_NORESERVE);

	hp_fill(hp_nth_page(area, 0), 'n');
	hp_step("touches a second page, when the pool had one");
	hp_check_fault(area, hp_page(area, 1), HP_WRITE, SIGBUS, BUS_ADRERR);
	hp_check_fault(area, hp_page(area, 1), HP_READ, SIGBUS, BUS_ADRERR);
	hp_check_filled(hp_nth_page(area, 0), 'n');
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(respects_others,
	"a mapping without reservation takes no page that another has reserved")
{
	struct hp_hugetlb_counts start = hp_pool_leave(1);
	struct hp_area *reserved = hp_map_hugetlb(1, MAP_SHARED);
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE | MAP_NORESERVE);

	hp_check_fault(area, area->addr, HP_WRITE, SIGBUS, BUS_ADRERR);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_fill(reserved, 'r');
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(enomem, "with reservation, mmap says ENOMEM beyond the pool and moves no counter")
{
	struct hp_hugetlb_counts start = hp_pool_leave(1);

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
	   .sources = HP_SOURCES({"man", "mmap(2)", "MAP_NORESERVE"},
				 {"doc", "Documentation/mm/hugetlbfs_reserv.rst"}))
