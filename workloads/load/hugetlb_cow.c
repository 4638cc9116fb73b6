// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the first write to a private hugetlb page costs when a child has it too: the copy,
 * and its taking from the pool.
 */
#include "hugeproof.h"
#include "load/load.h"

struct family {
	struct hp_area *area;
	size_t page; /* the next to write */
	pid_t child;
};

static void map(struct hp_load_worker *worker)
{
	const size_t *pages = worker->arg;
	struct family *family = hp_load_own(worker, sizeof(*family));

	family->area = hp_map_hugetlb(*pages, MAP_PRIVATE);
	hp_touch(family->area);
	family->page = *pages;
}

/* The child that was left has the old pages, and its end gives them back. */
static void end_child(struct hp_load_worker *worker)
{
	struct family *family = worker->own;

	if (!family->child)
		return;
	kill(family->child, SIGKILL);
	hp_check_killed(family->child, SIGKILL);
	family->child = 0;
}

static void wait_for_ever(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

static void make_child(struct hp_load_worker *worker)
{
	const size_t *pages = worker->arg;
	struct family *family = worker->own;

	if (family->page < *pages)
		return;
	end_child(worker);
	family->child = hp_fork(wait_for_ever, NULL);
	family->page = 0;
}

static void write_page(struct hp_load_worker *worker)
{
	struct family *family = worker->own;

	hp_touch(hp_nth_page(family->area, family->page++));
}

HP_CASE(parent_writes, "the parent writes, a child has all pages")
{
	struct hp_load load = {HP_LOAD_OPTIONS, .begin = map, .prepare = make_child,
			       .operate = write_page, .end = end_child};
	/* Each page is there twice. */
	size_t pages = hp_load_pages(&load, 2) / 2;
	struct hp_load_result result;

	load.arg = &pages;
	result = hp_load_run(&load);
	hp_metric("copy", "ns", HP_LOWER, result.latency);
	hp_metric_value("copied", "MB/s", HP_HIGHER,
			result.per_second * (double)hp_page_size / 1e6);
}

HP_PROGRAM(.summary = "what copying a hugetlb page on write costs", .kind = HP_LOAD,
	   .needs = HP_NEEDS("hugetlb:2"),
	   .params = HP_LOAD_PARAMS(
		   {"pages", "16",
		    "of each worker and its child, as far as they go into 64 MB"}),
	   .sources = HP_SOURCES({"code", "mm/hugetlb.c", "hugetlb_wp()"}))
