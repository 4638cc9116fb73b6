/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Races: actors work on one target at once, and an oracle finds every page that is lost,
 * stale, torn or another's. A program names the target and the actors, and how long:
 *
 *	hp_race_run(&(struct hp_race){
 *		.target = HP_ANON_THP, .pages = 8, .rounds = 500,
 *		.actors = HP_ACTORS(&hp_act_mbind, &hp_act_split, &hp_act_write),
 *	});
 *
 * doc/races.md tells how the oracle judges.
 */
#ifndef HP_RACE_RACE_H
#define HP_RACE_RACE_H

#include "race/actor.h"

#include <stdbool.h>
#include <stddef.h>

struct hp_race {
	enum hp_target target;
	size_t pages;    /* huge pages of the target */
	size_t page_kb;  /* HP_ANON_MTHP: size of these; 0: 64 */
	int processes;   /* that have the target, each with all actors; 0: one */
	bool pte_mapped; /* the target's huge pages are mapped by base pages at first */
	bool whole_span; /* HP_HUGETLB_SHARED: mapped with all that one page table spans */
	/* HP_ACTORS: a thread for each, in each process. */
	const struct hp_actor *const *actors;
	/* Those too that this machine and the target allow. */
	const struct hp_actor *const *also;
	long rounds;          /* of each actor, at least; 0: by time */
	unsigned int seconds; /* without rounds: --seconds, or these */
	double hang_seconds;  /* an operation that takes longer hangs; 0: 30 */
	/* HP_NEEDS: events of /proc/vmstat that must have come, or nothing was raced. */
	const char *const *events;
	/*
	 * Called by the first process when all of the target has been written for the last
	 * time, and every process still maps it. Not where pages were poisoned.
	 */
	void (*when_full)(void);
	/* It is no failure that an actor never succeeds against the others. */
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
 * hp_race_run() - run a race, and judge all that is left
 * @race: the target, the actors, and how long
 *
 * Skips the case where an actor cannot be on this machine. Records for each actor how many
 * operations it made, how many a second, and what they returned.
 *
 * Errors: a page that is lost, stale, torn or another's fails the case, and tells the last
 *   operations on it; so does an operation that hangs, or returns an errno that it may not.
 * Source: doc/races.md
 */
void hp_race_run(const struct hp_race *race);

/* A case of a program of races: a row of a table for HP_RACES(). */
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
 * hp_actor_unfit() - why an actor cannot work on a target
 * @actor: the actor
 * @others: HP_ACTORS() that it works together with
 * @target: what is raced over
 * @buf: gets the reason
 * @size: of buf, bytes
 *
 * Return: buf; NULL: it can.
 */
const char *hp_actor_unfit(const struct hp_actor *actor,
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
