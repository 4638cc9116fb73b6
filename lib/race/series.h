/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program of one race against each of many antagonists: a case for each that comes alone,
 * named as the actor, and "everyone" for all of them together.
 */
#ifndef HP_RACE_SERIES_H
#define HP_RACE_SERIES_H

#include "race/race.h"

/**
 * DOC: Race
 */

/**
 * hp_race_series() - the cases of one race against each of many antagonists
 * @race: the race; stays the caller's, and must last
 * @antagonists: HP_ACTORS(), which must last
 * @cases: gets the cases
 *
 * One for each antagonist, and "everyone" for all of them together, none of whom need
 * succeed. For .generate of HP_PROGRAM().
 *
 * Return: how many.
 */
int hp_race_series(const struct hp_race *race, const struct hp_actor *const *antagonists,
		   const struct hp_case *const **cases);

/*
 * Those who may come in between while huge pages are made, mapped and split: faults,
 * munmap, exit, write-back, pins, debuggers, readers of /proc, placement, swap, cuts.
 */
extern const struct hp_actor *const hp_race_antagonists[];

#endif
