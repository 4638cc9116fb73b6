// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A memory error in a private huge page that fork shares affects all processes that still
 * share it. A process with a copy of its own can lose only that copy, and the others are
 * not affected.
 */
#include "hugeproof.h"

#define DEPTH 6

static void check_filled(void *area)
{
	hp_check_filled((struct hp_area *)area, 'p');
}

static void meet_error(void *arg)
{
	const struct hp_area *area = arg;

	hp_check_poisoned(area->addr, HP_READ, hp_page_size);
	hp_check_poisoned(area->addr + hp_page_size / 2, HP_WRITE, hp_page_size);
}

static struct hp_area *filled(void)
{
	struct hp_area *area = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');

	return area;
}

HP_CASE(shared_by_fork,
	"a poisoned private huge page is lost for parent and child, which share it")
{
	struct hp_area *area = filled();
	struct hp_paused *child = hp_fork_paused(check_filled, meet_error, area);
	struct hp_fault fault = hp_poison(area->addr);

	hp_check_mce_signal(fault, BUS_MCEERR_AR, area->addr, hp_page_size);
	hp_resume_ok(child);
	hp_check_poisoned(area->addr, HP_WRITE, hp_page_size);
}

static void ask_for_signal(void)
{
	hp_catch_action_optional();
	hp_early_kill(true);
}

static void copy(void *area)
{
	ask_for_signal();
	hp_fill(area, 'c');
}

static void keep_copy(void *area)
{
	hp_check_eq(hp_action_optional().count, 0);
	hp_check_filled((struct hp_area *)area, 'c');
}

HP_CASE(copied,
	"a child keeps its copy, and gets no signal, when its parent's page is poisoned")
{
	struct hp_area *area = filled();
	struct hp_paused *child = hp_fork_paused(copy, keep_copy, area);

	hp_poison(area->addr);
	hp_resume_ok(child);
	hp_check_poisoned(area->addr, HP_READ, hp_page_size);
}

HP_CASE(copy_goes_bad,
	"a parent keeps its page, and gets no signal, when its child's copy is poisoned")
{
	struct hp_area *area = filled();

	ask_for_signal();
	hp_in_child() {
		struct hp_fault fault;

		hp_fill(area, 'c');
		fault = hp_poison(area->addr);
		hp_check_mce_signal(fault, BUS_MCEERR_AR, area->addr, hp_page_size);
		hp_check_poisoned(area->addr, HP_READ, hp_page_size);
	}
	hp_check_eq(hp_action_optional().count, 0);
	hp_check_filled(area, 'p');
	hp_check_writable(area, 'q');
}

struct family {
	struct hp_area *area;
	struct hp_barrier *barrier;
};

/*
 * A chain of forks: each process is the child of the previous one, and all share the page.
 */
static void live_in_chain(void *arg)
{
	struct family *family = arg;
	static int depth;
	pid_t child = 0;

	if (++depth < DEPTH)
		child = hp_fork(live_in_chain, family);
	hp_meet(family->barrier);
	hp_meet(family->barrier);
	hp_step("generation %d reads the page", depth);
	hp_check_poisoned(family->area->addr, HP_READ, hp_page_size);
	if (child)
		hp_wait_ok(child);
}

HP_CASE(chain, "every process of a chain of forks loses the poisoned page that they share")
{
	struct family family = {filled(), hp_barrier_new(DEPTH + 1)};
	pid_t child = hp_fork(live_in_chain, &family);

	hp_meet(family.barrier);
	hp_poison(family.area->addr);
	hp_meet(family.barrier);
	hp_wait_ok(child);
}

HP_PROGRAM(.summary = "a memory error in a private huge page reaches all processes that "
		      "share it",
	   .needs = HP_NEEDS("memory-failure", "pagemap", "hugetlb:2"), .poisons = true,
	   .sources = HP_SOURCES({"commit", "0fe6e20b9c4c",
				  "hugetlb, rmap: add reverse mapping for hugepage"}))
