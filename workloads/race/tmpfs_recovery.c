// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Huge pages of shared memory are punched, filled and collapsed again in three processes,
 * against each antagonist alone and then against all of them.
 */
#include "hugeproof.h"
#include "race/race.h"
#include "race/series.h"

static const struct hp_race recovery = {
	.target = HP_SHMEM_SHARED,
	.pages = 8,
	.processes = 3,
	.actors = HP_ACTORS(&hp_act_punch, &hp_act_write, &hp_act_collapse),
	.events = HP_NEEDS("thp_collapse_alloc", "thp_split_page"),
};

static int make_cases(const struct hp_case *const **cases)
{
	return hp_race_series(&recovery, "collapsing shmem loses no data",
			      hp_race_antagonists, cases);
}

HP_PROGRAM(.summary = "recovery of huge pages of tmpfs survives concurrent operations",
	   .kind = HP_RACE, .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp"),
	   .seconds = 60, .generate = make_cases,
	   .sources = HP_SOURCES(
		   {"lore", "alpine.LSU.2.11.1604051455010.5965@eggly.anvils",
		    "huge tmpfs recovery: shmem_recovery_remap & remap_team_by_pmd"}))
