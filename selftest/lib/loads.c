// SPDX-License-Identifier: LGPL-2.1-or-later
/* Loads with known results, to check what lib/load reports. */
#include "hugeproof.h"
#include "load/load.h"

#include <stdatomic.h>
#include <sys/random.h>

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

#define STALL_NS 50000000

/* Takes no time, but STALL_NS every 200th time. */
static void stall(struct hp_load_worker *worker)
{
	long *done = worker->own ? worker->own : hp_load_own(worker, sizeof(*done));
	int64_t until = hp_now_ns() + STALL_NS;

	if (++*done % 200)
		return;
	while (hp_now_ns() < until)
		;
}

static uint64_t above(const struct hp_histogram *values, uint64_t least)
{
	uint64_t found = 0;

	for (size_t i = 0; i < HP_BUCKETS; i++)
		if (hp_bucket_min(i) >= least)
			found += values->bucket[i];
	return found;
}

/* 30 to warm up and 300 in the closed loop: two of the 300 after that stall, the 70th and
 * the 270th, and what was due meanwhile waits.
 */
HP_CASE(stalls, "what is due during a stall of 50 ms is late, and as slow as it was late")
{
	struct hp_load_result result = hp_load_run(
		&(struct hp_load){.operations = 300, .rate = "1000", .operate = stall});
	const struct hp_load_step *step = result.step;

	hp_check_eq(result.steps, 1);
	hp_check_eq(step->latency->count, 300);
	hp_check_eq(step->late->count, 300);
	hp_check_eq(step->missed, 0);
	/* 40 after the first stall, and all of the 30 that are left at the second. */
	hp_check(above(step->latency, 9500000) >= 65);
	hp_check(above(step->late, 9500000) >= 63);
	hp_check(step->latency->greatest >= STALL_NS);
	hp_check(step->achieved <= 1001);
	hp_metric_load("stall", &result);
}

HP_CASE(overrun, "what has not begun after twice the duration is counted as missed")
{
	struct hp_load_result result = hp_load_run(&(struct hp_load){
		.threads = 2, .seconds = 0.1, .rate = "8000", .operate = last_a_while});
	const struct hp_load_step *step = result.step;

	hp_check_eq(step->latency->count, 800);
	hp_check_eq(step->late->count, 800);
	/* Two workers, 200 ms, a millisecond each. */
	hp_check_range(step->missed, 400, 800);
	hp_check(step->achieved <= 2000);
	/* The last ones were due at 100 ms. */
	hp_check(hp_histogram_quantile(step->latency, 0.99) >= 99000000);
	hp_metric_load("last", &result);
}

/* How long all preparing took, which is more on a machine that is busy. */
static int64_t prepared_ns;

static void prepare_for_long(struct hp_load_worker *worker)
{
	int64_t began = hp_now_ns();

	last_a_while(worker);
	last_a_while(worker);
	prepared_ns += hp_now_ns() - began;
}

static void do_nothing(struct hp_load_worker *worker)
{
	(void)worker;
}

HP_CASE(held, "preparing holds the schedule up, and is no latency")
{
	int64_t began = hp_now_ns();
	struct hp_load_result result =
		hp_load_run(&(struct hp_load){.operations = 100,
					      .rate = "1000,10000",
					      .prepare = prepare_for_long,
					      .operate = do_nothing});
	int64_t kept_waiting = hp_now_ns() - began - prepared_ns;

	hp_check_eq(result.steps, 2);
	for (int i = 0; i < 2; i++) {
		const struct hp_load_step *step = &result.step[i];

		hp_check_eq(step->latency->count, 100);
		/* If preparing counted it would be 100 and 190 ms. */
		hp_check((int64_t)step->latency->greatest <= kept_waiting);
		hp_check(step->achieved <= 1.001 * step->rate);
	}
}

