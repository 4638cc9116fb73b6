// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * With overcommit, whatever is mapped, touched, copied and resized, surplus pages are
 * allocated and freed as a reference model says, after every step.
 */
#include "hugeproof.h"
#include "model/scenario.h"

static const struct hp_scenario scenarios[] = {
	{"map and unmap", "map 2, unmap"},
	{"map the whole pool", "map 4, write 0 4, unmap"},
	{"touch some, unmap", "map 3, read 0, unmap"},
	{"drop surplus pages", "map 3, write 0 3, drop 0, write 0, drop 0 3, unmap"},
	{"shrink below the mapping", "map 2, write 0, resize 0, write 1, unmap"},
	{"surplus becomes persistent", "map 3, write 0 3, resize 4, unmap"},
	{"some become persistent, shrink again",
	 "map 3, write 0 2, resize 2, resize 1, unmap"},
	{"truncate surplus pages", "map 3, write 0 3, cut 1, cut 0, unmap"},
	{"punch surplus pages", "map 3, write 0 3, punch 1, write 1, punch 0 3"},
	{"preallocate surplus pages", "allocate 0 3, map 4, write 3, unmap"},
	{0},
};

/* With one and with two surplus pages allowed. */
HP_ROW_CASES(counts, "hugetlb surplus counters match a model", hp_scenario_kinds, kind)
{
	for (long overcommit = 1; overcommit <= 2; overcommit++)
		hp_run_scenarios(scenarios, kind, overcommit);
}

HP_CASE(copies, "a copy on write may be a surplus page, which is freed with its last user")
{
	static const struct hp_scenario copies[] = {
		{"the child copies", "map 2, write 0 2, fork, child write 0 2, exit"},
		{"the parent copies", "map 1, write 0, fork, write 0, exit"},
		{0},
	};

	hp_run_scenarios(copies, &hp_scenario_kinds[HP_SCENARIO_PRIVATE], 1);
	hp_run_scenarios(copies, &hp_scenario_kinds[HP_SCENARIO_PRIVATE_NORESERVE], 2);
}

HP_PROGRAM(.summary = "surplus pages match a reference model of the pool after every step",
	   .needs = HP_NEEDS("pool:control", "overcommit", "hugetlb:4"), .seconds = 30,
	   .log_allows = HP_LINES("killed due to inadequate hugepage pool"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"},
				 {"doc", "Documentation/mm/hugetlbfs_reserv.rst"}))
