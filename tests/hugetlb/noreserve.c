// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * MAP_NORESERVE reserves no pages: the fault takes one from the pool, or gets SIGBUS. With
 * a reservation mmap itself fails with ENOMEM.
 */
#include "hugeproof.h"

HP_SUFFIX_CASES(takes_none,
		"a MAP_NORESERVE mapping takes no huge page until it is touched",
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

HP_SUFFIX_CASES(sigbus,
		"a fault with an empty pool gets SIGBUS, and earlier huge pages stay",
		hp_sharings, way)
{
	struct hp_hugetlb_counts start = hp_pool_leave(1);
	struct hp_area *area = hp_map_hugetlb(2, way->flag | MAP_NORESERVE);

	hp_fill(hp_nth_page(area, 0), 'n');
	hp_step("touches a second page when the pool had one");
	hp_check_fault(area, hp_page(area, 1), HP_WRITE, SIGBUS, BUS_ADRERR);
	hp_check_fault(area, hp_page(area, 1), HP_READ, SIGBUS, BUS_ADRERR);
	hp_check_filled(hp_nth_page(area, 0), 'n');
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(respects_others,
	"a MAP_NORESERVE mapping takes no huge page that is reserved for another")
{
	struct hp_hugetlb_counts start = hp_pool_leave(1);
	struct hp_area *reserved = hp_map_hugetlb(1, MAP_SHARED);
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE | MAP_NORESERVE);

	hp_check_fault(area, area->addr, HP_WRITE, SIGBUS, BUS_ADRERR);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_fill(reserved, 'r');
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(enomem,
	"mmap of more huge pages than the pool has fails with ENOMEM and reserves none")
{
	struct hp_hugetlb_counts start = hp_pool_leave(1);

	hp_check_errno(hp_try_map_hugetlb(2, MAP_SHARED), ENOMEM);
	hp_check_hugetlb(start);
	hp_check_errno(hp_try_map_hugetlb(2, MAP_PRIVATE), ENOMEM);
	hp_check_hugetlb(start);
	hp_step("the pages of the pool can still be mapped");
	hp_map_hugetlb(1, MAP_SHARED);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_check_errno(hp_try_map_hugetlb(1, MAP_PRIVATE), ENOMEM);
	hp_check_hugetlb(start, .rsvd = +1);
}

HP_PROGRAM(.summary = "MAP_NORESERVE reserves no huge page; without it mmap may fail",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .sources = HP_SOURCES({"man", "mmap(2)", "MAP_NORESERVE"},
				 {"doc", "Documentation/mm/hugetlbfs_reserv.rst"}))
