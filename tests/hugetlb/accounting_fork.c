// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Across a fork, whichever process touches, copies, drops and unmaps first, the pool's
 * counters match a reference model, and each process reads what it wrote, after every step.
 */
#include "hugeproof.h"
#include "model/scenario.h"

static const struct hp_scenario scenarios[] = {
	{"the child reads", "map 2, write 0 2, fork, child read 0 2, exit, write 0"},
	{"the child writes", "map 2, write 0, fork, child write 0, read 0, exit, write 0"},
	{"the parent writes", "map 2, write 0, fork, write 0, child read 0, exit"},
	{"both write", "map 2, write 0 2, fork, write 0 2, child write 0 2, read 0 2"},
	{"the child touches first",
	 "map 2, fork, child write 0, read 0, write 0, child read 0"},
	{"the child unmaps", "map 2, write 0 2, fork, child unmap, write 0 2, exit"},
	{"the child drops pages",
	 "map 2, write 0 2, fork, child drop 0 2, write 0, child read 0"},
	{"after shrinking",
	 "map 2, write 0 2, fork, resize 1, write 0, child read 0, exit"},
	{"one child after another",
	 "map 2, write 0, fork, child write 0, exit, fork, write 0, child read 0, exit"},
	{0},
};

/* The parent frees what its child still maps. */
static const struct hp_scenario leavers[] = {
	{"the parent unmaps", "map 2, write 0, fork, unmap, child read 0, exit"},
	{"the parent drops pages",
	 "map 2, write 0 2, fork, drop 0, write 0, child read 0, exit"},
	{"the file is truncated",
	 "map 2, write 0 2, fork, cut 1, child read 0, read 0, exit"},
	{"a hole is punched", "map 2, write 0 2, fork, punch 0, child read 1, write 0"},
	{0},
};

HP_ROW_CASES(counts, "hugetlb counters match a model across forks", hp_scenario_kinds, kind)
{
	hp_run_scenarios(scenarios, kind, 0);
}

static const struct left {
	struct hp_variant variant;
	int kind;
} left[] = {
	{{"shared_leaver", "shared pages"}, HP_SCENARIO_SHARED},
	{{"private_leaver", "private pages"}, HP_SCENARIO_PRIVATE},
	{{"noreserve_leaver", "MAP_NORESERVE pages"}, HP_SCENARIO_PRIVATE_NORESERVE},
};

HP_ROW_CASES(
	leaver,
	"hugetlb counters match a model if a parent frees %s that its child still maps",
	left, way)
{
	hp_run_scenarios(leavers, &hp_scenario_kinds[way->kind], 0);
}

HP_PROGRAM(.summary = "across forks the pool's counters match a reference model",
	   .needs = HP_NEEDS("pool:control", "hugetlb:2"), .seconds = 30,
	   .log_allows = HP_LINES("killed due to inadequate hugepage pool"),
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hugetlbfs_reserv.rst"},
				 {"man", "fork(2)"}))
