// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whatever part of a file is truncated, punched out, preallocated and mapped, in any order,
 * the pool's counters match a reference model after every step.
 */
#include "hugeproof.h"
#include "model/scenario.h"

static const struct hp_scenario scenarios[] = {
	{"truncate touched pages", "map 3, write 0 2, cut 1, read 1, unmap"},
	{"truncate reserved pages", "map 3, write 0, cut 2, write 1 2, unmap"},
	{"truncate in a small pool", "map 3, write 0 3, resize 1, cut 1, unmap"},
	{"truncate and grow", "map 3, write 0 3, cut 1, cut 3, read 0 3, write 2"},
	{"punch touched pages", "map 3, write 0 3, punch 1, read 0 3"},
	{"punch reserved pages", "map 3, write 0, punch 1 2, write 1 2"},
	{"punch all, shrink", "map 3, write 0 3, punch 0 3, resize 1, write 0, write 1"},
	{"preallocate", "allocate 0 2, map 2, read 0 2, unmap, punch 0, map 2, write 0"},
	{"preallocate mapped pages", "map 3, write 0, allocate 0 3, read 0 3, unmap"},
	{"preallocate too much", "map 2, allocate 0 4, cut 0, unmap"},
	{"preallocate a hole", "map 3, write 0 3, punch 1, allocate 1, read 0 3"},
	{"map it again", "map 3, write 0, unmap, map 4, write 1 3, unmap, map 2, read 0 2"},
	{0},
};

/* With pools of four pages down to none. */
HP_ROW_CASES(counts, "hugetlb counters match a model of file use", hp_scenario_kinds, kind)
{
	hp_run_scenarios(scenarios, kind, 0);
}

HP_PROGRAM(.summary = "truncation, holes and preallocation match a reference model of the "
		      "pool",
	   .needs = HP_NEEDS("pool:control", "hugetlb:2"), .seconds = 30,
	   .sources = HP_SOURCES({"man", "ftruncate(2)"}, {"man", "fallocate(2)"},
				 {"doc", "Documentation/mm/hugetlbfs_reserv.rst"}))
