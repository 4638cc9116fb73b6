// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Memory is poisoned and soft-offlined during concurrent faults: only accesses to the
 * poisoned page raise a signal, and no other data is lost.
 */
#include "hugeproof.h"
#include "race/race.h"

#define ACTORS                                                                             \
	.actors =                                                                          \
		HP_ACTORS(&hp_act_poison, &hp_act_write, &hp_act_read, &hp_act_populate),  \
	.also = HP_ACTORS(&hp_act_offline, &hp_act_vm_readv, &hp_act_fork)

static const struct hp_race_case races[] = {
	{{"hugetlb_private",
	  "poisoning private hugetlb pages during faults affects no other data"},
	 {.target = HP_HUGETLB_PRIVATE, .pages = 4, ACTORS}},
	{{"hugetlb_shared",
	  "poisoning pages of a hugetlb file during faults affects no other data"},
	 {.target = HP_HUGETLB_SHARED, .pages = 4, ACTORS}},
	{{"anon_thp", "poisoning anonymous THPs during faults affects no other data"},
	 {.target = HP_ANON_THP, .pages = 4, ACTORS}},
	{{"shmem_shared",
	  "poisoning huge pages of shmem during faults affects no other data"},
	 {.target = HP_SHMEM_SHARED, .pages = 4, ACTORS}},
};

HP_RACES(races)

HP_PROGRAM(.summary = "poisoning memory during faults affects no other data",
	   .kind = HP_RACE, .page_sizes = HP_PMD_SIZE, .poisons = true,
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap", "thp", "hugetlb:64"),
	   .seconds = 60, .log_allows = HP_LINES("Soft offlining pfn", "soft offline:"),
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hwpoison.rst"}))
