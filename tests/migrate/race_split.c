// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Huge pages are split while they migrate between nodes: both operations install migration
 * entries, and neither may take the other's for its own.
 */
#include "hugeproof.h"
#include "race/race.h"

#define ROUNDS 150

#define ACTORS                                                                             \
	.rounds = ROUNDS,                                                                  \
	.actors = HP_ACTORS(&hp_act_mbind, &hp_act_split, &hp_act_write, &hp_act_read,     \
			    &hp_act_move_pages),                                           \
	.events = HP_NEEDS("thp_migration_success", "thp_split_page")

static const struct hp_race_case races[] = {
	{{"anon", "split racing with migration of collapsed THPs loses no write"},
	 {.target = HP_ANON_THP, .pages = 8, ACTORS, .also = HP_ACTORS(&hp_act_collapse)}},
	{{"anon_pte_mapped",
	  "split racing with migration of PTE-mapped THPs loses no write"},
	 {.target = HP_ANON_THP,
	  .pages = 8,
	  .pte_mapped = true,
	  ACTORS,
	  .also = HP_ACTORS(&hp_act_collapse, &hp_act_mprotect)}},
	{{"anon_forked", "split racing with migration of shared THPs loses no write"},
	 {.target = HP_ANON_THP,
	  .pages = 8,
	  .processes = 2,
	  ACTORS,
	  .also = HP_ACTORS(&hp_act_collapse)}},
	/*
	 * A thread that waits for a migration entry pins the mapping and prevents splits:
	 * few may access it.
	 */
	{{"anon_mapping", "PMD split racing with migration of THPs loses no write"},
	 {.target = HP_ANON_THP,
	  .pages = 8,
	  .rounds = 1200,
	  .actors = HP_ACTORS(&hp_act_move_pages, &hp_act_move_pages, &hp_act_mprotect,
			      &hp_act_collapse, &hp_act_collapse),
	  .events = HP_NEEDS("thp_migration_success", "thp_split_pmd")}},
	{{"process", "migrate_pages racing with split and faults loses no write"},
	 {.target = HP_ANON_THP,
	  .pages = 8,
	  .rounds = ROUNDS,
	  .actors = HP_ACTORS(&hp_act_migrate_pages, &hp_act_split, &hp_act_collapse,
			      &hp_act_write, &hp_act_dontneed, &hp_act_populate),
	  .events = HP_NEEDS("thp_migration_success", "thp_split_page")}},
	{{"shmem_shared", "split racing with migration of shared shmem loses no write"},
	 {.target = HP_SHMEM_SHARED,
	  .pages = 8,
	  .processes = 2,
	  .rounds = ROUNDS,
	  .actors = HP_ACTORS(&hp_act_mbind, &hp_act_split, &hp_act_collapse, &hp_act_write,
			      &hp_act_read),
	  .events = HP_NEEDS("thp_split_page", "pgmigrate_success")}},
};

HP_RACES(races)

HP_PROGRAM(.summary =
		   "huge pages that are split during their migration keep their contents",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "root", "nodes:2", "migration", "cap:sys_nice"),
	   .seconds = 60,
	   .sources = HP_SOURCES({"lore", "20170701134008.110579-4-zi.yan@sent.com",
				  "mm: thp: introduce separate TTU flag for thp freezing"}))
