// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * userfaultfd fills and write-protects pages while others write, fork, pin, migrate and
 * drop them. Without mremap: since Linux 6.17 it moves several mappings one by one, and
 * fails midway at one that is registered with userfaultfd.
 */
#include "hugeproof.h"
#include "race/race.h"

static const struct hp_race_case races[] = {
	{{"anon", "anonymous THPs lose no data while userfaultfd handles their faults"},
	 {.target = HP_ANON_THP,
	  .pages = 8,
	  .actors = HP_ACTORS(&hp_act_uffd_fill, &hp_act_uffd_protect, &hp_act_write,
			      &hp_act_read, &hp_act_fork),
	  .also = HP_ACTORS(&hp_act_vm_writev, &hp_act_uring, &hp_act_mprotect,
			    &hp_act_collapse, &hp_act_split, &hp_act_mbind,
			    &hp_act_move_pages, &hp_act_pageout)}},
	{{"shmem",
	  "huge tmpfs of two processes loses no data while userfaultfd protects it"},
	 {.target = HP_SHMEM_SHARED,
	  .pages = 8,
	  .processes = 2,
	  .actors = HP_ACTORS(&hp_act_uffd_protect, &hp_act_write, &hp_act_punch),
	  .also = HP_ACTORS(&hp_act_vm_writev, &hp_act_uring, &hp_act_map_again,
			    &hp_act_collapse, &hp_act_split, &hp_act_mbind,
			    &hp_act_move_pages, &hp_act_pageout)}},
	{{"hugetlb_shared",
	  "a hugetlb file of two processes loses no data while userfaultfd protects it"},
	 {.target = HP_HUGETLB_SHARED,
	  .pages = 4,
	  .processes = 2,
	  .actors = HP_ACTORS(&hp_act_uffd_protect, &hp_act_write, &hp_act_punch),
	  .also = HP_ACTORS(&hp_act_vm_writev, &hp_act_uring, &hp_act_map_again,
			    &hp_act_mbind, &hp_act_move_pages)}},
	{{"hugetlb_private",
	  "hugetlb pages that fork shares lose no data while userfaultfd protects them"},
	 {.target = HP_HUGETLB_PRIVATE,
	  .pages = 4,
	  .processes = 2,
	  .actors = HP_ACTORS(&hp_act_uffd_protect, &hp_act_write, &hp_act_fork),
	  .also = HP_ACTORS(&hp_act_vm_writev, &hp_act_uring, &hp_act_mprotect,
			    &hp_act_mbind, &hp_act_move_pages)}},
};

HP_RACES(races)

HP_PROGRAM(.summary = "no data is lost while userfaultfd handles faults", .kind = HP_RACE,
	   .page_sizes = HP_PMD_SIZE, .needs = HP_NEEDS("thp", "root", "hugetlb:40"),
	   .seconds = 60,
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/userfaultfd.rst"}))
