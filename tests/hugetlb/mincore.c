// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mincore tells of every base page of a huge page that the process has mapped it, and of
 * none before. A page that only others touched is in memory, but not in this process's
 * table: the kernel answers by the table where there is one, and else by the file.
 */
#include "hugeproof.h"

/* How many base pages of the area mincore calls resident. */
static size_t resident(const struct hp_area *area)
{
	size_t n = area->size / hp_base_size, found = 0;
	unsigned char *map = calloc(n, 1);

	hp_require(map, "no memory");
	hp_check_ok(mincore(area->addr, area->size, map));
	for (size_t i = 0; i < n; i++)
		found += map[i] & 1;
	free(map);
	return found;
}

HP_CASE(private, "a private page: none before the touch, all base pages after it")
{
	struct hp_area *area = hp_map_hugetlb(2, MAP_PRIVATE);

	hp_check_eq(resident(area), 0);
	hp_touch(hp_nth_page(area, 1));
	hp_check_eq(resident(area), hp_page_size / hp_base_size);
	hp_touch(area);
	hp_check_eq(resident(area), 2 * hp_page_size / hp_base_size);
}

static void touch(void *area)
{
	hp_touch(area);
}

HP_CASE(shared, "a shared page is resident when touched here, and may be when elsewhere")
{
	struct hp_area *area = hp_map_hugetlb(1, MAP_SHARED);
	size_t all = hp_page_size / hp_base_size, found;

	hp_check_eq(resident(area), 0);
	hp_wait_ok(hp_fork(touch, area));
	found = resident(area);
	hp_check(found == 0 || found == all);
	hp_observed("touched by another process", "%s",
		    found ? "resident" : "not resident");
	hp_check_access(area->addr, HP_READ);
	hp_check_eq(resident(area), all);
}

HP_CASE(given_back, "after MADV_DONTNEED a private page is not resident any more")
{
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);

	hp_touch(area);
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	hp_check_eq(resident(area), 0);
}

HP_PROGRAM(.summary = "mincore counts the huge pages that the process maps",
	   .needs = HP_NEEDS("hugetlb:2"), .sources = HP_SOURCES({"man", "mincore(2)"}))
