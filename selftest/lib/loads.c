// SPDX-License-Identifier: LGPL-2.1-or-later
/* Loads with known results, to check what lib/load reports. */
#include "hugeproof.h"
#include "load/load.h"

#include <stdatomic.h>

struct tally {
	_Atomic long operations, begun, ended;
};

static void count(struct hp_load_worker *worker)
{
	struct tally *tally = (struct tally *)worker->arg;

	tally->operations++;
}

static void begin(struct hp_load_worker *worker)
{
	((struct tally *)worker->arg)->begun++;
}

static void end(struct hp_load_worker *worker)
{
	((struct tally *)worker->arg)->ended++;
}

HP_CASE(counted, "so many operations of each of four workers, and a tenth to warm up")
{
	struct tally *tally = hp_shared(sizeof(*tally));
	struct hp_load_result result = hp_load_run(&(struct hp_load){.processes = 2,
								     .threads = 2,
								     .operations = 1000,
								     .pin = true,
								     .arg = tally,
								     .begin = begin,
								     .operate = count,
								     .end = end});

	hp_check_eq(tally->begun, 4);
	hp_check_eq(tally->ended, 4);
	hp_check_eq(tally->operations, 4400);
	hp_check_eq(result.operations, 4000);
	hp_check_eq(result.latency->count, 4000);
	hp_metric("count", "ns", HP_LOWER, result.latency);
}

/* Takes at least a millisecond. */
static void last_a_while(struct hp_load_worker *worker)
{
	int64_t until = hp_now_ns() + 1000000;

	(void)worker;
	while (hp_now_ns() < until)
		;
}

HP_CASE(timed, "operations of a millisecond and more, for a fifth of a second")
{
	struct hp_load_result result = hp_load_run(
		&(struct hp_load){.threads = 2, .seconds = 0.2, .operate = last_a_while});

	hp_check(result.latency->least >= 1000000);
	hp_check_range(result.operations, 1, 2 * 201);
	hp_check(result.per_second <= 2 * 1000);
	hp_metric("last", "ns", HP_LOWER, result.latency);
	hp_metric_value("rate", "1/s", HP_HIGHER, result.per_second);
}

static void fail_in_second(struct hp_load_worker *worker)
{
	hp_check_eq(worker->process, 0);
}

HP_CASE(failing, "a check that fails in one of the processes")
{
	hp_load_run(&(struct hp_load){
		.processes = 2, .operations = 10, .operate = fail_in_second});
}

/* selftest/lib/test_load.py computes the same numbers. */
HP_CASE(known, "a hundred thousand numbers from 0 to 10^12")
{
	struct hp_histogram *all = hp_histogram_new(),
			    *part[2] = {hp_histogram_new(), hp_histogram_new()};
	uint64_t state = 1;

	for (int i = 0; i < 100000; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		hp_histogram_add(part[i % 2],
				 (state >> 33) % 1000000 >> i % 20 << i % 7 * 3);
	}
	hp_histogram_merge(all, part[0]);
	hp_histogram_merge(all, part[1]);
	hp_metric("known", "ns", HP_LOWER, all);
}

HP_CASE(edges, "numbers around the borders of buckets, and beyond the last")
{
	struct hp_histogram *all = hp_histogram_new();

	for (int bit = 0; bit < 63; bit++)
		for (int less = 0; less < 2; less++)
			hp_histogram_add(all, (UINT64_C(1) << bit) - less);
	hp_check_eq(hp_bucket_min(2047), 2047);
	hp_check_eq(hp_bucket_min(2048), 2048);
	hp_check_eq(hp_bucket_min(2049), 2050);
	hp_metric("edges", "ns", HP_LOWER, all);
}

HP_PROGRAM(.summary = "loads whose figures are known", .kind = HP_LOAD,
	   .page_sizes = HP_NO_PAGE_SIZE, .sources = HP_SOURCES({"selftest", "lib/load"}))
