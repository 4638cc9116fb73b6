/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Shared by the parts of the supervisor: counters around a case, its outcome, and the
 * attempts that did not count. Not for programs.
 */
#ifndef HP_FRAME_ATTEMPT_H
#define HP_FRAME_ATTEMPT_H

#include "frame/case.h"
#include "frame/check.h"
#include "frame/engine.h"
#include "observe/hugetlb.h"
#include "observe/vmstat.h"

#include <signal.h>
#include <stdbool.h>

struct hp_counters {
	int sizes;
	struct hp_hugetlb_counts pool[HP_MAX_SIZES];
	struct hp_vmstat events;
};

/* The outcome of a case. */
struct hp_outcome {
	const char *kind; /* NULL: passed, or skipped */
	bool skipped;
	bool again; /* try again: the cause lies outside of the case */
	char got[2048];
};

/* Why the tries before the last one did not count: a line for each of the first few. */
struct hp_attempts {
	int n;    /* lines */
	int more; /* tries without a line */
	char why[HP_TRIES][1024];
};

/* point.c */
void hp_read_counters(struct hp_counters *now);
/* Calls each, unless NULL, for every hugetlb counter that differs; returns how many do. */
int hp_each_pool_change(const struct hp_counters *before, const struct hp_counters *after,
			void (*each)(const char *name, long was, long is, void *arg),
			void *arg);
/* Prints a case's TAP test point with its YAML block. */
void hp_print_point(int number, const struct hp_case *c, const struct hp_outcome *outcome,
		    const struct hp_counters *before, const struct hp_counters *after,
		    double duration_ms, const struct hp_attempts *attempts);

/*
 * attempt.c: makes one attempt at a case, from its start until everything is undone; *ms is
 * how long the case ran. Returns false when a signal, hp_stopped_by, asked the program to
 * stop.
 */
bool hp_attempt(const struct hp_case *c, const sigset_t *signals,
		struct hp_outcome *outcome, struct hp_counters *before,
		struct hp_counters *after, double *ms);
extern volatile sig_atomic_t hp_stopped_by;
/* The signals that ask to stop, which the supervisor blocks. See also hp_stop_asked(). */
void hp_stop_signals(sigset_t *set);

#endif
