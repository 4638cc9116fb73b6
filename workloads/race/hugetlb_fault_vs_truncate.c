// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A hugetlb file is truncated, extended and punched while two processes fault it in: each
 * access finds the page, zeros or the end of the file, and all pages return to the pool.
 */
#include "hugeproof.h"
#include "race/race.h"

static const struct hp_race_case races[] = {
	{{"truncation",
	  "faults that race with truncation of a hugetlb file lose and leak no page"},
	 {.target = HP_HUGETLB_SHARED,
	  .pages = 4,
	  .processes = 2,
	  .actors = HP_ACTORS(&hp_act_truncate, &hp_act_write, &hp_act_read,
			      &hp_act_populate),
	  .also = HP_ACTORS(&hp_act_vm_readv, &hp_act_uring)}},
	{{"holes",
	  "faults that race with hole punching in a hugetlb file lose and leak no page"},
	 {.target = HP_HUGETLB_SHARED,
	  .pages = 4,
	  .processes = 2,
	  .actors = HP_ACTORS(&hp_act_punch, &hp_act_write, &hp_act_read, &hp_act_populate,
			      &hp_act_map_again),
	  .also = HP_ACTORS(&hp_act_vm_writev, &hp_act_uring, &hp_act_mbind)}},
};

HP_RACES(races)

HP_PROGRAM(.summary = "faults against truncation of a hugetlb file lose and leak no pages",
	   .kind = HP_RACE, .page_sizes = HP_PMD_SIZE, .needs = HP_NEEDS("hugetlb:12"),
	   .seconds = 60,
	   .sources = HP_SOURCES(
		   {"commit", "c86aa7bbfd55",
		    "hugetlbfs: Use i_mmap_rwsem to fix page fault/truncate race"}))
