/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Races: actors operate on one target concurrently, and an oracle detects every page that
 * is lost, stale, torn or someone else's. A program declares the target, the actors, and
 * the duration:
 *
 *	hp_race_run(&(struct hp_race){
 *		.target = HP_ANON_THP, .pages = 8, .rounds = 500,
 *		.actors = HP_ACTORS(&hp_act_mbind, &hp_act_split, &hp_act_write),
 *	});
 *
 * doc/races.md describes the oracle.
 */
#ifndef HP_RACE_RACE_H
#define HP_RACE_RACE_H

#include "race/actor.h"

#include <stdbool.h>
#include <stddef.h>

struct hp_race {
	enum hp_target target;
	size_t pages;    /* huge pages of the target */
	size_t page_kb;  /* HP_ANON_MTHP: size of the huge pages; 0: 64 */
	int processes;   /* processes that share the target, each with all actors; 0: one */
	bool pte_mapped; /* the target's huge pages are PTE-mapped at first */
	bool whole_span; /* HP_HUGETLB_SHARED: map all that one page table spans */
	/* HP_ACTORS: each runs in a thread of its own, in each process. */
	const struct hp_actor *const *actors;
	/* Further actors, as far as this machine and the target support them. */
	const struct hp_actor *const *also;
	long rounds;          /* minimum operations of each actor; 0: run for a time */
	unsigned int seconds; /* default of --seconds, without rounds */
	double hang_seconds;  /* an operation that takes longer is a hang; 0: 30 */
	/* HP_NEEDS: events of /proc/vmstat that must occur during the race. */
	const char *const *events;
	/*
	 * Called by the first process after all of the target has been written for the last
	 * time, while every process still maps it. Not called if pages were poisoned.
	 */
	void (*when_full)(void);
	/* It is no failure if all operations of an actor fail. */
	bool may_never_succeed;
};

/**
 * DOC: Race
 */

/**
 * HP_ACTORS() - the actors of a race
 * @...: pointers to struct hp_actor, such as &hp_act_mbind
 *
 * For .actors and .also of struct hp_race.
 */
#define HP_ACTORS(...) ((const struct hp_actor *const[]){__VA_ARGS__, NULL})

/**
 * hp_race_run() - run a race, and check the contents of the target
 * @race: the target, the actors, and the duration
 *
 * Skips the case if this machine does not support an actor. Records for each actor the
 * number of operations, the rate, and their results.
 *
 * Errors: a page that is lost, stale, torn or someone else's fails the case, and the last
 *   operations on it are reported. So does an operation that hangs, or returns an
 *   unexpected errno.
 * Source: doc/races.md
 */
void hp_race_run(const struct hp_race *race);

/* A case that is a race: a row of a table for HP_RACES(). */
struct hp_race_case {
	struct hp_variant variant;
	struct hp_race race;
};

/**
 * HP_RACES() - define a case for each row of a table of races
 * @table: an array of struct hp_race_case
 *
 *	static const struct hp_race_case races[] = {
 *		{{"anon", "anonymous THPs"},
 *		 {.target = HP_ANON_THP, .pages = 8, .actors = HP_ACTORS(&hp_act_mbind)}},
 *	};
 *
 *	HP_RACES(races)
 */
#define HP_RACES(table)                                                                    \
	HP_NAMED_CASES(hp_race_of_##table, table, row)                                     \
	{                                                                                  \
		hp_race_run(&row->race);                                                   \
	}

/**
 * hp_actor_unsuitable() - check whether an actor can work on a target
 * @actor: the actor
 * @others: HP_ACTORS() that run together with it
 * @target: what is raced over
 * @buf: filled in with the reason
 * @size: of buf, bytes
 *
 * Return: NULL if it can, otherwise buf.
 */
const char *hp_actor_unsuitable(const struct hp_actor *actor,
				const struct hp_actor *const *others, enum hp_target target,
				char *buf, size_t size);

/**
 * hp_target_name() - the name of a target, such as "anon_thp"
 * @target: the target
 *
 * Return: a constant text.
 */
const char *hp_target_name(enum hp_target target);

#endif
