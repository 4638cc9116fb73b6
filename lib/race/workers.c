// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The threads of a race: started together, throttled so that no actor starves, and stopped.
 */
#include "frame/process.h"
#include "frame/case.h"
#include "frame/engine.h"
#include "observe/others.h"
#include "race/internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The minimum share of each actor in all operations, if there are few enough actors. */
#define LEAST_SHARE 0.05
/* An operation that takes longer is a hang. */
#define HANGS_SECONDS 30
/* How often long operations are sampled, and the longest time that one sample adds. */
#define LOOK_NS (20 * 1000 * 1000)
#define LATE_NS (200 * 1000 * 1000)
/* The choices of this many operations are hashed, to compare runs with the same seed. */
#define HASHED   64
#define WATCH_NS (2 * 1000 * 1000)
/* A worker that is ahead reads some pages and sleeps before it checks again. */
#define IDLE_PAGES 4
#define SLEEP_NS   (50 * 1000)

static void sleep_ns(long ns)
{
	nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
}

/*
 * How many operations an actor may do for each one of the slowest, so that the slowest has
 * its share; with too many actors for that, two.
 */
static double most_ahead(const struct race *race)
{
	double others = race->actors - 1;
	double most = others ? (1 / LEAST_SHARE - 1) / others * 0.9 : 1e9;

	return most < 2 ? 2 : most;
}

static bool reached_limit(const struct hp_worker *worker)
{
	return worker->actor->most && worker->ops >= worker->actor->most;
}

/* The number of operations that the worker may reach before it must check again. */
static long allowance(const struct race *race, const struct hp_worker *me)
{
	long slowest = me->ops;

	for (int w = 0; w < race->workers; w++) {
		const struct hp_worker *worker = &race->worker[w];
		long tried = worker->ops + worker->not_now;

		if (!reached_limit(worker) && tried < slowest)
			slowest = tried;
	}
	return (long)(most_ahead(race) * (slowest + 1)) + 1;
}

/* True if the worker must wait: it is ahead of others, or has reached its limit. */
static bool ahead(const struct race *race, struct hp_worker *worker)
{
	if (reached_limit(worker))
		return true;
	if (worker->ops < worker->limit)
		return false;
	worker->limit = allowance(race, worker);
	return worker->ops >= worker->limit;
}

static void one_operation(struct hp_worker *worker, struct hp_operation *op)
{
	struct worker_op entry = {.began_ns = hp_now_ns(), .number = op->number};
	char got[32];

	op->random = hp_random_stream(hp_seed, (uint64_t)(worker->index + 1) << 40 |
						       (uint64_t)op->number);
	hp_operation_choose_range(op, hp_narrow_range(worker->actor));
	if (op->number < HASHED)
		hp_record_choice(worker, (uint64_t)hp_offset(op) << 20 ^ op->size);
	entry.first = hp_operation_first(op);
	entry.pages = hp_operation_pages(op);
	worker->op_first = entry.first;
	worker->op_pages = entry.pages;
	worker->op_began_ns = op->began_ns = entry.began_ns;
	entry.result = hp_operation_run(worker, op);
	entry.ended_ns = hp_now_ns();
	worker->op_began_ns = 0;
	hp_record_op(worker, &entry);
	op->number++;
	if (hp_race_allowed_errno(worker->actor, entry.result))
		return;
	hp_record_blame(entry.first);
	snprintf(got, sizeof(got), "%s", strerrorname_np(entry.result));
	hp_fail_at(HP_HERE("what an actor's operation returns"),
		   "success, or an errno that its declaration allows",
		   "%s from %s on pages %u to %u (operation %ld of process %d)", got,
		   worker->actor->name, entry.first, entry.first + entry.pages - 1,
		   entry.number, worker->process->number);
}

/* Reads random pages of the target between operations, for the oracle. */
static void read_anywhere(struct hp_operation *op, struct hp_random *random, int pages)
{
	struct hp_operation look = *op;

	look.addr = look.area->addr;
	look.size = look.area->size;
	look.random = *random;
	hp_read_pages(&look, pages);
	*random = look.random;
}

