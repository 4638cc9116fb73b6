// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * THPs are split, collapsed, bound and written concurrently: every byte is where it was
 * written, and every page is counted. migrate/race_split covers two nodes.
 */
#include "hugeproof.h"
#include "race/race.h"

#define ROUNDS 150

#define ACTORS                                                                             \
	.rounds = ROUNDS,                                                                  \
	.actors = HP_ACTORS(&hp_act_mprotect, &hp_act_collapse, &hp_act_mbind,             \
			    &hp_act_write, &hp_act_read),                                  \
	.also = HP_ACTORS(&hp_act_split), .events = HP_NEEDS("thp_split_pmd")

static const struct hp_race_case races[] = {
	{{"anon", "split of THPs in use loses no write"},
	 {.target = HP_ANON_THP, .pages = 8, ACTORS}},
	{{"anon_forked", "split of THPs that two processes share loses no write"},
	 {.target = HP_ANON_THP, .pages = 8, .processes = 2, ACTORS}},
	{{"anon_pte_mapped", "split of PTE-mapped THPs in use loses no write"},
	 {.target = HP_ANON_THP, .pages = 8, .pte_mapped = true, ACTORS}},
	{{"shmem_shared", "split of shmem that two processes map loses no write"},
	 {.target = HP_SHMEM_SHARED, .pages = 8, .processes = 2, ACTORS}},
	{{"shmem_private", "split of privately mapped shmem loses no write"},
	 {.target = HP_SHMEM_PRIVATE,
	  .pages = 8,
	  .rounds = ROUNDS,
	  .actors = HP_ACTORS(&hp_act_mprotect, &hp_act_mbind, &hp_act_write, &hp_act_read),
	  .also = HP_ACTORS(&hp_act_split)}},
	{{"anon_mthp", "split of 64 kB folios in use loses no write"},
	 {.target = HP_ANON_MTHP,
	  .pages = 64,
	  .rounds = ROUNDS,
	  .actors = HP_ACTORS(&hp_act_mprotect, &hp_act_mbind, &hp_act_write, &hp_act_free,
			      &hp_act_read),
	  .also = HP_ACTORS(&hp_act_split)}},
};

HP_RACES(races)

HP_PROGRAM(.summary = "splits that race with other operations on huge pages lose no data",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root"), .seconds = 60,
	   .sources = HP_SOURCES({"lore", "20170701134008.110579-4-zi.yan@sent.com",
				  "mm: thp: introduce separate TTU flag for thp freezing"}))
