/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loads: workers that start together repeat an operation; its latency and throughput are
 * measured, and reported as metrics.
 *
 * It is a closed loop: each worker begins an operation when its previous one has ended, so
 * requests that would queue up behind a slow operation are not counted (coordinated
 * omission). The report says so.
 */
#ifndef HP_LOAD_LOAD_H
#define HP_LOAD_LOAD_H

#include "fixture/memory.h"
#include "frame/random.h"
#include "load/histogram.h"

#include <stdbool.h>

/* A worker: a thread of a process of the load. */
struct hp_load_worker {
	int number, process; /* from 0: of the worker, among all; of its process */
	struct hp_random random;
	const void *arg; /* from the load */
	void *own;       /* private to the worker, set by begin */
};

struct hp_load {
	int processes, threads; /* threads of each process; 0: one */
	double warm_up_s;       /* not measured; 0: a tenth of the duration */
	double seconds;         /* measured, unless operations is set */
	long operations;        /* if not 0: how many each worker measures */
	bool pin;               /* pin each worker to a CPU, round robin */
	const void *arg;
	/*
	 * begin and end run in the worker, before and after all its operations; may be
	 * NULL.
	 */
	void (*begin)(struct hp_load_worker *worker);
	/* Runs before each operation, and is not measured; may be NULL. */
	void (*prepare)(struct hp_load_worker *worker);
	void (*operate)(struct hp_load_worker *worker);
	void (*end)(struct hp_load_worker *worker);
};

/**
 * DOC: Measure
 */

/**
 * HP_LOAD_PARAMS() - declare the parameters common to all loads, and further ones
 * @...: as for HP_PARAMS(), or nothing
 *
 * For .params of HP_PROGRAM(). HP_LOAD_OPTIONS initializes the members of struct hp_load
 * from them.
 */
#define HP_LOAD_PARAMS(...)                                                                \
	HP_PARAMS(                                                                         \
		{"threads", "1", "threads of each process"},                               \
		{"processes", "1", "processes"},                                           \
		{"operations", "0",                                                        \
		 "measured operations of each thread (0: as many as fit into --seconds)"}, \
		{"pin", "0", "1: pin each thread to one CPU"}, ##__VA_ARGS__)
#define HP_LOAD_OPTIONS                                                                    \
	.processes = (int)hp_param_long("processes"),                                      \
	.threads = (int)hp_param_long("threads"), .seconds = hp_load_seconds(),            \
	.operations = hp_param_long("operations"), .pin = hp_param_long("pin") != 0

/**
 * hp_load_workers() - the number of workers of a load
 * @load: the load
 *
 * Return: the number of processes times threads.
 */
int hp_load_workers(const struct hp_load *load);

/**
 * hp_load_pages() - the number of pages for each worker, from the parameter "pages"
 * @load: the load
 * @least: the minimum
 *
 * Pages of the size under test: limited to 64 MB in all, but at least @least. Skips the
 * case if the pool cannot provide them.
 *
 * Return: pages.
 */
size_t hp_load_pages(const struct hp_load *load, size_t least);

/**
 * hp_load_memory() - map memory of the size given by the parameter "size"
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
 * hp_load_memory_of() - map memory of a given size
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
 * Memory for all workers, with a number of pages for each. As a load's arg, with
 * hp_load_take_part as its begin, each worker gets its part as worker->own.
 */
struct hp_load_room {
	struct hp_area *area;
	size_t pages;
};

struct hp_load_part {
	struct hp_area area;
	size_t page; /* the next to work on; initially after the last */
};

/**
 * hp_load_take_part() - give a worker its part of the memory; for .begin of a load
 * @worker: the worker, whose arg is a struct hp_load_room
 *
 * Sets worker->own to a struct hp_load_part.
 */
void hp_load_take_part(struct hp_load_worker *worker);

/**
 * hp_load_own() - allocate a worker's private data
 * @worker: the worker
 * @bytes: how many
 *
 * Return: zeroed memory, also set as worker->own.
 */
void *hp_load_own(struct hp_load_worker *worker, size_t bytes);

struct hp_load_result {
	struct hp_histogram *latency; /* ns, of all workers */
	long operations;              /* measured */
	/*
	 * Operations per second of all workers together; time spent in prepare does not
	 * count.
	 */
	double per_second;
};

/**
 * hp_load_run() - run a load, and measure it
 * @load: the operation, the workers, and the duration
 *
 * Process 0 is the caller; the others are forked. A warm-up of a tenth of the duration, or
 * of the operations, comes first and is not measured. It is a closed loop: each worker
 * begins an operation when its previous one has ended (coordinated omission).
 *
 * Return: the latencies (ns), the number of operations, and the operations per second.
 * Errors: a check that fails in any worker fails the case.
 */
struct hp_load_result hp_load_run(const struct hp_load *load);

/**
 * hp_clock_cost_ns() - the overhead of measuring a latency
 *
 * The time between two successive reads of the clock, which is the lowest latency that can
 * be measured. The first call in a case records it as the observation "reading the clock".
 *
 * Return: ns.
 */
uint64_t hp_clock_cost_ns(void);

/*
 * For a measurement loop without workers: it runs until a time has passed, and at least a
 * number of iterations.
 */
struct hp_load_clock {
	int64_t end_ns;
	int iterations, least;
};

/**
 * hp_load_clock_start() - begin a measurement loop without workers
 * @seconds: its duration
 * @least: the minimum number of iterations
 *
 * Return: the clock, for hp_load_goes_on().
 */
struct hp_load_clock hp_load_clock_start(double seconds, int least);

/**
 * hp_load_goes_on() - whether to run another iteration
 * @clock: of hp_load_clock_start()
 *
 * Return: false when the time has passed, after the minimum of iterations.
 */
bool hp_load_goes_on(struct hp_load_clock *clock);

/* Whether lower or higher values of a metric are better. */
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
 * Computed from the sum of all latencies.
 */
void hp_metric_bandwidth(const char *name, const struct hp_histogram *took, size_t bytes);

#endif