static void *work(void *arg)
{
	struct hp_worker *worker = arg;
	struct race *race = hp_race_now;
	/*
	 * A separate stream: the number of these reads depends on timing, and the
	 * operations' choices must not.
	 */
	struct hp_random looks = hp_random_stream(hp_seed, ~(uint64_t)worker->index);
	struct hp_operation op = {
		.area = worker->process->area,
		.fd = race->fd,
		.target = race->kind,
		.granule = hp_target_granule(race),
		.addr = worker->process->area->addr,
		.size = worker->process->area->size,
		.worker = worker,
		.process = worker->process,
	};
	char *room = mmap(NULL, 2 * race->huge, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	hp_require(room != MAP_FAILED, "no room: %s", strerror(errno));
	op.spare = (char *)(((uintptr_t)room + race->huge - 1) & ~(race->huge - 1));
	worker->tid = gettid();
	if (worker->actor->begin)
		worker->actor->begin(&op);
	hp_meet(race->start);
	while (!race->stop) {
		if (ahead(race, worker)) {
			read_anywhere(&op, &looks, IDLE_PAGES);
			sleep_ns(SLEEP_NS);
			continue;
		}
		one_operation(worker, &op);
		read_anywhere(&op, &looks, 1);
	}
	if (worker->actor->end)
		worker->actor->end(&op);
	return NULL;
}

static bool finished(const struct race *race)
{
	if (!race->rounds)
		return hp_now_ns() - race->began_ns >=
		       (int64_t)hp_seconds(race->asked->seconds ? race->asked->seconds
								: HP_RACE_SECONDS) *
			       1000000000;
	for (int w = 0; w < race->workers; w++)
		if (race->worker[w].ops < race->rounds && !reached_limit(&race->worker[w]))
			return false;
	return true;
}

/* A long operation: its start, and how long its thread ran or slept in it. */
struct watched {
	int64_t began_ns, looked_ns, own_ns;
	long long ran_ns; /* of the thread; negative: unknown */
};

/*
 * Adds the time since the last sample. If the thread is runnable, only the time that it ran
 * counts, since waiting for a CPU is not the operation's fault. A late sample adds at most
 * LATE_NS.
 */
static void look_at(struct watched *watched, const struct hp_worker *worker, int64_t now)
{
	long long ran = hp_ran_ns(worker->tid), did = ran - watched->ran_ns;
	int64_t since = now - watched->looked_ns;

	if (since > LATE_NS)
		since = LATE_NS;
	if (hp_process_state(worker->tid) == 'R' && ran >= 0 && watched->ran_ns >= 0 &&
	    did < since)
		since = did;
	watched->own_ns += since;
	watched->ran_ns = ran;
	watched->looked_ns = now;
}

static void watch_for_hangs(const struct race *race)
{
	static struct watched all[MAX_WORKERS];
	double asked = race->asked->hang_seconds;
	double limit = hp_scaled_seconds(asked ? asked : HANGS_SECONDS);
	int64_t now = hp_now_ns();

	for (int w = 0; w < race->workers; w++) {
		const struct hp_worker *worker = &race->worker[w];
		struct watched *watched = &all[w];
		int64_t began = worker->op_began_ns;

		if (!began || now - began < LOOK_NS)
			continue;
		if (watched->began_ns != began)
			*watched =
				(struct watched){began, began, 0, hp_ran_ns(worker->tid)};
		if (now - watched->looked_ns < LOOK_NS)
			continue;
		look_at(watched, worker, now);
		if (watched->own_ns > limit * 1e9)
			hp_fail_late_at(
				HP_HERE("every operation ends"),
				asked ? "within its time" : "within 30 s",
				"%s of process %d is in its operation %ld for %.1f s, "
				"and ran or slept for %.1f s of it",
				worker->actor->name, worker->process->number,
				worker->ops + worker->not_now, (now - began) / 1e9,
				watched->own_ns / 1e9);
	}
}

/* Ends this process if another one has reported, or has died. */
static void watch_others(const struct race *race)
{
	if (hp_case_is_over())
		hp_leave_after_other();
	for (int i = 1; i < race->processes; i++) {
		siginfo_t info = {0};

		if (!waitid(P_PID, race->process[i].pid, &info,
			    WEXITED | WNOHANG | WNOWAIT) &&
		    info.si_pid)
			hp_wait_ok(race->process[i].pid);
	}
}

/* The first process ends the race for all processes. */
static void keep_time(struct race *race)
{
	while (!finished(race)) {
		watch_others(race);
		watch_for_hangs(race);
		sleep_ns(WATCH_NS);
	}
	race->ended_ns = hp_now_ns();
	race->stop = true;
}

void hp_race_work(struct race_process *process)
{
	struct race *race = hp_race_now;
	struct hp_worker *workers = &race->worker[process->number * race->actors];
	pthread_t thread[MAX_WORKERS];

	for (int i = 0; i < race->actors; i++) {
		int error = pthread_create(&thread[i], NULL, work, &workers[i]);

		hp_require(!error, "cannot start a thread: %s", strerror(error));
	}
	if (process->number == 0) {
		race->began_ns = hp_now_ns();
		hp_meet(race->start);
		race->began_ns = hp_now_ns();
		keep_time(race);
	}
	for (int i = 0; i < race->actors; i++)
		pthread_join(thread[i], NULL);
}
