// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A process forks while its huge pages migrate between nodes: the child gets the contents
 * as of the fork, and later neither sees what the other writes.
 */
#include "hugeproof.h"
#include "race/race.h"

#define ACTORS                                                                             \
	.rounds = 150,                                                                     \
	.actors = HP_ACTORS(&hp_act_fork, &hp_act_fork, &hp_act_mbind,                     \
			    &hp_act_migrate_pages, &hp_act_write, &hp_act_write)

static const struct hp_race_case races[] = {
	{{"anon", "fork racing with migration of THPs loses no write"},
	 {.target = HP_ANON_THP,
	  .pages = 4,
	  ACTORS,
	  .also = HP_ACTORS(&hp_act_collapse),
	  .events = HP_NEEDS("thp_migration_success")}},
	{{"anon_pte_mapped",
	  "fork racing with migration of PTE-mapped THPs loses no write"},
	 {.target = HP_ANON_THP,
	  .pages = 4,
	  .pte_mapped = true,
	  ACTORS,
	  .events = HP_NEEDS("pgmigrate_success")}},
	{{"anon_mthp", "fork racing with migration of 64 kB folios loses no write"},
	 {.target = HP_ANON_MTHP,
	  .pages = 64,
	  ACTORS,
	  .events = HP_NEEDS("pgmigrate_success")}},
};

HP_RACES(races)

HP_PROGRAM(.summary = "fork while huge pages migrate keeps parent and child apart",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "root", "nodes:2", "migration", "cap:sys_nice"),
	   .seconds = 60,
	   .sources = HP_SOURCES({"code", "mm/huge_memory.c", "copy_huge_pmd()"},
				 {"code", "mm/memory.c", "copy_nonpresent_pte()"}))