HP_CASE(paced,
	"each worker has its share of the operations, and none begins before it is due")
{
	struct hp_load_result result =
		hp_load_run(&(struct hp_load){.processes = 2,
					      .threads = 2,
					      .seconds = 0.1,
					      .rate = "410,12.5,1",
					      .operate = do_nothing});

	hp_check_eq(result.steps, 3);
	hp_check_eq(result.step[0].latency->count, 41);
	/* At 0 and at 80 ms; at 0. */
	hp_check_eq(result.step[1].latency->count, 2);
	hp_check_eq(result.step[2].latency->count, 1);
	/* Before it is due the difference would be one of 2^64. */
	for (int i = 0; i < 3; i++) {
		hp_check(result.step[i].late->greatest < 60000000000);
		hp_check(result.step[i].achieved <= 1.001 * result.step[i].rate);
	}
}

HP_CASE(swept, "a sweep goes from an eighth of what is possible to beyond it")
{
	struct hp_load_result result = hp_load_run(&(struct hp_load){
		.seconds = 0.2, .rate = "sweep", .operate = last_a_while});
	const struct hp_load_step *step = result.step;
	int last = result.steps - 1;

	hp_check(result.steps > 1);
	hp_check_range((long)step[0].rate, (long)(result.per_second / 8),
		       (long)(result.per_second / 8 * 1.3) + 1);
	for (int i = 0; i < last; i++)
		hp_check(step[i + 1].rate > 1.2 * step[i].rate &&
			 step[i + 1].rate < 1.3 * step[i].rate);
	for (int i = 0; i < last && result.steps < HP_LOAD_STEPS; i++)
		hp_check_eq(step[i].achieved < 0.9 * step[i].rate &&
				    step[i + 1].achieved < 0.9 * step[i + 1].rate,
			    i == last - 1);
	hp_metric_load("last", &result);
}

HP_CASE(misrated, "a rate that is no number")
{
	hp_load_run(
		&(struct hp_load){.operations = 1, .rate = "1,,2", .operate = do_nothing});
}

/* Takes three faults. */
static void touch_new(struct hp_load_worker *worker)
{
	struct hp_area *area = hp_map_base_pages(3);

	(void)worker;
	hp_touch(area);
	hp_unmap(area);
}

/* Most of it is in the kernel, in getrandom(). */
static void draw(struct hp_load_worker *worker)
{
	static char bytes[256 * 1024];

	(void)worker;
	hp_check_eq(getrandom(bytes, sizeof(bytes), 0), sizeof(bytes));
}

/* Faults and allocations that are none of the operation's. */
static void draw_before(struct hp_load_worker *worker)
{
	struct hp_area *area = hp_map_base_pages(100);

	(void)worker;
	hp_touch(area);
	hp_unmap(area);
}

HP_CASE(explained, "stacks are sampled of operations, and not of what prepares them")
{
	struct hp_load_result result = hp_load_run(&(struct hp_load){.threads = 2,
								     .seconds = 0.3,
								     .explain = true,
								     .prepare = draw_before,
								     .operate = draw});

	hp_metric_load("draw", &result);
}

HP_CASE(counted_events, "events are counted of operations, and not of what prepares them")
{
	struct hp_load_result result = hp_load_run(&(struct hp_load){.operations = 50,
								     .explain = true,
								     .prepare = draw_before,
								     .operate = touch_new});

	hp_metric_load("touch", &result);
}

HP_CASE(placed, "metrics say where on a curve they are")
{
	hp_load_curve("a_", "curve");
	hp_load_at(HP_MAPPINGS, 16384);
	hp_load_run(
		&(struct hp_load){.processes = 2, .operations = 1, .operate = do_nothing});
	hp_metric_value("placed", "1/s", HP_HIGHER, 1);
}

HP_PROGRAM(.summary = "loads whose figures are known", .kind = HP_LOAD,
	   .page_sizes = HP_NO_PAGE_SIZE, .sources = HP_SOURCES({"selftest", "lib/load"}))
