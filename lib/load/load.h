/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loads: an operation repeated by workers that are released together, how long each took
 * and how many there were a second; and the figures that a program reports.
 *
 * Each worker begins an operation when its last has ended: what waits for a slow one is
 * not there to be counted (a closed loop), and the report says so.
 */
#ifndef HP_LOAD_LOAD_H
#define HP_LOAD_LOAD_H

#include "frame/random.h"
#include "load/histogram.h"

#include <stdbool.h>

/* A worker: a thread of a process of the load. */
struct hp_load_worker {
	int number, process; /* from 0, over all workers; over the processes */
	struct hp_random random;
	const void *arg; /* the load's */
	void *own;       /* the worker's, set by begin */
};

struct hp_load {
	int processes, threads; /* threads of each process; 0: one */
	double warm_up_s;       /* not measured; 0: a tenth of the time */
	double seconds;         /* measured; or, if not 0: */
	long operations;        /* of each worker, measured, without a limit of time */
	bool pin;               /* each worker to a processor, in turn */
	const void *arg;
	/* In the worker, before and behind all its operations; may be NULL. */
	void (*begin)(struct hp_load_worker *worker);
	void (*operate)(struct hp_load_worker *worker);
	void (*end)(struct hp_load_worker *worker);
};

struct hp_load_result {
	struct hp_histogram *latency; /* ns, of all workers */
	long operations;              /* measured */
	double per_second;            /* of all workers together */
};

/*
 * Runs it. Workers of process 0 are threads of the caller, the others' processes are
 * forked for it; a check that fails in any of them fails the case.
 */
struct hp_load_result hp_load(const struct hp_load *load);

/* What reading the clock twice around nothing takes, ns: the least a latency can be. */
uint64_t hp_clock_cost_ns(void);

/* Which direction of a figure is the better one. */
enum hp_better { HP_LOWER, HP_HIGHER };

/*
 * Reports a figure of the case, a distribution or a single value, by a name that stays the
 * same from kernel to kernel. doc/formats.md tells how they look.
 */
void hp_metric(const char *name, const char *unit, enum hp_better better,
	       const struct hp_histogram *values);
void hp_metric_value(const char *name, const char *unit, enum hp_better better,
		     double value);

#endif
