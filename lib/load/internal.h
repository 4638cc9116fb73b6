/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the parts of the engine share. */
#ifndef HP_LOAD_INTERNAL_H
#define HP_LOAD_INTERNAL_H

#include "frame/process.h"
#include "load/load.h"

struct team;

/* Kinds of events that are counted. */
#define HP_LOAD_COUNTERS 10

/* What a worker has sampled and counted, in memory shared by all processes of the load. */
struct hp_load_samples {
	bool by_cycles; /* by the processor's counter; else by the clock */
	bool no_ring;   /* the error is that of mmap(), not of perf_event_open() */
	int error;      /* errno, if there is no sampling */
	uint64_t lost;
	long samples, operations;   /* taken; sampled */
	int64_t took_ns, on_cpu_ns; /* of the sampled operations */
	long counted;               /* operations during which events were counted */
	bool has[HP_LOAD_COUNTERS];
	double count[HP_LOAD_COUNTERS];
	size_t words;
	/*
	 * Of each sample the number of frames, and their addresses, the innermost first; 0
	 * is user space.
	 */
	uint64_t word[];
};

/* A worker's state, in memory shared by all processes of the load. */
struct slot {
	struct hp_load_worker worker;
	struct hp_histogram *latency;
	int64_t began_ns, ended_ns; /* of the measured part */
	struct team *team;
	/* Of the open loop at the rate that is under way or was the last. */
	struct hp_histogram *from_due, *late;
	struct hp_load_samples *samples;
	long missed, done;
	int64_t took_ns; /* until its last end, without what was held up */
};

struct team {
	const struct hp_load *load;
	struct hp_barrier *start;
	int threads, workers;
	/* The open loop: the rates asked for, none of a sweep. */
	bool rates, sweep;
	double asked[HP_LOAD_STEPS];
	int n_asked;
	/* The rate that is next, 0 after the last, and when its first operation is due. */
	double rate;
	int64_t first_due_ns;
	struct hp_load_step step[HP_LOAD_STEPS];
	int steps; /* that are finished */
	struct slot slot[];
};

/* Sets what team->load->rate asks for; a text that is not of its form ends the program. */
void hp_load_read_rates(struct team *team);

/* Runs a worker of the open loop, after the closed one, at one rate after the other. */
void hp_load_open_loop(struct slot *slot);

/* Memory for the samples of a worker. */
struct hp_load_samples *hp_load_samples_new(void);

/* Runs a worker while its stack is sampled, and while events are counted. */
void hp_load_explain(struct slot *slot);

/* The name of a kind of event. */
const char *hp_load_counter(int nth);

/*
 * The samples of all workers as the JSON of a profile (doc/formats.md), for free(). NULL
 * where there are none, after an observation of why.
 */
char *hp_load_folded(const struct team *team);

/*
 * Operations per second of all workers together in the closed loop, between the first start
 * and the last end. With a prepare step, which must not count, the sum of the rates within
 * the operations.
 */
double hp_load_closed_rate(const struct team *team);

#endif
