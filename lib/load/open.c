// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The open loop: operations are due at fixed times, whether or not the previous ones have
 * ended. What waits behind a slow operation is counted as slow, as it would be for the
 * users of a real system, whose requests do not wait for each other.
 */
#include "frame/check.h"
#include "frame/engine.h"
#include "load/internal.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#define LEAST_RATE 0.001
#define MOST_RATE  1e7
/* A worker sleeps until so long before its operation is due, and then looks at the clock.
 */
#define LOOK_NS 50000
/* From the choice of a rate to its first operation, so that all workers are there. */
#define READY_NS 2000000
/* What was due is begun within so many times the duration, or is missed. */
#define PATIENCE 2
/* The most different values in which missed operations are counted. */
#define MOST_MISSED 10000
/* A sweep begins at this part of the rate of the closed loop. */
#define SWEEP_FROM 8
/* It has reached its end where less than this part of a rate is achieved, twice. */
#define SATURATED 0.9

/* Ten rates a decade, from 0.001 on: the preferred numbers of ISO 3, R10. */
static double nth_rate(int n)
{
	static const double first[] = {1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8};
	double rate = first[n % 10] * LEAST_RATE;

	for (; n >= 10; n -= 10)
		rate *= 10;
	return rate;
}

static void take_rate(struct team *team, const char *text)
{
	char *end;
	double rate = strtod(text, &end);

	if (end == text || *end || !(rate >= LEAST_RATE && rate <= MOST_RATE))
		hp_bail("parameter rate wants numbers from %g to %g, or sweep: %s",
			LEAST_RATE, MOST_RATE, text);
	if (team->n_asked == HP_LOAD_STEPS)
		hp_bail("parameter rate wants at most %d rates", HP_LOAD_STEPS);
	for (int i = 0; i < team->n_asked; i++)
		if (team->asked[i] == rate)
			hp_bail("parameter rate has a rate twice: %s", text);
	team->asked[team->n_asked++] = rate;
}

static void make_room(struct team *team)
{
	for (int i = 0; i < team->workers; i++) {
		team->slot[i].from_due = hp_histogram_new();
		team->slot[i].late = hp_histogram_new();
	}
	for (int i = 0; i < HP_LOAD_STEPS; i++) {
		team->step[i].latency = hp_histogram_new();
		team->step[i].late = hp_histogram_new();
	}
}

void hp_load_read_rates(struct team *team)
{
	const char *text = team->load->rate;
	char *copy;

	if (!text || !strcmp(text, "0"))
		return;
	team->rates = true;
	team->sweep = !strcmp(text, "sweep");
	copy = strdup(text);
	hp_require(copy, "no memory");
	/* Not strtok_r(), which takes "1,,2" for two numbers. */
	for (char *rest = copy, *one = strsep(&rest, ","); one && !team->sweep;
	     one = strsep(&rest, ","))
		take_rate(team, one);
	free(copy);
	make_room(team);
}

/* Workers that outnumber the processors would take them from those that are due. */
static int64_t time_to_look(int workers)
{
	cpu_set_t all;

	return !sched_getaffinity(0, sizeof(all), &all) && workers <= CPU_COUNT(&all)
		       ? LOOK_NS
		       : 0;
}

static int64_t wait_until(int64_t due_ns, int64_t look_ns)
{
	for (;;) {
		int64_t now = hp_now_ns(), wake = due_ns - look_ns;
		struct timespec until = {wake / 1000000000, wake % 1000000000};

		if (now >= due_ns)
			return now;
		if (now < wake)
			clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	}
}

/* The operations of one worker that are due at one rate. */
struct schedule {
	double interval_ns;
	int64_t first_ns;
	int64_t held_ns; /* for so long it stood still */
	long count;
};

static struct schedule schedule_of(const struct slot *slot)
{
	const struct team *team = slot->team;
	double interval = 1e9 * team->workers / team->rate;
	double behind = interval * slot->worker.number / team->workers;
	double lasts = team->load->seconds * 1e9 - behind;
	long count = lasts > 0 ? (long)(lasts / interval) : 0;

	count += lasts > (double)count * interval;
	return (struct schedule){
		.interval_ns = interval,
		.first_ns = team->first_due_ns + (int64_t)behind,
		.count = team->load->operations ? team->load->operations : count,
	};
}

static int64_t due_ns(const struct schedule *schedule, long nth)
{
	return schedule->first_ns + (int64_t)((double)nth * schedule->interval_ns) +
	       schedule->held_ns;
}

/* Preparing is not of the operation, and holds up the schedule where it takes too long. */
static void prepare(struct slot *slot, struct schedule *schedule, long nth)
{
	const struct hp_load *load = slot->team->load;
	int64_t began, ended, due;

	if (!load->prepare)
		return;
	began = hp_now_ns();
	load->prepare(&slot->worker);
	ended = hp_now_ns();
	due = due_ns(schedule, nth);
	if (due > began)
		began = due;
	if (ended > began)
		schedule->held_ns += ended - began;
}

