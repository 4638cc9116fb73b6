// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The latency of copy on write of a private hugetlb page that is shared with a child,
 * including the allocation from the pool.
 */
#include "hugeproof.h"
#include "load/load.h"

struct fork_pair {
	struct hp_area *area;
	size_t page; /* the next to write */
	pid_t child;
};

static void map(struct hp_load_worker *worker)
{
	const size_t *pages = worker->arg;
	struct fork_pair *pair = hp_load_own(worker, sizeof(*pair));

	pair->area = hp_map_hugetlb(*pages, MAP_PRIVATE);
	hp_touch(pair->area);
	pair->page = *pages;
}

/* The child still has the old pages, which its exit frees. */
static void end_child(struct hp_load_worker *worker)
{
	struct fork_pair *pair = worker->own;

	if (!pair->child)
		return;
	kill(pair->child, SIGKILL);
	hp_check_killed(pair->child, SIGKILL);
	pair->child = 0;
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
	struct fork_pair *pair = worker->own;

	if (pair->page < *pages)
		return;
	end_child(worker);
	pair->child = hp_fork(wait_for_ever, NULL);
	pair->page = 0;
}

static void write_page(struct hp_load_worker *worker)
{
	struct fork_pair *pair = worker->own;

	hp_touch(hp_nth_page(pair->area, pair->page++));
}

HP_CASE(parent_writes,
	"latency of a parent's copy on write, with all pages shared with a child")
{
	struct hp_load load = {HP_LOAD_OPTIONS, .begin = map, .prepare = make_child,
			       .operate = write_page, .end = end_child};
	/* Each page needs a copy. */
	size_t pages = hp_load_pages(&load, 2) / 2;
	struct hp_load_result result;

	load.arg = &pages;
	result = hp_load_run(&load);
	hp_metric_load("copy", &result);
	hp_metric_value("copied", "MB/s", HP_HIGHER,
			result.per_second * (double)hp_page_size / 1e6);
}

HP_PROGRAM(.summary = "latency of copy on write of a hugetlb page", .kind = HP_LOAD,
	   .needs = HP_NEEDS("hugetlb:2"),
	   .params = HP_LOAD_PARAMS(
		   {"pages", "16", "pages of each worker and its child, limited to 64 MB"}),
	   .sources = HP_SOURCES({"code", "mm/hugetlb.c", "hugetlb_wp()"}))
