// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * /proc/PID/pagemap reports every base page of a huge page, in consecutive frames;
 * kpageflags and kpagecount report it as huge, compound, and with its mapcount.
 */
#include "hugeproof.h"

#include <linux/kernel-page-flags.h>

static struct hp_pagemap_entry entry(const struct hp_area *area, size_t offset)
{
	struct hp_pagemap_entry page;

	hp_step("reads the pagemap entry of byte %zu", offset);
	hp_check_eq(hp_page_read(0, area->addr + offset, &page), 0);
	return page;
}

static bool flag(uint64_t pfn, int bit)
{
	return hp_frame_flags(pfn) >> bit & 1;
}

/* The number of base pages that are checked, because a gigantic page has too many. */
#define LOOKED_AT 512

static const struct hp_sharing ways[] = {
	{{"private", "pagemap reports a private huge page as anonymous and exclusive"},
	 MAP_PRIVATE},
	{{"shared", "pagemap reports a shared huge page as a file's page"}, MAP_SHARED},
};

HP_NAMED_CASES(whole_page, ways, way)
{
	static struct hp_pagemap_entry pages[LOOKED_AT];
	struct hp_area *area = hp_map_hugetlb(1, way->flag);
	size_t n = hp_page_size / hp_base_size;
	uint64_t first;

	if (n > LOOKED_AT)
		n = LOOKED_AT;
	hp_check(!entry(area, 0).present);
	hp_touch(area);
	first = entry(area, 0).pfn;
	hp_check_eq(first % (hp_page_size / hp_base_size), 0);
	hp_check_eq(hp_pages_read(0, area->addr, n, pages), 0);
	for (size_t i = 0; i < n; i++) {
		hp_step("checks base page %zu", i);
		hp_check(pages[i].present && !pages[i].swapped);
		hp_check_eq(pages[i].file_or_shared, way->flag == MAP_SHARED);
		hp_check(pages[i].exclusive);
		hp_check_eq(pages[i].pfn, first + i);
	}
	for (size_t i = 0; i < n; i += n / 8) {
		hp_step("checks the flags of base page %zu", i);
		hp_check(flag(first + i, KPF_HUGE));
		hp_check_eq(flag(first + i, KPF_COMPOUND_HEAD), i == 0);
		hp_check_eq(flag(first + i, KPF_COMPOUND_TAIL), i != 0);
		hp_check(!flag(first + i, KPF_THP));
	}
	/* Single reads give the same result, also in the middle. */
	hp_check_eq(entry(area, area->size - hp_base_size).pfn,
		    first + hp_page_size / hp_base_size - 1);
}

HP_CASE(copied, "pagemap reports a copied huge page in another frame, and as exclusive")
{
	struct hp_area *area = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');
	uint64_t before = entry(area, 0).pfn;

	hp_in_child() {
		hp_check_eq(entry(area, 0).pfn, before);
		hp_check(!entry(area, 0).exclusive);
		hp_fill(area, 'c');
		hp_check(entry(area, 0).pfn != before);
		hp_check(entry(area, 0).exclusive);
	}
	hp_check_eq(entry(area, 0).pfn, before);
	hp_check(entry(area, 0).exclusive);
	hp_check_filled(area, 'p');
}

static void looks(void *arg)
{
	struct hp_area *area = arg;

	hp_touch(area);
	hp_check(!entry(area, 0).exclusive);
	hp_check_eq(hp_frame_mappings(entry(area, 0).pfn), 2);
}

HP_CASE(mapped_twice,
	"a huge page of two processes is not exclusive in pagemap, and its mapcount is 2")
{
	struct hp_area *area = hp_map_hugetlb(1, MAP_SHARED);

	hp_touch(area);
	hp_check_eq(hp_frame_mappings(entry(area, 0).pfn), 1);
	hp_wait_ok(hp_fork(looks, area));
	hp_check(entry(area, 0).exclusive);
}

HP_PROGRAM(.summary = "pagemap, kpageflags and kpagecount describe huge pages correctly",
	   .needs = HP_NEEDS("hugetlb:2", "pagemap"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/pagemap.rst"}))
