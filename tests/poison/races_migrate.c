// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A huge page goes bad while it moves between nodes: it is bad where it was or where it
 * came to, and its neighbour arrives whole.
 */
#include "hugeproof.h"

#define ROUNDS 10

struct race {
	struct hp_area *area;
	struct hp_barrier *start;
	_Atomic bool done;
	_Atomic long moves;
};

static void move_to_and_fro(void *arg)
{
	struct race *race = arg;
	int nodes[] = {hp_node(0), hp_node(1)};

	hp_heed_news();
	hp_check_filled(race->area, 'm');
	hp_meet(race->start);
	for (int i = 0; !race->done || i < 2; i++) {
		/* A bad page does not move; how it says so is not the matter here. */
		hp_move_to_node(race->area->addr, nodes[i % 2]);
		if (hp_move_to_node(hp_page(race->area, 1), nodes[i % 2]) >= 0)
			race->moves++;
	}
}

static void one_round(int type, int round)
{
	struct race *race = hp_shared(sizeof(*race));
	pid_t mover;
	int error;

	race->area = hp_map_hugetlb(2, type);
	race->start = hp_barrier(2);
	hp_fill(race->area, 'm');
	hp_heed_news();
	mover = hp_fork(move_to_and_fro, race);
	hp_step("round %d", round);
	hp_meet(race->start);
	hp_poison_in_use(race->area->addr, &error);
	race->done = true;
	hp_wait_ok(mover);
	hp_check(race->moves > 0);
	if (!error)
		hp_check_poisoned(race->area->addr, HP_READ, hp_page_size);
	hp_check_page_filled(race->area, 1, 'm');
	hp_unmap(race->area);
}

static void race_with(int type)
{
	for (int n = 0; n < 2; n++)
		hp_pool_of_node(hp_node(n), hp_hugetlb_gigantic(hp_page_size) ? 2 : 16);
	for (int round = 0; round < (hp_hugetlb_gigantic(hp_page_size) ? 1 : ROUNDS);
	     round++)
		one_round(type, round);
}

HP_CASE(shared, "shared by two")
{
	race_with(MAP_SHARED);
}

HP_CASE(private, "private, shared by fork")
{
	race_with(MAP_PRIVATE);
}

HP_PROGRAM(.summary = "a huge page that goes bad on its way is bad, and nothing else",
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap", "nodes:2",
			     "pool:control", "cap:sys_nice", "hugetlb:4"),
	   .poisons = true, .seconds = 30, .source = "mm/memory-failure.c, move_pages(2)")
