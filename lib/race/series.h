/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program that runs one race against many antagonists: a case for each, named like the
 * actor, and "everyone" for all of them together.
 */
#ifndef HP_RACE_SERIES_H
#define HP_RACE_SERIES_H

#include "race/race.h"

/**
 * DOC: Race
 */

/**
 * hp_race_series() - generate the cases of a race against many antagonists
 * @race: the race; must stay valid
 * @what: what is expected of it, which the summaries begin with
 * @antagonists: HP_ACTORS(); must stay valid
 * @cases: set to the cases
 *
 * One for each antagonist, and "everyone" for all of them together, in which no actor needs
 * to succeed. For .generate of HP_PROGRAM().
 *
 * Return: the number of cases.
 */
int hp_race_series(const struct hp_race *race, const char *what,
		   const struct hp_actor *const *antagonists,
		   const struct hp_case *const **cases);

/*
 * Actors that may interfere while huge pages are allocated, mapped and split: faults,
 * munmap, exit, write-back, pins, debuggers, readers of /proc, migration, swap, truncation.
 */
extern const struct hp_actor *const hp_race_antagonists[];

#endif
