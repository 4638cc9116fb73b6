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

#include "fixture/memory.h"
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
	/* Before each operation, not measured; may be NULL. */
	void (*prepare)(struct hp_load_worker *worker);
	void (*operate)(struct hp_load_worker *worker);
	void (*end)(struct hp_load_worker *worker);
};

/*
 * Parameters of a load that lets its user say how much of it there is, and the fields of
 * struct hp_load that obey them; more parameters may follow.
 */
#define HP_LOAD_PARAMS(...)                                                                \
	HP_PARAMS({"threads", "1", "threads of each process"},                             \
		  {"processes", "1", "processes"},                                         \
		  {"operations", "0",                                                      \
		   "measured operations of each thread (0: what --seconds allow)"},        \
		  {"pin", "0", "1: each thread keeps to one processor"}, ##__VA_ARGS__)
#define HP_LOAD_ASKED                                                                      \
	.processes = (int)hp_param_long("processes"),                                      \
	.threads = (int)hp_param_long("threads"), .seconds = hp_load_seconds(),            \
	.operations = hp_param_long("operations"), .pin = hp_param_long("pin") != 0

/* How many workers it has. */
int hp_load_workers(const struct hp_load *load);

/*
 * Pages of the size under test for each worker, as the parameter "pages" says; but of a
 * size of which so many are more than 64 MB, only as many as go into that, or `least`.
 * Skips the case where the pool cannot have them all.
 */
size_t hp_load_pages(const struct hp_load *load, size_t least);

/*
 * hp_map_memory of as many bytes as the parameter "size" says, or of so many; a base page
 * at least. Skips the case where the pool of hugetlb cannot have them.
 */
struct hp_area *hp_load_memory(enum hp_memory memory);
struct hp_area *hp_load_memory_of(enum hp_memory memory, size_t bytes);

/*
 * Memory of all workers, so many pages of it for each: a load's arg, of which
 * hp_load_take_part (a load's begin) gives each worker its part as worker->own.
 */
struct hp_load_room {
	struct hp_area *area;
	size_t pages;
};

struct hp_load_part {
	struct hp_area area;
	size_t page; /* the next to work on; at first behind the last */
};

void hp_load_take_part(struct hp_load_worker *worker);

/* So many bytes of zeros, which are worker->own from now on. */
void *hp_load_own(struct hp_load_worker *worker, size_t bytes);

struct hp_load_result {
	struct hp_histogram *latency; /* ns, of all workers */
	long operations;              /* measured */
	/*
	 * Operations of all workers together in a second of the clock; where each prepares
	 * between them, in a second without that.
	 */
	double per_second;
};

/*
 * Runs it. Workers of process 0 are threads of the caller, the others' processes are
 * forked for it; a check that fails in any of them fails the case.
 */
struct hp_load_result hp_load(const struct hp_load *load);

/*
 * What reading the clock twice around nothing takes, ns: the least a latency can be. The
 * first call of a case reports it with the case's point ("reading the clock").
 */
uint64_t hp_clock_cost_ns(void);

/*
 * A measurement of the caller's own, without workers: until so many seconds have passed
 * since the clock was set, and `least` turns were made.
 */
struct hp_load_clock {
	int64_t end_ns;
	int turns, least;
};
struct hp_load_clock hp_load_clock(double seconds, int least);
bool hp_load_goes_on(struct hp_load_clock *clock);

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

/*
 * MB/s (10^6 bytes) of operations on so many bytes each, by the time that all of them took
 * one after the other.
 */
void hp_metric_bandwidth(const char *name, const struct hp_histogram *took, size_t bytes);

#endif
