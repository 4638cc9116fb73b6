// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * With overcommit the pool grows on demand by surplus pages, which are counted, limited by
 * nr_overcommit_hugepages, and freed when they are released.
 */
#include "hugeproof.h"

/* A pool of fixed size for the case, so that every count is known. */
static void set_pool(long pages, long overcommit)
{
	hp_pool_overcommit(overcommit);
	hp_pool_resize(pages);
	hp_require(hp_hugetlb().total == pages, "wanted a pool of %ld pages, got %ld",
		   pages, hp_hugetlb().total);
}

HP_ROW_CASES(comes_and_goes,
	     "surplus pages are allocated with the reservation and freed with the mapping",
	     hp_sharings, way)
{
	struct hp_area *area;

	set_pool(1, 2);
	hp_check_pool(1, 1, 0, 0);
	hp_step("maps three pages when the pool has one");
	area = hp_map_hugetlb(3, way->flag);
	hp_check_pool(3, 3, 3, 2);
	hp_fill(area, 'o');
	hp_check_pool(3, 0, 0, 2);
	hp_check_filled(area, 'o');
	hp_unmap(area);
	hp_check_pool(1, 1, 0, 0);
}

HP_CASE(limit,
	"mmap beyond nr_overcommit_hugepages fails with ENOMEM and leaves no surplus page")
{
	set_pool(1, 2);
	hp_check_errno(hp_try_map_hugetlb(4, MAP_SHARED), ENOMEM);
	hp_check_pool(1, 1, 0, 0);
	hp_map_hugetlb(3, MAP_SHARED);
	hp_check_pool(3, 3, 3, 2);
	hp_check_errno(hp_try_map_hugetlb(1, MAP_PRIVATE), ENOMEM);
	hp_check_pool(3, 3, 3, 2);
}

HP_CASE(noreserve,
	"MAP_NORESERVE faults allocate surplus pages up to the limit, then get SIGBUS")
{
	struct hp_area *area;

	set_pool(0, 1);
	area = hp_map_hugetlb(2, MAP_PRIVATE | MAP_NORESERVE);
	hp_check_pool(0, 0, 0, 0);
	hp_fill(hp_nth_page(area, 0), 'o');
	hp_check_pool(1, 0, 0, 1);
	hp_check_fault(area, hp_page(area, 1), HP_WRITE, SIGBUS, BUS_ADRERR);
	hp_check_filled(hp_nth_page(area, 0), 'o');
	hp_unmap(area);
	hp_check_pool(0, 0, 0, 0);
}

HP_CASE(limit_lowered,
	"lowering nr_overcommit_hugepages keeps surplus pages and allows no new ones")
{
	struct hp_area *area;

	set_pool(0, 2);
	area = hp_filled_hugetlb(2, MAP_SHARED, 'o');
	hp_pool_overcommit(0);
	hp_check_pool(2, 0, 0, 2);
	hp_check_filled(area, 'o');
	hp_check_errno(hp_try_map_hugetlb(1, MAP_SHARED), ENOMEM);
	hp_unmap(area);
	hp_check_pool(0, 0, 0, 0);
}

HP_CASE(pool_grows, "raising nr_hugepages turns surplus pages into persistent ones")
{
	struct hp_area *area;

	set_pool(0, 2);
	area = hp_filled_hugetlb(2, MAP_SHARED, 'o');
	hp_check_pool(2, 0, 0, 2);
	hp_pool_resize(1);
	hp_check_pool(2, 0, 0, 1);
	hp_pool_resize(3);
	hp_check_pool(3, 1, 0, 0);
	hp_check_filled(area, 'o');
	hp_unmap(area);
	hp_check_pool(3, 3, 0, 0);
}

HP_PROGRAM(.summary = "surplus pages are allocated on demand up to the limit, and freed",
	   .needs = HP_NEEDS("pool:control", "overcommit", "hugetlb:4"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"}))
