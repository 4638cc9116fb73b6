// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whatever is mapped, touched, resized and unmapped, in any order, Total, Free, Rsvd and
 * Surp match a reference model of the pool after every step.
 */
#include "hugeproof.h"
#include "model/scenario.h"

static const struct hp_scenario scenarios[] = {
	{"map and unmap", "map 2, unmap"},
	{"map, touch, unmap", "map 2, write 0, read 1, unmap"},
	{"touch some, unmap", "map 3, read 0, unmap"},
	{"map the whole pool", "map 4, write 0 4, unmap"},
	{"map twice", "map 2, write 0, unmap, map 3, write 0 3, unmap"},
	{"drop touched pages", "map 2, write 0 2, drop 0, write 0, drop 0 2, read 1"},
	{"drop in a small pool", "map 3, write 0 3, resize 1, drop 0 2, write 0 2, unmap"},
	{"shrink below the mapping", "map 2, write 0, resize 0, write 1, unmap"},
	{"shrink, then grow back", "map 2, write 0 2, resize 1, resize 3, unmap"},
	{"grow under the mapping", "map 1, resize 3, write 0, resize 1, unmap"},
	{"shrink, unmap, grow", "map 3, resize 1, unmap, resize 2"},
	{"grow after a refusal", "map 2, read 0, resize 4, read 1, unmap, resize 0"},
	{0},
};

/* With pools of four pages down to none. */
HP_ROW_CASES(counts, "hugetlb counters match a reference model", hp_scenario_kinds, kind)
{
	hp_run_scenarios(scenarios, kind, 0);
}

HP_PROGRAM(.summary = "the pool's counters match a reference model after every step",
	   .needs = HP_NEEDS("pool:control", "hugetlb:2"), .seconds = 30,
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"},
				 {"doc", "Documentation/mm/hugetlbfs_reserv.rst"}))
