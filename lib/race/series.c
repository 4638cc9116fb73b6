// SPDX-License-Identifier: LGPL-2.1-or-later
#include "race/series.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 64

const struct hp_actor *const hp_race_antagonists[] = {
	&hp_act_read,
	&hp_act_populate,
	&hp_act_map_again,
	&hp_act_fork,
	&hp_act_exec,
	&hp_act_msync,
	&hp_act_dontneed,
	&hp_act_mprotect,
	&hp_act_mremap,
	&hp_act_mlock,
	&hp_act_vm_readv,
	&hp_act_vm_writev,
	&hp_act_uring,
	&hp_act_direct,
	&hp_act_ptrace,
	&hp_act_read_maps,
	&hp_act_compact,
	&hp_act_mbind,
	&hp_act_move_pages,
	&hp_act_balance,
	&hp_act_pageout,
	&hp_act_truncate,
	NULL,
};

struct generated {
	struct hp_race race;
	const struct hp_actor *actors[MOST];
	struct hp_case c;
};

static void run(const void *arg)
{
	hp_race_run(&((const struct generated *)arg)->race);
}

static struct generated *copy_of(const struct hp_race *race, int *n)
{
	struct generated *one = calloc(1, sizeof(*one));

	if (!one)
		abort();
	one->race = *race;
	for (*n = 0; *n < MOST - 2 && race->actors[*n]; ++*n)
		one->actors[*n] = race->actors[*n];
	one->race.actors = one->actors;
	one->c = (struct hp_case){.run_with = run, .arg = one};
	return one;
}

static const char *summary(const char *what, const char *others)
{
	char *text;

	if (asprintf(&text, "%s during concurrent %s", what, others) < 0)
		abort();
	return text;
}

int hp_race_series(const struct hp_race *race, const char *what,
		   const struct hp_actor *const *antagonists,
		   const struct hp_case *const **cases)
{
	static const struct hp_case *made[MOST];
	static int n;
	struct generated *one;
	int actors;

	*cases = made;
	if (n)
		return n;
	for (; n < MOST - 1 && antagonists[n]; n++) {
		one = copy_of(race, &actors);
		one->actors[actors] = antagonists[n];
		one->c.name = antagonists[n]->name;
		one->c.summary = summary(what, antagonists[n]->summary);
		made[n] = &one->c;
	}
	one = copy_of(race, &actors);
	one->race.also = antagonists;
	one->race.may_never_succeed = true;
	one->c.name = "everyone";
	one->c.summary = summary(what, "operations of all kinds");
	made[n++] = &one->c;
	return n;
}
