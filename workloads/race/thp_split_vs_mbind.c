// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Splitting and migrating a transparent huge page both put migration entries into page
 * tables. Confusing them leads to a "bad page state".
 */
#include "hugeproof.h"
#include "race/race.h"

#define ACTORS                                                                             \
	.actors = HP_ACTORS(&hp_act_mbind, &hp_act_mprotect, &hp_act_write, &hp_act_read), \
	.also = HP_ACTORS(&hp_act_split, &hp_act_collapse, &hp_act_move_pages)

static const struct hp_race_case races[] = {
	{{"anon", "concurrent split and migration of anonymous THPs lose no data"},
	 {.target = HP_ANON_THP, .pages = 16, ACTORS}},
	{{"anon_pte_mapped",
	  "concurrent split and migration of PTE-mapped THPs lose no data"},
	 {.target = HP_ANON_THP, .pages = 16, .pte_mapped = true, ACTORS}},
	{{"anon_forked",
	  "concurrent split and migration of THPs of three processes lose no data"},
	 {.target = HP_ANON_THP, .pages = 8, .processes = 3, ACTORS}},
	{{"anon_mthp", "concurrent split and migration of 64 kB folios lose no data"},
	 {.target = HP_ANON_MTHP, .pages = 256, ACTORS}},
	{{"shmem_shared",
	  "concurrent split and migration of shmem of two processes lose no data"},
	 {.target = HP_SHMEM_SHARED, .pages = 8, .processes = 2, ACTORS}},
	{{"shmem_private",
	  "concurrent split and migration of a file lose no data of private mappings"},
	 {.target = HP_SHMEM_PRIVATE,
	  .pages = 8,
	  .processes = 2,
	  .actors = HP_ACTORS(&hp_act_mbind, &hp_act_mprotect, &hp_act_write, &hp_act_read,
			      &hp_act_dontneed),
	  .also = HP_ACTORS(&hp_act_split, &hp_act_move_pages)}},
};

HP_RACES(races)

HP_PROGRAM(.summary = "THPs that are split and migrated concurrently lose no data",
	   .kind = HP_RACE, .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp"),
	   .seconds = 60,
	   .sources = HP_SOURCES({"lore", "20170701134008.110579-4-zi.yan@sent.com",
				  "mm: thp: introduce separate TTU flag for thp freezing"}))
