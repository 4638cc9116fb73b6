/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A program of one race against each of many intruders: a case for each that comes alone,
 * named as the actor, and "everyone" for all of them together.
 */
#ifndef HP_RACE_SERIES_H
#define HP_RACE_SERIES_H

#include "race/race.h"

/*
 * The cases of such a program (hp_program.generate); returns how many. Each is the race
 * with one intruder more (HP_ACTORS); in "everyone" none of them need succeed. The race
 * and the list stay the caller's and must last.
 */
int hp_race_series(const struct hp_race *race, const struct hp_actor *const *intruders,
		   const struct hp_case *const **cases);

/*
 * Those who may come in between while huge pages are made, mapped and split: faults,
 * munmap, exit, write-back, pins, debuggers, readers of /proc, placement, swap, cuts.
 */
extern const struct hp_actor *const hp_race_intruders[];

#endif