/* Those from the nth on that were due have waited until now at least. */
static void miss(struct slot *slot, const struct schedule *schedule, long nth, int64_t now)
{
	double passed = (double)(now - schedule->first_ns - schedule->held_ns);
	long due = passed > 0 ? (long)(passed / schedule->interval_ns) + 1 : 0, step;

	if (due > schedule->count)
		due = schedule->count;
	while (due > nth && due_ns(schedule, due - 1) >= now)
		due--;
	if (due <= nth)
		return;
	slot->missed = due - nth;
	step = slot->missed / MOST_MISSED + 1;
	for (; nth < due; nth += step) {
		uint64_t waited = (uint64_t)(now - due_ns(schedule, nth));
		uint64_t times = (uint64_t)(due - nth < step ? due - nth : step);

		hp_histogram_add_times(slot->from_due, waited, times);
		hp_histogram_add_times(slot->late, waited, times);
	}
}

static void follow(struct slot *slot, struct schedule *schedule)
{
	const struct hp_load *load = slot->team->load;
	int64_t ended = schedule->first_ns, lasts = (int64_t)(load->seconds * 1e9);
	int64_t stop = slot->team->first_due_ns + PATIENCE * lasts, began, due;
	int64_t look_ns = time_to_look(slot->team->workers);
	long n;

	for (n = 0; n < schedule->count; n++) {
		/* What has been prepared is operated, even if it is late. */
		if (!load->operations &&
		    (due_ns(schedule, n) >= stop || hp_now_ns() >= stop))
			break;
		prepare(slot, schedule, n);
		due = due_ns(schedule, n);
		began = wait_until(due, look_ns);
		load->operate(&slot->worker);
		ended = hp_now_ns();
		hp_histogram_add(slot->from_due, (uint64_t)(ended - due));
		hp_histogram_add(slot->late, (uint64_t)(began - due));
	}
	if (n < schedule->count)
		miss(slot, schedule, n, stop);
	slot->done = n;
	slot->took_ns = n ? ended - slot->team->first_due_ns - schedule->held_ns : 0;
}

/* Stores what all workers have measured at a rate, which has ended. */
static void finish_step(struct team *team)
{
	struct hp_load_step *step = &team->step[team->steps++];
	double took_ns = 0, done = 0;

	step->rate = team->rate;
	for (int i = 0; i < team->workers; i++) {
		struct slot *slot = &team->slot[i];

		hp_histogram_merge(step->latency, slot->from_due);
		hp_histogram_merge(step->late, slot->late);
		step->missed += slot->missed;
		done += (double)slot->done;
		if (took_ns < (double)slot->took_ns)
			took_ns = (double)slot->took_ns;
		hp_histogram_clear(slot->from_due);
		hp_histogram_clear(slot->late);
		slot->missed = 0;
	}
	/* Who waits for the next one to be due is not slower for it. */
	if (took_ns < done * 1e9 / step->rate)
		took_ns = done * 1e9 / step->rate;
	step->achieved = done ? done * 1e9 / took_ns : 0;
}

static bool saturated(const struct hp_load_step *step)
{
	return step->achieved < SATURATED * step->rate;
}

/* The next rate of a sweep; 0 at its end. */
static double sweep_on(const struct team *team)
{
	double from =
		team->steps ? team->rate * 1.01 : hp_load_closed_rate(team) / SWEEP_FROM;
	int n = 0;

	if (team->steps > 1 && saturated(&team->step[team->steps - 1]) &&
	    saturated(&team->step[team->steps - 2]))
		return 0;
	while (nth_rate(n) < from && nth_rate(n) < MOST_RATE)
		n++;
	return nth_rate(n) < from ? 0 : nth_rate(n);
}

static void choose_rate(struct team *team)
{
	if (team->rate)
		finish_step(team);
	if (team->steps == HP_LOAD_STEPS)
		team->rate = 0;
	else if (team->sweep)
		team->rate = sweep_on(team);
	else
		team->rate = team->steps < team->n_asked ? team->asked[team->steps] : 0;
	team->first_due_ns = hp_now_ns() + READY_NS;
}

void hp_load_open_loop(struct slot *slot)
{
	struct team *team = slot->team;
	int slack = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);

	/* A sleep ends up to its slack too late, by default 50 us. */
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
	for (;;) {
		struct schedule schedule;

		hp_meet(team->start);
		if (!slot->worker.number)
			choose_rate(team);
		hp_meet(team->start);
		if (!team->rate)
			break;
		schedule = schedule_of(slot);
		follow(slot, &schedule);
	}
	prctl(PR_SET_TIMERSLACK, slack > 0 ? slack : 0, 0, 0, 0);
}
