// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * When several processes race for the last page of the pool, exactly as many succeed as the
 * pool allows: all if they fault the same page, one if each needs its own. None hangs.
 */
#include "hugeproof.h"

#define RACERS 4
#define ROUNDS 20

struct race {
	struct hp_area *area; /* common to all; NULL: each maps its own */
	struct hp_barrier *go;
	_Atomic int winners;
};

static void racer(void *arg)
{
	struct race *race = arg;
	struct hp_area *area =
		race->area ? race->area : hp_map_hugetlb(1, MAP_PRIVATE | MAP_NORESERVE);
	struct hp_fault fault;

	hp_meet(race->go);
	fault = hp_try(area->addr, HP_WRITE);
	if (fault.signo)
		hp_check_eq(fault.signo, SIGBUS);
	else
		race->winners++;
	hp_meet(race->go);
}

static void *racing_thread(void *race)
{
	racer(race);
	return NULL;
}

static void race_processes(struct race *race)
{
	pid_t pid[RACERS];

	for (int i = 0; i < RACERS; i++)
		pid[i] = hp_fork(racer, race);
	for (int i = 0; i < RACERS; i++)
		hp_wait_ok(pid[i]);
}

static void race_threads(struct race *race)
{
	pthread_t thread[RACERS];

	for (int i = 0; i < RACERS; i++)
		thread[i] = hp_thread(racing_thread, race);
	for (int i = 0; i < RACERS; i++)
		hp_join(thread[i]);
}

static const struct way {
	struct hp_variant variant;
	void (*race)(struct race *race);
	int winners, flags; /* if all want the same page; 0: each wants one of its own */
} ways[] = {
	{{"shared", "processes that race to fault one page of a hugetlb file all succeed"},
	 race_processes,
	 RACERS,
	 MAP_SHARED | MAP_NORESERVE},
	{{"private",
	  "of processes that race for the last huge page all but one get SIGBUS"},
	 race_processes,
	 1,
	 0},
	{{"threads", "threads that race to fault one private huge page all succeed"},
	 race_threads,
	 RACERS,
	 MAP_PRIVATE},
};

/* Each round begins and ends with one free page in the pool. */
HP_NAMED_CASES(they_race, ways, way)
{
	struct race *race = hp_shared(sizeof(*race));
	struct hp_hugetlb_counts start = hp_pool_leave(1);

	race->go = hp_barrier_new(RACERS);
	for (int round = 0; round < ROUNDS; round++) {
		hp_step("round %d of %d", round + 1, ROUNDS);
		race->winners = 0;
		if (way->flags)
			race->area = hp_map_hugetlb(1, way->flags);
		way->race(race);
		hp_check_eq(race->winners, way->winners);
		hp_check_hugetlb(start, .free = way->flags ? -1 : 0);
		if (way->flags)
			hp_unmap(race->area);
		hp_check_hugetlb(start);
	}
}

HP_PROGRAM(.summary = "a race for the last huge page has the right winners, and none hangs",
	   .needs = HP_NEEDS("hugetlb:1"),
	   .sources = HP_SOURCES({"code", "mm/hugetlb.c", "hugetlb_fault_mutex_table"},
				 {"libhugetlbfs", "alloc-instantiate-race"}))
