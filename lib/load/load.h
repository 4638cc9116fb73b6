/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Loads: workers that start together repeat an operation; its latency and throughput are
 * measured, and reported as metrics.
 *
 * First in a closed loop: each worker begins an operation when its previous one has ended,
 * so requests that would queue up behind a slow operation are not counted (coordinated
 * omission). Then, if the parameter "rate" asks for it, in an open loop: operations are due
 * at fixed times, and each latency is counted from the time at which its operation was due,
 * whether or not it could begin then.
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
	int nodes;              /* if not 0: worker n runs on node n % nodes only */
	/*
	 * Operations per second, of all workers together, at which the open loop runs:
	 * numbers with commas between them, or "sweep". NULL or "0": no open loop.
	 */
	const char *rate;
	/* Also sample where the time goes, and count events of the kernel. */
	bool explain;
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
		{"pin", "0", "1: pin each thread to one CPU"},                             \
		{"nodes", "0", "nodes that the threads are spread over (0: anywhere)"},    \
		HP_LOAD_MORE_PARAMS, ##__VA_ARGS__)
#define HP_LOAD_OPTIONS                                                                    \
	.processes = (int)hp_param_long("processes"),                                      \
	.threads = (int)hp_param_long("threads"), .seconds = hp_load_seconds(),            \
	.operations = hp_param_long("operations"), .pin = hp_param_long("pin") != 0,       \
	.nodes = (int)hp_param_long("nodes"), HP_LOAD_MORE_OPTIONS

/* The parameters for what is measured as well, for a program that has none of the others.
 */
#define HP_LOAD_MORE_PARAMS                                                                \
	{"rate", "0",                                                                      \
	 "operations per second of an open loop, as well: a number, several with commas, " \
	 "or sweep (0: none)"},                                                            \
	{                                                                                  \
		"explain", "0", "1: sample where the time goes, and count events, as well" \
	}
#define HP_LOAD_MORE_OPTIONS                                                               \
	.rate = hp_param("rate"), .explain = hp_param_long("explain") != 0

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

/* The most rates that one load is measured at. */
#define HP_LOAD_STEPS 16

/* The open loop at one rate. */
struct hp_load_step {
	double rate;     /* operations per second that were due, of all workers */
	double achieved; /* that were done; time in which prepare held up does not count */
	/* ns from the time at which each operation was due until its end. */
	struct hp_histogram *latency;
	struct hp_histogram *late; /* ns from then until its beginning */
	/*
	 * Due, and not begun when the workers had been at it for twice the duration. They
	 * are among the latencies, with the time that they had waited by then.
	 */
	long missed;
};

struct hp_load_result {
	struct hp_histogram *latency; /* ns, of all workers, in the closed loop */
	long operations;              /* measured in it */
	/*
	 * Operations per second of all workers together; time spent in prepare does not
	 * count.
	 */
	double per_second;
	const struct hp_load_step *step; /* of the open loop, in the order of the rates */
	int steps;
	/* If load->explain: the profile as JSON (doc/formats.md); NULL where there is none.
	 */
	const char *profile;
};

/**
 * hp_load_run() - run a load, and measure it
 * @load: the operation, the workers, and the duration
 *
 * Process 0 is the caller; the others are forked. A warm-up of a tenth of the duration, or
 * of the operations, comes first and is not measured. In the closed loop each worker begins
 * an operation when its previous one has ended (coordinated omission). In the open loop,
 * which follows if load->rate asks for it, operation k of all is due k / rate seconds after
 * the start; while an operation that is due is being prepared the schedule stands still.
 * A sweep takes rates of ten a decade from an eighth of what the closed loop did, until
 * twice in a row less than nine tenths of a rate was achieved. With load->explain the
 * operations are then repeated while the kernel's stacks are sampled, and while events are
 * counted; only threads of the load, while they are in an operation.
 *
 * Return: the latencies (ns), the number of operations, and the operations per second; the
 *   same of the open loop by rate. In memory that lasts as long as the case.
 * Errors: a check that fails in any worker fails the case; skipped if there are too few
 *   nodes; a rate that is no number from 0.001 to 10^7 ends the program.
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

/* What a figure may grow with. */
enum hp_dimension { HP_WORKERS, HP_NODES, HP_MAPPINGS, HP_MEMORY_BYTES, HP_DIMENSIONS };

/**
 * hp_load_at() - say where on a curve the metrics that follow were measured
 * @dimension: HP_WORKERS, HP_NODES, HP_MAPPINGS or HP_MEMORY_BYTES
 * @value: how many of it; bytes are those that one worker works on
 *
 * Reports fit curves through the values of a metric at several places: those of other cases
 * of the program, or of runs with other parameters. hp_load_run() sets HP_WORKERS, and
 * HP_NODES where they are restricted; hp_load_pages() and hp_load_memory() set
 * HP_MEMORY_BYTES.
 */
void hp_load_at(enum hp_dimension dimension, double value);

/**
 * hp_load_curve() - name the curve that the metrics that follow belong to
 * @name: the same in all cases whose values are on it, and in no other; by default the
 *   name of the case
 * @more: appended to the name; may be ""
 */
void hp_load_curve(const char *name, const char *more);

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
 * hp_metric_load() - report the latencies of a load
 * @name: of the closed loop's metric; stays the same for ever: comparisons go by it
 * @result: of hp_load_run()
 *
 * Of the open loop at 5000 operations per second it is called NAME_at_5000.
 *
 * Source: doc/formats.md
 */
void hp_metric_load(const char *name, const struct hp_load_result *result);

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
