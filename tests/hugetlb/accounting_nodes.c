// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A process bound to a node takes and returns pages of that node: the counters of each node
 * match a reference model of the pool after every step.
 */
#include "hugeproof.h"
#include "model/scenario.h"

static const struct hp_scenario scenarios[] = {
	{"each node in turn", "map 2, home 0, write 0, home 1, write 1, unmap"},
	{"back to the other node", "home 1, map 2, write 0 2, home 0, drop 0 2, write 0 2"},
	{"resize the other node", "map 3, write 0, home 1, resize 0, write 1 2, resize 3"},
	{"more than the node has", "home 1, map 4, write 0 4"},
	{"reserved by the other node", "home 0, map 2, home 1, write 0 2, unmap"},
	{"a copy from the other node", "map 1, write 0, home 1, fork, child write 0, exit"},
	{"a file from both", "home 0, allocate 0, home 1, allocate 1, cut 1, punch 0"},
	{0},
};

/* How many pages each node has in the pool: none, few, enough, and different numbers. */
static const long parts[][2] = {{0, 0}, {1, 0}, {0, 2}, {2, 1}, {3, 3}};

/* kind: HP_SCENARIO_SHARED and so on. */
static void run_on_nodes(int kind, long overcommit)
{
	int first = hp_node(0);

	hp_pool_overcommit(overcommit);
	for (const struct hp_scenario *scenario = scenarios; scenario->name; scenario++) {
		for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
			hp_pool_of_nodes(parts[i][0], parts[i][1]);
			hp_bind_process(first);
			hp_run_scenario(scenario, &hp_scenario_kinds[kind], overcommit,
					first);
		}
	}
}

HP_CASE(shared, "hugetlb counters of each node match a model: shared mappings")
{
	run_on_nodes(HP_SCENARIO_SHARED, 0);
}

HP_CASE(private, "hugetlb counters of each node match a model: private mappings")
{
	run_on_nodes(HP_SCENARIO_PRIVATE, 0);
}

HP_CASE(noreserve, "hugetlb counters of each node match a model: MAP_NORESERVE")
{
	run_on_nodes(HP_SCENARIO_SHARED_NORESERVE, 0);
	run_on_nodes(HP_SCENARIO_PRIVATE_NORESERVE, 0);
}

HP_CASE(surplus, "hugetlb counters of each node match a model: surplus pages")
{
	for (int kind = 0; kind < HP_SCENARIO_KINDS; kind++)
		run_on_nodes(kind, 1);
}

HP_PROGRAM(.summary = "the pool's counters of each node match a reference model",
	   .needs = HP_NEEDS("pool:control", "overcommit", "nodes:2", "hugetlb:4"),
	   .seconds = 30,
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"},
				 {"man", "set_mempolicy(2)"}))
