// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The latency of mmap() and munmap() of hugetlb memory: making and releasing a reservation,
 * optionally allocating a page; in one process, and in several concurrently.
 */
#include "hugeproof.h"
#include "load/load.h"

#define PROCESSES 4

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
	int processes;
} ways[] = {
	{{"shared", "latency of mmap and munmap of a shared hugetlb mapping"},
	 MAP_SHARED,
	 false,
	 1},
	{{"shared_crowd",
	  "latency of mmap and munmap of a shared mapping in four processes"},
	 MAP_SHARED,
	 false,
	 PROCESSES},
	{{"private", "latency of mmap and munmap of a private hugetlb mapping"},
	 MAP_PRIVATE,
	 false,
	 1},
	{{"private_crowd",
	  "latency of mmap and munmap of a private mapping in four processes"},
	 MAP_PRIVATE,
	 false,
	 PROCESSES},
	{{"touched", "latency of mmap, touch and munmap of a shared mapping"},
	 MAP_SHARED,
	 true,
	 1},
	{{"touched_crowd",
	  "latency of mmap, touch and munmap of a shared mapping in four processes"},
	 MAP_SHARED,
	 true,
	 PROCESSES},
};

HP_NAMED_CASES(measure, ways, way)
{
	struct hp_load load = {HP_LOAD_OPTIONS, .operate = map_and_unmap};
	struct mapping mapping = {.flags = way->flags, .touch = way->touch};
	struct hp_load_result result;

	load.processes *= way->processes;
	mapping.pages = hp_load_pages(&load, 1);
	load.arg = &mapping;
	hp_load_curve(way->touch ? "touched" : "untouched",
		      way->flags == MAP_SHARED ? "_shared" : "_private");
	result = hp_load_run(&load);
	hp_metric_load("map_and_unmap", &result);
	hp_metric_value("rate", "mappings/s", HP_HIGHER, result.per_second);
}

HP_PROGRAM(.summary = "latency of mmap and munmap of hugetlb memory", .kind = HP_LOAD,
	   .page_sizes = HP_PMD_SIZE, .needs = HP_NEEDS("hugetlb:16"),
	   .params = HP_LOAD_PARAMS({"pages", "4",
				     "pages of each mapping, limited to 64 MB in all"}),
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hugetlbfs_reserv.rst"}))
