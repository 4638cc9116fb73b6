// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A huge page is poisoned while it migrates between nodes: it is poisoned at its old or its
 * new place, and its neighbour migrates intact.
 */
#include "hugeproof.h"

#define ROUNDS 10

static _Atomic long *moves; /* of the neighbouring page */

/* A process can only move pages that it has mapped. */
static void map_it(const struct hp_area *area)
{
	hp_check_filled(area, 'm');
}

static void move_to_and_fro(const struct hp_area *area)
{
	for (int i = 0; i < 2; i++) {
		/* A poisoned page does not move; the error does not matter here. */
		hp_move_to_node(area->addr, hp_node(i));
		if (hp_move_to_node(hp_page(area, 1), hp_node(i)) >= 0)
			++*moves;
	}
}

HP_ROW_CASES(race_with,
	     "a huge page is poisoned while it migrates, and its neighbour stays intact",
	     hp_sharings, way)
{
	bool gigantic = hp_hugetlb_gigantic(hp_page_size);

	moves = hp_shared(sizeof(*moves));
	for (int n = 0; n < 2; n++)
		hp_pool_of_node(hp_node(n), gigantic ? 2 : 16);
	for (int round = 0; round < (gigantic ? 1 : ROUNDS); round++) {
		struct hp_area *area = hp_filled_hugetlb(2, way->flag, 'm');
		int error;

		*moves = 0;
		hp_step("round %d", round);
		error = hp_poison_during(area, 0, map_it, move_to_and_fro, NULL).error;
		hp_check(*moves > 0);
		if (!error)
			hp_check_poisoned(area->addr, HP_READ, hp_page_size);
		hp_check_filled(hp_nth_page(area, 1), 'm');
		hp_unmap(area);
	}
}

HP_PROGRAM(.summary = "a huge page that is poisoned during its migration affects no other "
		      "page",
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap", "nodes:2",
			     "pool:control", "cap:sys_nice", "hugetlb:4"),
	   .poisons = true, .seconds = 30,
	   .sources = HP_SOURCES({"code", "mm/memory-failure.c"}, {"man", "move_pages(2)"}))
