// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What mapping and unmapping of hugetlb costs: a reservation taken and given back, and a
 * page with it; alone, and while others do the same in processes of their own.
 */
#include "hugeproof.h"
#include "load/load.h"

#define CROWD 4

struct mapping {
	size_t pages;
	int flags;
	bool touch;
};

static void map_and_unmap(struct hp_load_worker *worker)
{
	const struct mapping *mapping = worker->arg;
	size_t size = mapping->pages * hp_page_size;
	char *addr = hp_try_map_hugetlb(mapping->pages, mapping->flags);

	hp_check(addr != MAP_FAILED);
	if (mapping->touch)
		*(volatile char *)addr = 1;
	hp_check_ok(munmap(addr, size));
}

static const struct way {
	struct hp_variant variant;
	int flags;
	bool touch;
	int crowd;
} ways[] = {
	{{"shared", "shared: the file's map of reservations"}, MAP_SHARED, false, 1},
	{{"shared_crowd", "shared, in four processes"}, MAP_SHARED, false, CROWD},
	{{"private", "private: the mapping's own map of reservations"},
	 MAP_PRIVATE,
	 false,
	 1},
	{{"private_crowd", "private, in four processes"}, MAP_PRIVATE, false, CROWD},
	{{"touched", "shared, one page touched"}, MAP_SHARED, true, 1},
	{{"touched_crowd", "shared, one page touched, in four processes"},
	 MAP_SHARED,
	 true,
	 CROWD},
};

HP_NAMED_CASES(measure, ways, way)
{
	struct hp_load load = {HP_LOAD_OPTIONS, .operate = map_and_unmap};
	struct mapping mapping = {.flags = way->flags, .touch = way->touch};
	struct hp_load_result result;

	load.processes *= way->crowd;
	mapping.pages = hp_load_pages(&load, 1);
	load.arg = &mapping;
	result = hp_load_run(&load);
	hp_metric("map_and_unmap", "ns", HP_LOWER, result.latency);
	hp_metric_value("rate", "mappings/s", HP_HIGHER, result.per_second);
}

HP_PROGRAM(.summary = "what mapping and unmapping of hugetlb costs", .kind = HP_LOAD,
	   .page_sizes = HP_PMD_SIZE, .needs = HP_NEEDS("hugetlb:16"),
	   .params = HP_LOAD_PARAMS(
		   {"pages", "4", "of each mapping, as far as those of all go into 64 MB"}),
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hugetlbfs_reserv.rst"}))
