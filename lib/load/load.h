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

/**
 * DOC: Measure
 */

/**
 * HP_LOAD_PARAMS() - the parameters that every load has, and others of its own
 * @...: as for HP_PARAMS(), or nothing
 *
 * For .params of HP_PROGRAM(). HP_LOAD_ASKED sets the members of struct hp_load that obey
 * them.
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

/**
 * hp_load_workers() - how many workers a load has
 * @load: the load
 *
 * Return: its processes times its threads.
 */
int hp_load_workers(const struct hp_load *load);

/**
 * hp_load_pages() - how many pages each worker gets, as the parameter "pages" says
 * @load: the load
 * @least: how many there must be
 *
 * Of the size under test. Where so many are more than 64 MB it is as many as go into that,
 * or `least`. Skips the case where the pool cannot have them all.
 *
 * Return: pages.
 */
size_t hp_load_pages(const struct hp_load *load, size_t least);

/**
 * hp_load_memory() - map as many bytes as the parameter "size" says
 * @memory: the kind of page
 *
 * Skips the case where the pool of hugetlb cannot have them.
 *
 * Return: the area of hp_map_memory().
 * Errors: less than a base page is broken.
 * Undone: with the process, or by hp_unmap().
 */
struct hp_area *hp_load_memory(enum hp_memory memory);

/**
 * hp_load_memory_of() - map so many bytes
 * @memory: the kind of page
 * @bytes: how many
 *
 * Skips the case where the pool of hugetlb cannot have them.
 *
 * Return: the area of hp_map_memory().
 * Errors: less than a base page is broken.
 * Undone: with the process, or by hp_unmap().
 */
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

/**
 * hp_load_take_part() - give a worker its part of a room; for .begin of a load
 * @worker: whose arg is a struct hp_load_room
 *
 * worker->own is a struct hp_load_part from then on.
 */
void hp_load_take_part(struct hp_load_worker *worker);

/**
 * hp_load_own() - give a worker memory of its own
 * @worker: the worker
 * @bytes: how many
 *
 * Return: zeros, which are worker->own from now on.
 */
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

/**
 * hp_load_run() - run a load, and measure it
 * @load: what is done, by how many, and how long
 *
 * Workers of process 0 are threads of the caller; the others' processes are forked for it.
 * A tenth of the time or of the operations comes first, not measured. Each worker begins an
 * operation when its last has ended (a closed loop): what waits for a slow one is not there
 * to be counted.
 *
 * Return: how long each operation took (ns), how many there were, and how many a second.
 * Errors: a check that fails in any worker fails the case.
 */
struct hp_load_result hp_load_run(const struct hp_load *load);

/**
 * hp_clock_cost_ns() - what reading the clock twice around nothing takes
 *
 * The least a latency can be. The first call of a case records it with the case ("reading
 * the clock").
 *
 * Return: ns.
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

/**
 * hp_load_clock_start() - set a clock, for a measurement without workers
 * @seconds: how long it goes on
 * @least: how many turns there must be
 *
 * Return: the clock, for hp_load_goes_on().
 */
struct hp_load_clock hp_load_clock_start(double seconds, int least);

/**
 * hp_load_goes_on() - whether there is another turn
 * @clock: of hp_load_clock_start()
 *
 * Return: false when the time has passed and the turns were made.
 */
bool hp_load_goes_on(struct hp_load_clock *clock);

/* Which direction of a figure is the better one. */
enum hp_better { HP_LOWER, HP_HIGHER };

/**
 * hp_metric() - report a distribution
 * @name: stays the same for ever: comparisons go by it
 * @unit: such as "ns"
 * @better: HP_LOWER or HP_HIGHER
 * @values: the distribution
 *
 * Source: doc/formats.md
 */
void hp_metric(const char *name, const char *unit, enum hp_better better,
	       const struct hp_histogram *values);

/**
 * hp_metric_value() - report a number
 * @name: stays the same for ever: comparisons go by it
 * @unit: such as "1/s"
 * @better: HP_LOWER or HP_HIGHER
 * @value: the number
 *
 * Source: doc/formats.md
 */
void hp_metric_value(const char *name, const char *unit, enum hp_better better,
		     double value);

/**
 * hp_metric_bandwidth() - report MB/s (10^6 bytes)
 * @name: stays the same for ever: comparisons go by it
 * @took: how long each operation took, ns
 * @bytes: of each operation
 *
 * By the time that all of them took one after the other.
 */
void hp_metric_bandwidth(const char *name, const struct hp_histogram *took, size_t bytes);

#endif
