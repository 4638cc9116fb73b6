// SPDX-License-Identifier: LGPL-2.1-or-later
/* The time to grow and to shrink the hugetlb pool by some pages. */
#include "hugeproof.h"
#include "load/load.h"

static void resize(const char *path, long pages, struct hp_histogram *took)
{
	char text[32];
	int64_t began;
	int error;

	snprintf(text, sizeof(text), "%ld", pages);
	began = hp_now_ns();
	error = hp_write_text(path, text);
	hp_histogram_add(took, (uint64_t)(hp_now_ns() - began));
	hp_check_eq(error, 0);
	if (hp_hugetlb().total < pages && hp_events_of_case("htlb_buddy_alloc_fail"))
		hp_short_of(
			hp_page_size,
			"asked for a pool of %ld pages and got %ld: the buddy allocator "
			"failed %ld times (htlb_buddy_alloc_fail)",
			pages, hp_hugetlb().total,
			hp_events_of_case("htlb_buddy_alloc_fail"));
	hp_require(hp_hugetlb().total == pages, "asked for a pool of %ld pages, got %ld",
		   pages, hp_hugetlb().total);
}

HP_CASE(pool, "time to grow and to shrink the hugetlb pool by writing nr_hugepages")
{
	struct hp_histogram *grow = hp_histogram_new(), *shrink = hp_histogram_new();
	long start = hp_hugetlb().total, step = hp_param_long("pages");
	struct hp_load_clock clock;
	char path[128];

	hp_hugetlb_path(path, sizeof(path), hp_page_size, "nr_hugepages");
	hp_pool_resize(start);
	clock = hp_load_clock_start(hp_load_seconds(), 3);
	while (hp_load_goes_on(&clock)) {
		resize(path, start + step, grow);
		resize(path, start, shrink);
	}
	hp_metric("grow", "ns", HP_LOWER, grow);
	hp_metric("shrink", "ns", HP_LOWER, shrink);
}

HP_PROGRAM(.summary = "time to grow and to shrink the hugetlb pool", .kind = HP_LOAD,
	   .page_sizes = HP_PMD_SIZE, .needs = HP_NEEDS("pool:control"),
	   .params = HP_PARAMS({"pages", "16", "pages to grow and shrink by"}),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"}))
