// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mincore reports all base pages of a huge page that the process has mapped as resident,
 * and none before. Pages that only others have touched are in memory, but not mapped here:
 * the kernel consults the page table if there is one, otherwise the file.
 */
#include "hugeproof.h"

/* The number of the area's base pages that mincore reports as resident. */
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

HP_CASE(private, "mincore reports a private huge page as resident once it is touched")
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

HP_CASE(shared, "mincore reports a shared huge page as resident once it is touched here")
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

HP_CASE(given_back,
	"mincore reports a private huge page as not resident after MADV_DONTNEED")
{
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);

	hp_touch(area);
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	hp_check_eq(resident(area), 0);
}

HP_PROGRAM(.summary = "mincore reports the huge pages that the process maps as resident",
	   .needs = HP_NEEDS("hugetlb:2"), .sources = HP_SOURCES({"man", "mincore(2)"}))
