// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The latency of the fault on the first touch of a hugetlb page, and the bandwidth of
 * clearing it.
 */
#include "hugeproof.h"
#include "load/load.h"

struct room {
	struct hp_area *area;
	size_t page; /* the next to touch */
};

struct fault {
	size_t pages; /* of each worker */
	int flags;
};

static void map(struct hp_load_worker *worker)
{
	const struct fault *fault = worker->arg;
	struct room *room = hp_load_own(worker, sizeof(*room));

	room->area = hp_map_hugetlb(fault->pages, fault->flags);
}

static void give_back(struct hp_load_worker *worker)
{
	const struct fault *fault = worker->arg;
	struct room *room = worker->own;

	if (room->page < fault->pages)
		return;
	hp_check_ok(madvise(room->area->addr, room->area->size,
			    fault->flags & MAP_SHARED ? MADV_REMOVE : MADV_DONTNEED));
	room->page = 0;
}

static void touch(struct hp_load_worker *worker)
{
	struct room *room = worker->own;

	hp_touch(hp_nth_page(room->area, room->page++));
}

static const struct hp_sharing ways[] = {
	{{"private", "latency of the first touch of a hugetlb page of a private mapping"},
	 MAP_PRIVATE},
	{{"shared", "latency of the first touch of a hugetlb page of a shared mapping"},
	 MAP_SHARED},
};

HP_NAMED_CASES(first_touch, ways, way)
{
	struct hp_load load = {HP_LOAD_OPTIONS, .begin = map, .prepare = give_back,
			       .operate = touch};
	struct fault fault = {hp_load_pages(&load, 1), way->flag};
	struct hp_load_result result;

	load.arg = &fault;
	result = hp_load_run(&load);
	hp_metric_load("fault", &result);
	hp_metric_value("cleared", "MB/s", HP_HIGHER,
			result.per_second * (double)hp_page_size / 1e6);
}

HP_PROGRAM(.summary = "latency of the fault on the first touch of a hugetlb page",
	   .kind = HP_LOAD, .needs = HP_NEEDS("hugetlb:1"),
	   .params = HP_LOAD_PARAMS({"pages", "8",
				     "pages of each worker, limited to 64 MB"}),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"}))
