// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The latency of migrating a range to device memory and back, by its size and by what it
 * was before: unpopulated, base pages, or huge pages.
 */
#include "hugeproof.h"
#include "load/load.h"

enum before { EMPTY, BASE_PAGES, HUGE_PAGES };

#define SHAPE(name, what, before, pages)                                                   \
	{                                                                                  \
		{name "_" #pages, "latency of migrating " #pages                           \
				  " base pages to a device and back: " what},              \
			before, pages                                                      \
	}

static const struct shape {
	struct hp_variant variant;
	enum before before;
	size_t pages; /* length of the range in base pages */
} shapes[] = {
	SHAPE("empty", "initially missing", EMPTY, 1),
	SHAPE("empty", "initially missing", EMPTY, 64),
	SHAPE("empty", "initially missing", EMPTY, 512),
	SHAPE("empty", "initially missing", EMPTY, 4096),
	SHAPE("base_pages", "initially mapped", BASE_PAGES, 1),
	SHAPE("base_pages", "initially mapped", BASE_PAGES, 64),
	SHAPE("base_pages", "initially mapped", BASE_PAGES, 512),
	SHAPE("base_pages", "initially mapped", BASE_PAGES, 4096),
	SHAPE("huge_pages", "initially huge pages", HUGE_PAGES, 512),
	SHAPE("huge_pages", "initially huge pages", HUGE_PAGES, 4096),
};

/* Prepares the range for the migration; not measured. */
static void make_ready(const struct shape *shape, struct hp_area *area)
{
	switch (shape->before) {
	case EMPTY:
		hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
		break;
	case BASE_PAGES:
		hp_touch(area);
		break;
	case HUGE_PAGES:
		hp_touch(area);
		hp_check_eq(hp_collapse(area), 0);
		break;
	}
}

static struct hp_area *map(const struct shape *shape)
{
	struct hp_area *area;

	if (shape->before != HUGE_PAGES)
		return hp_map_base_pages(shape->pages);
	area = hp_map_thp(shape->pages * hp_base_size / hp_pmd_size);
	area->page_size = hp_base_size;
	return area;
}

HP_NAMED_CASES(measure, shapes, shape)
{
	struct hp_device *device = hp_device_open(HP_DEVICE_PRIVATE, 0);
	struct hp_area *area = map(shape), *copy = hp_copy_of(area);
	struct hp_histogram *there = hp_histogram_new(), *back = hp_histogram_new();
	struct hp_load_clock clock = hp_load_clock_start(hp_load_seconds(), 4);
	size_t came;

	while (hp_load_goes_on(&clock)) {
		int64_t began, sent, ended;

		make_ready(shape, area);
		began = hp_now_ns();
		hp_check_eq(hp_to_device(device, area->addr, shape->pages, copy->addr), 0);
		sent = hp_now_ns();
		hp_check_eq(hp_to_system(device, area->addr, shape->pages, &came), 0);
		ended = hp_now_ns();
		hp_check_eq(came, shape->pages);
		/* The first two iterations are a warm-up. */
		if (clock.iterations <= 2)
			continue;
		hp_histogram_add(there, (uint64_t)(sent - began));
		hp_histogram_add(back, (uint64_t)(ended - sent));
	}
	hp_metric("to_device", "ns", HP_LOWER, there);
	hp_metric("to_system", "ns", HP_LOWER, back);
	hp_metric_bandwidth("to_device_bandwidth", there, area->size);
	hp_metric_bandwidth("to_system_bandwidth", back, area->size);
}

HP_PROGRAM(.summary = "latency of migrating memory to a device and back", .kind = HP_LOAD,
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp"), .seconds = 60,
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hmm.rst",
				  "Migration to and from device memory"}))
