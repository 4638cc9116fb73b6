// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A device migrates pages while processors fault, write and drop them: whichever comes
 * first gets the page, and no write is lost.
 */
#include "hugeproof.h"
#include "race/race.h"

#define ROUNDS 150

static const struct hp_race_case races[] = {
	{{"processor_first",
	  "migration of empty PTEs races with faults of dropped pages: no write is lost"},
	 {.target = HP_ANON_THP,
	  .pages = 4,
	  .rounds = ROUNDS,
	  .pte_mapped = true,
	  .actors = HP_ACTORS(&hp_act_to_device, &hp_act_dontneed, &hp_act_write,
			      &hp_act_write, &hp_act_populate)}},
	{{"there_and_back", "migration to the device and back races with writes of two "
			    "processes: no write is lost"},
	 {.target = HP_ANON_THP,
	  .pages = 4,
	  .processes = 2,
	  .rounds = ROUNDS,
	  .actors = HP_ACTORS(&hp_act_to_device, &hp_act_to_system, &hp_act_write,
			      &hp_act_fork)}},
	{{"huge", "migration to the device races with the collapse of pages that came "
		  "back: no write is lost"},
	 {.target = HP_ANON_THP,
	  .pages = 4,
	  .rounds = ROUNDS,
	  .actors = HP_ACTORS(&hp_act_to_device, &hp_act_collapse, &hp_act_mprotect,
			      &hp_act_write),
	  .also = HP_ACTORS(&hp_act_split, &hp_act_mremap)}},
	{{"coherent",
	  "device and processors write the same coherent memory: no write is lost"},
	 {.target = HP_ANON_THP,
	  .pages = 4,
	  .rounds = ROUNDS,
	  .actors = HP_ACTORS(&hp_act_to_coherent, &hp_act_device_access, &hp_act_write,
			      &hp_act_dontneed)}},
};

HP_RACES(races)

HP_PROGRAM(.summary = "a device and processors that use the same pages lose no write",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp", "root"),
	   .seconds = 60,
	   .sources = HP_SOURCES(
		   {"commit", "8315ada7f095",
		    "mm/migrate: allow migrate_vma() to alloc new page on empty entry"}))
