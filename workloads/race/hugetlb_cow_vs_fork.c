// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Three processes copy private huge pages on write, while they fork, pin and protect them:
 * each must read its own data.
 */
#include "hugeproof.h"
#include "race/race.h"

static const struct hp_race_case races[] = {
	{{"three_processes",
	  "three processes that write to hugetlb pages shared by fork see their own data"},
	 {.target = HP_HUGETLB_PRIVATE,
	  .pages = 4,
	  .processes = 3,
	  .actors = HP_ACTORS(&hp_act_write, &hp_act_read, &hp_act_fork, &hp_act_mprotect,
			      &hp_act_populate, &hp_act_vm_writev),
	  .also = HP_ACTORS(&hp_act_uring, &hp_act_ptrace, &hp_act_mbind,
			    &hp_act_move_pages)}},
	{{"one_forks",
	  "a process that forks all the time sees its own data in private hugetlb pages"},
	 {.target = HP_HUGETLB_PRIVATE,
	  .pages = 4,
	  .actors = HP_ACTORS(&hp_act_fork, &hp_act_fork, &hp_act_write, &hp_act_write,
			      &hp_act_vm_readv),
	  .also = HP_ACTORS(&hp_act_uring, &hp_act_mbind)}},
};

HP_RACES(races)

HP_PROGRAM(.summary = "private huge pages stay private during copy on write and fork",
	   .kind = HP_RACE, .page_sizes = HP_PMD_SIZE, .needs = HP_NEEDS("hugetlb:40"),
	   .seconds = 60,
	   .sources = HP_SOURCES({"code", "mm/hugetlb.c",
				  "hugetlb_wp() and copy_hugetlb_page_range()"}))
