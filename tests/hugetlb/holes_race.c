// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Holes, truncation and preallocation racing with faults: a word that somebody wrote
 * reads as written or, once its page was cut out, as zero; and the pool gets back what it
 * gave.
 */
#include "hugeproof.h"
#include "race/race.h"

#define PAGES 2

static struct hp_hugetlb_counts start;

/* Whatever the race left of it, all of the file fits. */
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
	{{"holes", "pages are punched out while two processes fault them in"},
	 RACE(&hp_act_punch, &hp_act_write)},
	{{"holes_filled",
	  "pages are punched out and allocated again while two processes fault them in"},
	 RACE(&hp_act_punch_fill, &hp_act_write)},
	{{"truncation",
	  "a file is cut and grows while two processes fault it in: SIGBUS, or the page"},
	 RACE(&hp_act_truncate, &hp_act_write)},
};

HP_NAMED_CASES(race_against, races, row)
{
	struct hp_race race = row->race;

	/* A gigantic page is long in clearing. */
	race.rounds = hp_hugetlb_gigantic(hp_page_size) ? 4 : 150;
	/*
	 * A page that was cut out goes back a moment after its place may be filled again.
	 * The file's lock lets one process cut at a time, and a hole is one page: so one
	 * page is on its way at most. Truncation may have more on theirs: SIGBUS is right
	 * then anyway.
	 */
	start = hp_pool_leave(PAGES + 1);
	hp_race_run(&race);
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary = "holes and truncation racing with faults lose and leak nothing",
	   .needs = HP_NEEDS("hugetlb:3"), .seconds = 60,
	   .sources = HP_SOURCES(
		   {"man", "fallocate(2)"},
		   {"commit", "c86aa7bbfd55",
		    "hugetlbfs: Use i_mmap_rwsem to fix page fault/truncate race"}))
