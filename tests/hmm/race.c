// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A device takes pages while processors fault, write and drop them: whoever comes first
 * has the page, and no write is lost.
 */
#include "hugeproof.h"
#include "race/race.h"

#define ROUNDS 150

static const struct hp_race_case races[] = {
	{{"processor_first", "faults of dropped pages against migration of empty entries"},
	 {.target = HP_ANON_THP,
	  .pages = 4,
	  .rounds = ROUNDS,
	  .pte_mapped = true,
	  .actors = HP_ACTORS(&hp_act_to_device, &hp_act_dontneed, &hp_act_write,
			      &hp_act_write, &hp_act_populate)}},
	{{"there_and_back", "to the device, back, and writes in two processes"},
	 {.target = HP_ANON_THP,
	  .pages = 4,
	  .processes = 2,
	  .rounds = ROUNDS,
	  .actors = HP_ACTORS(&hp_act_to_device, &hp_act_to_system, &hp_act_write,
			      &hp_act_fork)}},
	{{"huge", "huge pages that are made again of what has come back"},
	 {.target = HP_ANON_THP,
	  .pages = 4,
	  .rounds = ROUNDS,
	  .actors = HP_ACTORS(&hp_act_to_device, &hp_act_collapse, &hp_act_mprotect,
			      &hp_act_write),
	  .also = HP_ACTORS(&hp_act_split, &hp_act_mremap)}},
	{{"coherent", "memory that device and processors both write"},
	 {.target = HP_ANON_THP,
	  .pages = 4,
	  .rounds = ROUNDS,
	  .actors = HP_ACTORS(&hp_act_to_coherent, &hp_act_device_access, &hp_act_write,
			      &hp_act_dontneed)}},
};

HP_RACES(races)

HP_PROGRAM(.summary = "a device and processors at the same pages lose no write",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp", "root"),
	   .seconds = 60,
	   .sources = HP_SOURCES(
		   {"commit", "8315ada7f095",
		    "mm/migrate: allow migrate_vma() to alloc new page on empty entry"}))
