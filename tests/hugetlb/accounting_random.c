// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Random scenarios, drawn from the seed of the run: after every step the pool's counters
 * and the contents of all pages match a reference model.
 */
#include "hugeproof.h"
#include "model/scenario.h"

#define SCENARIOS 4
#define STEPS     24

/* The operations of a scenario, and how many numbers each takes. */
static const struct verb {
	const char *name;
	int numbers;
} verbs[] = {{"read", 2},  {"write", 2},           {"write", 2},  {"drop", 2}, {"cut", 1},
	     {"punch", 2}, {"cut 4, allocate", 2}, {"resize", 1}, {"unmap", 0}};

static const struct verb childs[] = {
	{"child read", 2}, {"child write", 2}, {"child drop", 2}, {"exit", 0}};

static const struct verb map = {"map 4", 0}, fork_child = {"fork", 0};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The pool of gigantic pages is not resized: they may not be available again. */
static bool allowed(const struct verb *verb)
{
	return strcmp(verb->name, "resize") || !hp_hugetlb_gigantic(hp_page_size);
}

static void add_step(char *scenario, struct hp_random *random, const struct verb *verb)
{
	int pages = 1 + (int)hp_random_below(random, 4);
	int first = (int)hp_random_below(random, 5 - pages);
	char *end = scenario + strlen(scenario);

	if (verb->numbers == 2)
		sprintf(end, ", %s %d %d", verb->name, first, pages);
	else if (verb->numbers == 1)
		sprintf(end, ", %s %d", verb->name, (int)hp_random_below(random, 5));
	else
		sprintf(end, ", %s", verb->name);
}

/*
 * Mappings have four pages, so that no number is beyond them. Allocations lie within the
 * file: hugetlb/fallocate covers pages beyond its end.
 */
static void draw(char *scenario, struct hp_random *random, bool forks)
{
	bool mapped = true, child = false;

	strcpy(scenario, "map 4");
	for (int i = 0; i < STEPS; i++) {
		const struct verb *verb = &verbs[hp_random_below(random, COUNT(verbs))];

		if (child && !hp_random_below(random, 2))
			verb = &childs[hp_random_below(random, COUNT(childs))];
		if (!mapped)
			verb = &map;
		else if (forks && !child && !hp_random_below(random, 4))
			verb = &fork_child;
		if ((!strcmp(verb->name, "unmap") && child) || !allowed(verb))
			continue;
		add_step(scenario, random, verb);
		child = (child || !strcmp(verb->name, "fork")) &&
			strcmp(verb->name, "exit");
		mapped = strcmp(verb->name, "unmap");
	}
}

static void run_random(int kind, bool forks, long overcommit)
{
	struct hp_random random = hp_random_stream(hp_seed, 10 * kind + forks);
	static char names[SCENARIOS][16], steps[SCENARIOS][STEPS * 32];
	struct hp_scenario scenarios[SCENARIOS + 1] = {0};
	/* Clearing a gigantic page takes long. */
	int n = hp_hugetlb_gigantic(hp_page_size) ? 1 : SCENARIOS;

	for (int i = 0; i < n; i++) {
		snprintf(names[i], sizeof(names[i]), "scenario %d", i);
		draw(steps[i], &random, forks);
		hp_note("%s: %s", names[i], steps[i]);
		scenarios[i] = (struct hp_scenario){names[i], steps[i]};
	}
	hp_run_scenarios(scenarios, &hp_scenario_kinds[kind], overcommit);
}

static const struct way {
	struct hp_variant variant;
	int kind;
	bool forks;
} ways[] = {
	{{"shared", "shared mappings"}, HP_SCENARIO_SHARED, false},
	{{"private", "private mappings"}, HP_SCENARIO_PRIVATE, false},
	{{"shared_noreserve", "shared mappings with MAP_NORESERVE"},
	 HP_SCENARIO_SHARED_NORESERVE,
	 false},
	{{"private_noreserve", "private mappings with MAP_NORESERVE"},
	 HP_SCENARIO_PRIVATE_NORESERVE,
	 false},
	{{"shared_forked", "shared mappings, two processes"}, HP_SCENARIO_SHARED, true},
	{{"private_forked", "private mappings, two processes"}, HP_SCENARIO_PRIVATE, true},
	{{"noreserve_forked", "mappings of two processes with MAP_NORESERVE"},
	 HP_SCENARIO_PRIVATE_NORESERVE,
	 true},
};

HP_ROW_CASES(random_steps, "random steps match a reference model of the pool", ways, way)
{
	run_random(way->kind, way->forks, 0);
}

HP_CASE(surplus,
	"random steps with a surplus page allowed match a reference model of the pool")
{
	hp_case_needs("overcommit");
	for (int kind = 0; kind < HP_SCENARIO_KINDS; kind++)
		run_random(kind, kind != HP_SCENARIO_PRIVATE, 1);
}

HP_PROGRAM(.summary =
		   "random operations keep the pool's counters equal to a reference model",
	   .needs = HP_NEEDS("pool:control", "hugetlb:2"), .seconds = 60,
	   .log_allows = HP_LINES("killed due to inadequate hugepage pool"),
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hugetlbfs_reserv.rst"}))
