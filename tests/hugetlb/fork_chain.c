// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * In a chain of forks every process keeps the private pages as of its fork, whatever its
 * ancestors and descendants write and in whatever order they unmap.
 */
#include "hugeproof.h"

#define MAX_LEVELS 33
#define NO_LEVEL   255

struct chain {
	struct hp_area *area;
	struct hp_barrier *barrier;
	int levels, level;
	int order[MAX_LEVELS]; /* the order in which the levels unmap */
};

/*
 * A page is identified by its first and last word: the writing process, and whether it was
 * its first or second write. cow_whole_page checks whole pages.
 */
static void stamp(const struct chain *chain, int page, uint64_t level, uint64_t write)
{
	uint64_t *words = (uint64_t *)hp_page(chain->area, page);

	words[0] = words[hp_page_size / 8 - 1] = level << 8 | write;
}

static void check_stamp(const struct chain *chain, int page, uint64_t level, uint64_t write)
{
	const uint64_t *words = (const uint64_t *)hp_page(chain->area, page);

	hp_check_eq(words[0], level << 8 | write);
	hp_check_eq(words[hp_page_size / 8 - 1], level << 8 | write);
}

/* A level must see its ancestors' first writes and its own last one, and no others. */
static void check_level(const struct chain *chain)
{
	int me = chain->level;

	for (int page = 0; page < chain->levels; page++) {
		hp_step("level %d of %d reads page %d", me, chain->levels, page);
		check_stamp(chain, page, page <= me ? page : NO_LEVEL,
			    page < me    ? 1
			    : page == me ? 2
					 : 0);
	}
}

static void run_level(void *arg)
{
	struct chain *chain = arg;
	int me = chain->level;
	pid_t child = 0;

	hp_step("level %d of %d writes", me, chain->levels);
	stamp(chain, me, me, 1);
	if (me + 1 < chain->levels) {
		chain->level++;
		child = hp_fork(run_level, chain);
		chain->level = me;
	}
	hp_meet(chain->barrier);
	stamp(chain, me, me, 2);
	hp_meet(chain->barrier);
	for (int step = 0; step < chain->levels; step++) {
		if (chain->order[step] == me) {
			check_level(chain);
			hp_unmap(chain->area);
		}
		hp_meet(chain->barrier);
	}
	if (child)
		hp_wait_ok(child);
}

static void run_chain(int levels)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_random random = hp_random_stream(hp_seed, 0);
	struct chain chain = {.levels = levels};

	for (int i = 0; i < levels; i++) {
		int other = (int)hp_random_below(&random, i + 1);

		chain.order[i] = chain.order[other];
		chain.order[other] = i;
	}
	chain.barrier = hp_barrier_new(levels);
	chain.area = hp_map_hugetlb(levels, MAP_PRIVATE);
	for (int page = 0; page < levels; page++)
		stamp(&chain, page, NO_LEVEL, 0);
	hp_check_hugetlb(start, .free = -levels);
	run_level(&chain);
	hp_check_hugetlb(start);
}

HP_CASE(parent_and_child, "parent and child keep separate huge pages, whoever unmaps first")
{
	run_chain(2);
}

HP_CASE(deep, "in a chain of 33 forks each process keeps its own huge pages")
{
	/* One page per level, a copy for its first write and another for its second. */
	hp_case_needs("hugetlb:97");
	run_chain(MAX_LEVELS);
}

HP_PROGRAM(.summary = "deep chains of forks keep private huge pages separate",
	   .needs = HP_NEEDS("hugetlb:4"),
	   .sources = HP_SOURCES({"commit", "0fe6e20b9c4c",
				  "hugetlb, rmap: add reverse mapping for hugepage"}))
