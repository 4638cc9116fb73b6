// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How long it takes to bring a range to a device's memory and back, by its size and by what
 * was there before: nothing at all, base pages, or huge pages.
 */
#include "hugeproof.h"

enum before { EMPTY, BASE_PAGES, HUGE_PAGES };

struct shape {
	enum before before;
	size_t pages; /* base pages of the range */
};

static const char *const names[] = {"empty", "base_pages", "huge_pages"};

/* The range is as it must be before it goes; not measured. */
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
	size_t base = hp_base_page_size();
	struct hp_area *area;

	if (shape->before != HUGE_PAGES)
		return hp_map_base_pages(shape->pages);
	area = hp_map_thp(shape->pages * base / hp_thp_size());
	area->page_size = base;
	return area;
}

static void measure(const void *arg)
{
	const struct shape *shape = arg;
	struct hp_device *device = hp_device(HP_DEVICE_PRIVATE, 0);
	struct hp_area *area = map(shape), *copy = hp_copy_of(area);
	struct hp_histogram *there = hp_histogram(), *back = hp_histogram();
	struct hp_load_clock clock = hp_load_clock(hp_load_seconds(), 4);
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
		/* The first two turns warm up. */
		if (clock.turns <= 2)
			continue;
		hp_histogram_add(there, (uint64_t)(sent - began));
		hp_histogram_add(back, (uint64_t)(ended - sent));
	}
	hp_metric("to_device", "ns", HP_LOWER, there);
	hp_metric("to_system", "ns", HP_LOWER, back);
	hp_metric_bandwidth("to_device_bandwidth", there, area->size);
	hp_metric_bandwidth("to_system_bandwidth", back, area->size);
}

static int make_cases(const struct hp_case *const **cases)
{
	static const struct shape shapes[] = {
		{EMPTY, 1},         {EMPTY, 64},        {EMPTY, 512},
		{EMPTY, 4096},      {BASE_PAGES, 1},    {BASE_PAGES, 64},
		{BASE_PAGES, 512},  {BASE_PAGES, 4096}, {HUGE_PAGES, 512},
		{HUGE_PAGES, 4096},
	};
	enum { SHAPES = sizeof(shapes) / sizeof(shapes[0]) };
	static struct hp_case made[SHAPES];
	static const struct hp_case *list[SHAPES];
	static char text[SHAPES][2][64];

	for (int i = 0; i < SHAPES; i++) {
		snprintf(text[i][0], sizeof(text[i][0]), "%s_%zu", names[shapes[i].before],
			 shapes[i].pages);
		snprintf(text[i][1], sizeof(text[i][1]), "%zu pages a request, before: %s",
			 shapes[i].pages, names[shapes[i].before]);
		made[i] = (struct hp_case){.name = text[i][0],
					   .summary = text[i][1],
					   .run_with = measure,
					   .arg = &shapes[i]};
		list[i] = &made[i];
	}
	*cases = list;
	return SHAPES;
}

HP_PROGRAM(.summary = "what it costs to bring memory to a device and back", .kind = HP_LOAD,
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp"), .seconds = 60,
	   .generate = make_cases,
	   .source = "Documentation/mm/hmm.rst, Migration to and from device memory")
