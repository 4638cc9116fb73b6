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
	{{"anon", "anonymous THPs"}, {.target = HP_ANON_THP, .pages = 16, ACTORS}},
	{{"anon_pte_mapped", "PTE-mapped anonymous THPs"},
	 {.target = HP_ANON_THP, .pages = 16, .pte_mapped = true, ACTORS}},
	{{"anon_forked", "anonymous THPs of three processes"},
	 {.target = HP_ANON_THP, .pages = 8, .processes = 3, ACTORS}},
	{{"anon_mthp", "anonymous huge pages of 64 kB"},
	 {.target = HP_ANON_MTHP, .pages = 256, ACTORS}},
	{{"shmem_shared", "huge pages of shmem, shared by two processes"},
	 {.target = HP_SHMEM_SHARED, .pages = 8, .processes = 2, ACTORS}},
	{{"shmem_private", "private mappings of a huge file, whose copies are base pages"},
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
