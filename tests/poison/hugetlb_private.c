// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A private huge page that forks share goes bad for all who still share it; who has a
 * copy of it loses only that copy, and nobody else notices.
 */
#include "hugeproof.h"

#define DEPTH 6

struct family {
	struct hp_area *area;
	struct hp_barrier *turn;
	pid_t poisoner; /* 0: the parent */
};

/* Both have the page: the parent poisons it, the child meets the error. */
static void meet_error(void *arg)
{
	const struct family *family = arg;

	hp_check_filled(family->area, 'p');
	hp_meet(family->turn);
	hp_meet(family->turn);
	hp_check_poisoned(family->area->addr, HP_READ, hp_page_size);
	hp_check_poisoned(family->area->addr + hp_page_size / 2, HP_WRITE, hp_page_size);
}

HP_CASE(shared_by_fork, "parent and child lose the page that they share")
{
	struct family family = {hp_map_hugetlb(1, MAP_PRIVATE), hp_barrier(2), 0};
	struct hp_fault told;
	pid_t child;

	hp_fill(family.area, 'p');
	child = hp_fork(meet_error, &family);
	hp_meet(family.turn);
	told = hp_poison(family.area->addr);
	hp_check_told(told, BUS_MCEERR_AR, family.area->addr, hp_page_size);
	hp_meet(family.turn);
	hp_wait_ok(child);
	hp_check_poisoned(family.area->addr, HP_WRITE, hp_page_size);
}

/* The child has a copy: its parent's page goes bad. */
static void keep_copy(void *arg)
{
	const struct family *family = arg;

	hp_heed_news();
	hp_early_kill(true);
	hp_fill(family->area, 'c');
	hp_meet(family->turn);
	hp_meet(family->turn);
	hp_check_eq(hp_news().count, 0);
	hp_check_filled(family->area, 'c');
}

HP_CASE(copied, "a child that has its copy neither loses it nor is told")
{
	struct family family = {hp_map_hugetlb(1, MAP_PRIVATE), hp_barrier(2), 0};
	pid_t child;

	hp_fill(family.area, 'p');
	child = hp_fork(keep_copy, &family);
	hp_meet(family.turn);
	hp_poison(family.area->addr);
	hp_meet(family.turn);
	hp_wait_ok(child);
	hp_check_poisoned(family.area->addr, HP_READ, hp_page_size);
}

/* The child's copy goes bad: the parent's page does not. */
static void lose_copy(void *arg)
{
	const struct family *family = arg;
	struct hp_fault told;

	hp_fill(family->area, 'c');
	told = hp_poison(family->area->addr);
	hp_check_told(told, BUS_MCEERR_AR, family->area->addr, hp_page_size);
	hp_check_poisoned(family->area->addr, HP_READ, hp_page_size);
}

HP_CASE(copy_goes_bad, "the parent keeps its page when the child's copy goes bad")
{
	struct family family = {hp_map_hugetlb(1, MAP_PRIVATE), NULL, 0};

	hp_heed_news();
	hp_early_kill(true);
	hp_fill(family.area, 'p');
	hp_wait_ok(hp_fork(lose_copy, &family));
	hp_check_eq(hp_news().count, 0);
	hp_check_filled(family.area, 'p');
	hp_fill(family.area, 'q');
	hp_check_filled(family.area, 'q');
}

/* A chain of forks, each the child of the one before; all share the page. */
static void live_in_chain(void *arg)
{
	struct family *family = arg;
	static int depth;
	pid_t child = 0;

	if (++depth < DEPTH)
		child = hp_fork(live_in_chain, family);
	hp_meet(family->turn);
	hp_meet(family->turn);
	hp_step("generation %d reads the page", depth);
	hp_check_poisoned(family->area->addr, HP_READ, hp_page_size);
	if (child)
		hp_wait_ok(child);
}

HP_CASE(chain, "every generation of a chain of forks loses the page")
{
	struct family family = {hp_map_hugetlb(1, MAP_PRIVATE), hp_barrier(DEPTH + 1), 0};
	pid_t child;

	hp_fill(family.area, 'p');
	child = hp_fork(live_in_chain, &family);
	hp_meet(family.turn);
	hp_poison(family.area->addr);
	hp_meet(family.turn);
	hp_wait_ok(child);
}

HP_PROGRAM(.summary = "an error in a private huge page reaches all who share it by fork",
	   .needs = HP_NEEDS("memory-failure", "pagemap", "hugetlb:2"), .poisons = true,
	   .source = "hugetlb, rmap: add reverse mapping for hugepage (2010)")
