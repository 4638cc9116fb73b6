// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * MAP_FIXED_NOREPLACE of huge pages fails with EEXIST where any part of the range is
 * mapped, and does not change that mapping; in a free range it maps exactly there.
 */
#include "hugeproof.h"

/* Without reservation, so that the state of the pool does not matter. */
static void *try_at(char *addr, size_t pages, int sharing)
{
	return mmap(addr, pages * hp_page_size, PROT_READ | PROT_WRITE,
		    sharing | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE |
			    MAP_FIXED_NOREPLACE | hp_size_flag(hp_page_size),
		    -1, 0);
}

/* Tries a shared and a private mapping. */
static void check_refused(char *addr, size_t pages)
{
	hp_check_errno(try_at(addr, pages, MAP_SHARED), EEXIST);
	hp_check_errno(try_at(addr, pages, MAP_PRIVATE), EEXIST);
}

static void check_mapped_at(char *addr)
{
	hp_check_eq((uintptr_t)try_at(addr, 1, MAP_PRIVATE), (uintptr_t)addr);
	hp_check_ok(munmap(addr, hp_page_size));
}

HP_CASES(same, "MAP_FIXED_NOREPLACE on a huge page fails with EEXIST and keeps the page",
	 hp_sharings, way)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_filled_hugetlb(1, way->flag, 'n');

	check_refused(area->addr, 1);
	hp_check_filled(area, 'n');
	hp_check_hugetlb(start, .free = -1);
	hp_step("the range is free after munmap");
	hp_check_ok(munmap(area->addr, area->size));
	check_mapped_at(area->addr);
	hp_check_hugetlb(start);
}

HP_CASES(neighbours,
	 "MAP_FIXED_NOREPLACE that overlaps a huge page in part fails with EEXIST",
	 hp_sharings, way)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	char *room = hp_free_addresses(3 * hp_page_size, hp_page_size);
	char *middle = room + hp_page_size, *last = middle + hp_page_size;
	struct hp_area area = hp_area_at(middle, hp_page_size, hp_page_size);

	hp_check_ok(munmap(room, 3 * hp_page_size));
	hp_check_eq((uintptr_t)try_at(middle, 1, way->flag), (uintptr_t)middle);
	hp_fill(&area, 'n');
	check_refused(room, 2);
	check_refused(room, 3);
	check_refused(middle, 2);
	hp_check_filled(&area, 'n');
	hp_check_hugetlb(start, .free = -1);
	hp_step("no part of the refused mappings exists");
	check_mapped_at(room);
	check_mapped_at(last);
}

HP_CASE(base_page,
	"MAP_FIXED_NOREPLACE of a huge page over one base page fails with EEXIST")
{
	size_t at[] = {0, hp_page_size / 2, hp_page_size - hp_base_size};

	for (int i = 0; i < 3; i++) {
		char *room = hp_free_addresses(hp_page_size, hp_page_size);
		char *small = room + at[i], *behind = small + hp_base_size;

		if (small != room)
			hp_check_ok(munmap(room, at[i]));
		if (behind != room + hp_page_size)
			hp_check_ok(munmap(behind, hp_page_size - at[i] - hp_base_size));
		hp_check_ok(mprotect(small, hp_base_size, PROT_READ | PROT_WRITE));
		*small = 's';
		check_refused(room, 1);
		hp_check_eq(*small, 's');
		hp_check_ok(munmap(small, hp_base_size));
		check_mapped_at(room);
	}
}

HP_PROGRAM(.summary = "MAP_FIXED_NOREPLACE of huge pages replaces no mapping",
	   .needs = HP_NEEDS("hugetlb:1"),
	   .sources = HP_SOURCES({"man", "mmap(2)", "MAP_FIXED_NOREPLACE, MAP_HUGETLB"}))
