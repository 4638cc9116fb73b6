// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Huge pages of shmem are punched, filled and collapsed continuously in two processes,
 * while one antagonist after the other runs concurrently: no data is lost.
 */
#include "hugeproof.h"
#include "race/race.h"
#include "race/series.h"

static const struct hp_race recovery = {
	.target = HP_SHMEM_SHARED,
	.pages = 4,
	.processes = 2,
	.rounds = 60,
	/*
	 * Punching splits the page, writes fill the hole, and a collapse makes it huge
	 * again.
	 */
	.actors = HP_ACTORS(&hp_act_punch, &hp_act_write, &hp_act_collapse),
	.events = HP_NEEDS("thp_collapse_alloc", "thp_split_page"),
};

static int make_cases(const struct hp_case *const **cases)
{
	return hp_race_series(&recovery, "collapsing shmem loses no data",
			      hp_race_antagonists, cases);
}

HP_PROGRAM(.summary = "collapsing shmem while antagonists run concurrently loses no data",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("shmem-thp", "root"),
	   .seconds = 60, .generate = make_cases,
	   .sources = HP_SOURCES(
		   {"lore", "alpine.LSU.2.11.1604051455010.5965@eggly.anvils",
		    "huge tmpfs recovery: shmem_recovery_remap & remap_team_by_pmd"}))
