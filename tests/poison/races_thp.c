// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A base page of a transparent huge page goes bad while the huge page is split, collapsed
 * or copied under it: it is lost alone, whoever comes first.
 */
#include "hugeproof.h"

#define ROUNDS 10

struct race {
	struct hp_area *area;
	struct hp_barrier *start;
	_Atomic bool done;
};

typedef void act(const struct race *race);

static size_t base, bad;
static act *against;

/* Splits the huge mapping by a protection of half of it, and makes it whole again. */
static void split(const struct race *race)
{
	size_t half = race->area->size / 2;

	hp_check_ok(mprotect(race->area->addr, half, PROT_READ));
	hp_check_ok(mprotect(race->area->addr, half, PROT_READ | PROT_WRITE));
}

static void drop_far_part(const struct race *race)
{
	hp_check_ok(madvise(race->area->addr + race->area->size - 8 * base, 8 * base,
			    MADV_DONTNEED));
}

static void collapse(const struct race *race)
{
	/* Refused where something is bad, or others have the page. */
	madvise(race->area->addr, race->area->size, MADV_COLLAPSE);
}

static void write_first(const struct race *race)
{
	hp_check_access(race->area->addr, HP_WRITE);
}

static void hammer(void *arg)
{
	struct race *race = arg;

	hp_heed_news();
	hp_meet(race->start);
	do {
		against(race);
		/* The first base page is nobody's error. */
		hp_check_access(race->area->addr, HP_READ);
	} while (!race->done);
}

static void one_round(act *what, int round)
{
	struct race *race = hp_shared(sizeof(*race));
	pid_t other;
	int error;

	against = what;
	race->area = hp_map_thp(1);
	base = hp_base_page_size();
	bad = race->area->size / 2 + 3 * base;
	hp_fill(race->area, 't');
	hp_require_huge(race->area);
	race->start = hp_barrier(2);
	hp_heed_news();
	other = hp_fork(hammer, race);
	hp_step("round %d", round);
	hp_meet(race->start);
	hp_poison_in_use(race->area->addr + bad, &error);
	race->done = true;
	hp_wait_ok(other);
	if (!error)
		hp_check_poisoned(race->area->addr + bad, HP_READ, base);
	hp_check_filled_around(race->area, bad, base, 't');
	hp_unmap(race->area);
}

static void race_against(act *what)
{
	for (int round = 0; round < ROUNDS; round++)
		one_round(what, round);
}

HP_CASE(split_by_mprotect, "while a child splits it by mprotect")
{
	race_against(split);
}

HP_CASE(split_by_drop, "while a child drops some of its base pages")
{
	race_against(drop_far_part);
}

HP_CASE(collapsed, "while a child asks for a huge page of its own (MADV_COLLAPSE)")
{
	race_against(collapse);
}

HP_CASE(copied, "while a child copies on write")
{
	race_against(write_first);
}

HP_PROGRAM(.summary = "a base page that goes bad in a splitting huge page is lost alone",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap", "thp"),
	   .poisons = true, .seconds = 30, .source = "mm/memory-failure.c")
