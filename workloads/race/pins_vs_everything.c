// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Huge pages are pinned, for a short or a longer time, and accessed through the pins, while
 * others fork, copy, migrate, split and drop them.
 */
#include "hugeproof.h"
#include "race/race.h"

#define PINNING &hp_act_pin, &hp_act_uring, &hp_act_direct, &hp_act_write

static const struct hp_race_case races[] = {
	{{"anon", "I/O and processes see the same data in pinned THPs that fork shares"},
	 {.target = HP_ANON_THP,
	  .pages = 8,
	  .processes = 2,
	  .actors = HP_ACTORS(PINNING, &hp_act_fork, &hp_act_dontneed),
	  .also = HP_ACTORS(&hp_act_vm_writev, &hp_act_mremap, &hp_act_mprotect,
			    &hp_act_collapse, &hp_act_split, &hp_act_mbind,
			    &hp_act_move_pages, &hp_act_pageout)}},
	{{"shmem", "I/O and two processes see the same data in pinned huge tmpfs"},
	 {.target = HP_SHMEM_SHARED,
	  .pages = 8,
	  .processes = 2,
	  .actors = HP_ACTORS(PINNING, &hp_act_truncate, &hp_act_punch),
	  .also = HP_ACTORS(&hp_act_vm_writev, &hp_act_map_again, &hp_act_collapse,
			    &hp_act_split, &hp_act_mbind, &hp_act_move_pages,
			    &hp_act_pageout)}},
	{{"hugetlb_shared",
	  "I/O and two processes see the same data in pinned pages of a hugetlb file"},
	 {.target = HP_HUGETLB_SHARED,
	  .pages = 4,
	  .processes = 2,
	  .actors = HP_ACTORS(PINNING, &hp_act_truncate, &hp_act_punch),
	  .also = HP_ACTORS(&hp_act_vm_writev, &hp_act_map_again, &hp_act_mbind,
			    &hp_act_move_pages)}},
	{{"hugetlb_private",
	  "I/O and processes see the same data in pinned hugetlb pages that fork shares"},
	 {.target = HP_HUGETLB_PRIVATE,
	  .pages = 4,
	  .processes = 2,
	  .actors = HP_ACTORS(PINNING, &hp_act_fork, &hp_act_dontneed),
	  .also = HP_ACTORS(&hp_act_vm_writev, &hp_act_mremap, &hp_act_mprotect,
			    &hp_act_mbind, &hp_act_move_pages)}},
};

HP_RACES(races)

HP_PROGRAM(.summary = "I/O to pinned pages and the process see the same data",
	   .kind = HP_RACE, .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("thp", "root", "hugetlb:40"), .seconds = 60,
	   .sources = HP_SOURCES({"doc", "Documentation/core-api/pin_user_pages.rst"}))
