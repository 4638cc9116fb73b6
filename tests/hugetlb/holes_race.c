// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Hole punching, truncation and preallocation race with faults: a word reads as written or,
 * once its page was removed, as zero; and the pool gets all pages back.
 */
#include "hugeproof.h"
#include "race/race.h"

#define PAGES 2

static struct hp_hugetlb_counts start;

/* Whatever the race left, all pages of the file can be faulted in. */
static void check_full(void)
{
	hp_check_hugetlb(start, .free = -PAGES);
}

#define RACE(...)                                                                          \
	{                                                                                  \
		.target = HP_HUGETLB_SHARED, .pages = PAGES, .processes = 2,               \
		.when_full = check_full, .actors = HP_ACTORS(__VA_ARGS__),                 \
	}

static const struct hp_race_case races[] = {
	{{"holes", "hole punching that races with faults loses no write or hugetlb page"},
	 RACE(&hp_act_punch, &hp_act_write)},
	{{"holes_filled",
	  "punching and refilling that race with faults lose no write or page"},
	 RACE(&hp_act_punch_fill, &hp_act_write)},
	{{"truncation", "faults that race with truncation get SIGBUS or the right page"},
	 RACE(&hp_act_truncate, &hp_act_write)},
};

HP_NAMED_CASES(race_against, races, row)
{
	struct hp_race race = row->race;

	/* Clearing a gigantic page takes long. */
	race.rounds = hp_hugetlb_gigantic(hp_page_size) ? 4 : 150;
	/*
	 * A punched page is freed a moment after its range may be filled again. The file's
	 * lock serialises punching, and a hole is one page: so at most one page is being
	 * freed. Truncation may be freeing more, but then SIGBUS is correct anyway.
	 */
	start = hp_pool_leave(PAGES + 1);
	hp_race_run(&race);
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary = "holes and truncation that race with faults lose and leak nothing",
	   .needs = HP_NEEDS("hugetlb:3"), .seconds = 60,
	   .sources = HP_SOURCES(
		   {"man", "fallocate(2)"},
		   {"commit", "c86aa7bbfd55",
		    "hugetlbfs: Use i_mmap_rwsem to fix page fault/truncate race"}))
