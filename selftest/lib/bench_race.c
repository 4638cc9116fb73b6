// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The overhead of the race engine: the same system calls by two bare threads and by the
 * engine. Not a test: selftest/bench_race.py compares them.
 */
#include "hugeproof.h"
#include "race/race.h"
#include "race/series.h"

#include <numaif.h>
#include <pthread.h>

#define PAGES 64

static struct hp_area *area;
static struct hp_barrier *start;
static _Atomic bool stop;
static long moved, split;

static int move(char *addr)
{
	unsigned long mask = 1UL << hp_node(0);

	return mbind(addr, area->page_size, MPOL_BIND, &mask, 8 * sizeof(mask) + 1,
		     MPOL_MF_MOVE);
}

static void split_and_collapse(char *addr, size_t size)
{
	mprotect(addr, hp_base_size, PROT_READ);
	mprotect(addr, hp_base_size, PROT_READ | PROT_WRITE);
	madvise(addr, size, MADV_COLLAPSE);
}

static void *mover(void *arg)
{
	hp_meet(start);
	for (; !stop; moved++)
		move(hp_page(area, moved % PAGES));
	return arg;
}

static void *splitter(void *arg)
{
	hp_meet(start);
	for (; !stop; split++)
		split_and_collapse(hp_page(area, split % PAGES), area->page_size);
	return arg;
}

HP_CASE(bare, "two bare threads")
{
	const int64_t length = (int64_t)hp_seconds(2) * 1000000000;
	pthread_t threads[2];
	int64_t began;

	area = hp_map_thp(PAGES);
	start = hp_barrier_new(3);
	hp_fill(area, 'b');
	pthread_create(&threads[0], NULL, mover, NULL);
	pthread_create(&threads[1], NULL, splitter, NULL);
	hp_meet(start);
	began = hp_now_ns();
	while (hp_now_ns() - began < length)
		usleep(1000);
	stop = true;
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	hp_observed("mbind", "%ld operations, %.0f/s", moved, moved / (length / 1e9));
	hp_observed("split_and_collapse", "%ld operations, %.0f/s", split,
		    split / (length / 1e9));
}

static int act_move(struct hp_operation *op)
{
	unsigned long mask = 1UL << hp_node(0);

	return hp_errno(mbind(op->addr, op->size, MPOL_BIND, &mask, 8 * sizeof(mask) + 1,
			      MPOL_MF_MOVE));
}

static const struct hp_actor engine_mbind = {
	.name = "mbind",
	.summary = "mbind(MPOL_MF_MOVE) of a huge page",
	.act = act_move,
	.targets = HP_ON_ALL,
	.range = HP_HUGE_PAGE,
	.errnos = HP_ERRNOS(EIO),
};

static int act_split(struct hp_operation *op)
{
	split_and_collapse(op->addr, op->size);
	return 0;
}

static const struct hp_actor engine_split = {
	.name = "split_and_collapse",
	.summary = "mprotect of a base page and back, MADV_COLLAPSE",
	.act = act_split,
	.targets = HP_ON_ALL,
	.range = HP_HUGE_PAGE,
	.absent = HP_ON_ALL,
};

HP_CASE(engine, "the race engine, its oracle on")
{
	hp_race_run(&(struct hp_race){
		.target = HP_ANON_THP,
		.pages = PAGES,
		.seconds = 2,
		.actors = HP_ACTORS(&engine_mbind, &engine_split),
	});
}

HP_PROGRAM(.summary = "what the race engine costs", .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp"), .seconds = 60,
	   .sources = HP_SOURCES({"selftest", "selftest/bench_race.py"}))
