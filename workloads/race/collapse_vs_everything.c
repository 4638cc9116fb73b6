// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Collapse and split of huge pages, against faults, write-back, debuggers, pins, readers of
 * /proc, migration, swap, hole punching and exit.
 */
#include "hugeproof.h"
#include "race/race.h"

#define ANTAGONISTS                                                                        \
	.also = HP_ACTORS(&hp_act_read, &hp_act_populate, &hp_act_msync, &hp_act_ptrace,   \
			  &hp_act_vm_readv, &hp_act_vm_writev, &hp_act_uring,              \
			  &hp_act_read_maps, &hp_act_fork, &hp_act_map_again,              \
			  &hp_act_dontneed, &hp_act_mlock, &hp_act_mbind,                  \
			  &hp_act_move_pages, &hp_act_pageout, &hp_act_split,              \
			  &hp_act_truncate, &hp_act_punch)

static const struct hp_race_case races[] = {
	{{"shmem_shared", "collapse and split of huge tmpfs lose no data of two processes"},
	 {.target = HP_SHMEM_SHARED,
	  .pages = 8,
	  .processes = 2,
	  .actors = HP_ACTORS(&hp_act_collapse, &hp_act_write),
	  ANTAGONISTS}},
	{{"shmem_private", "collapse and split of a file lose no data of private mappings"},
	 {.target = HP_SHMEM_PRIVATE,
	  .pages = 8,
	  .actors = HP_ACTORS(&hp_act_collapse, &hp_act_write),
	  ANTAGONISTS}},
	{{"anon", "collapse and split of anonymous THPs lose no data"},
	 {.target = HP_ANON_THP,
	  .pages = 8,
	  .actors = HP_ACTORS(&hp_act_collapse, &hp_act_mprotect, &hp_act_write),
	  ANTAGONISTS}},
};

HP_RACES(races)

HP_PROGRAM(.summary = "no data is lost while huge pages are collapsed and split",
	   .kind = HP_RACE, .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp"),
	   .seconds = 60,
	   .sources = HP_SOURCES({"lore",
				  "alpine.LSU.2.11.1502201941340.14414@eggly.anvils",
				  "huge tmpfs: an alternative approach to THPageCache"},
				 {"man", "madvise(2)", "MADV_COLLAPSE"}))
