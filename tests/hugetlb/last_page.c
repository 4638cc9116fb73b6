// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * When many race for the last page of the pool, exactly as many succeed as it pays
 * for: all, where they mean the same page; one, where each wants its own. Nobody hangs.
 */
#include "hugeproof.h"

#include <pthread.h>

#define RACERS 4
#define ROUNDS 20

struct race {
	struct hp_area *area; /* common to all, or NULL: each maps its own */
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

/* Rounds of RACERS processes; each round begins and ends with the page in the pool. */
static const struct way {
	struct hp_variant variant;
	bool same_page;
	int winners;
} ways[] = {
	{{"shared", "processes that race for one page of a file all get it"}, true, RACERS},
	{{"private", "of processes that each want a page one gets it, the others SIGBUS"},
	 false,
	 1},
};

HP_NAMED_CASES(processes_race, ways, way)
{
	struct race *race = hp_shared(sizeof(*race));
	struct hp_hugetlb_counts start = hp_pool_leave(1);

	race->go = hp_barrier_new(RACERS);
	for (int round = 0; round < ROUNDS; round++) {
		pid_t pid[RACERS];

		hp_step("round %d of %d", round + 1, ROUNDS);
		race->winners = 0;
		if (way->same_page)
			race->area = hp_map_hugetlb(1, MAP_SHARED | MAP_NORESERVE);
		for (int i = 0; i < RACERS; i++)
			pid[i] = hp_fork(racer, race);
		for (int i = 0; i < RACERS; i++)
			hp_wait_ok(pid[i]);
		hp_check_eq(race->winners, way->winners);
		hp_check_hugetlb(start, .free = way->same_page ? -1 : 0);
		if (way->same_page)
			hp_unmap(race->area);
		hp_check_hugetlb(start);
	}
}

HP_CASE(threads, "threads that race for one private page all get it")
{
	struct race *race = hp_shared(sizeof(*race));
	struct hp_hugetlb_counts start = hp_pool_leave(1);

	race->go = hp_barrier_new(RACERS);
	for (int round = 0; round < ROUNDS; round++) {
		pthread_t thread[RACERS];

		hp_step("round %d of %d", round + 1, ROUNDS);
		race->winners = 0;
		race->area = hp_map_hugetlb(1, MAP_PRIVATE);
		for (int i = 0; i < RACERS; i++)
			hp_require(!pthread_create(&thread[i], NULL, racing_thread, race),
				   "cannot make a thread");
		for (int i = 0; i < RACERS; i++)
			pthread_join(thread[i], NULL);
		hp_check_eq(race->winners, RACERS);
		hp_check_hugetlb(start, .free = -1);
		hp_unmap(race->area);
		hp_check_hugetlb(start);
	}
}

HP_PROGRAM(.summary =
		   "a race for the last huge page has the right winners and no loser hangs",
	   .needs = HP_NEEDS("hugetlb:1"),
	   .sources = HP_SOURCES({"code", "mm/hugetlb.c", "hugetlb_fault_mutex_table"},
				 {"libhugetlbfs", "alloc-instantiate-race"}))
