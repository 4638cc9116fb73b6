// SPDX-License-Identifier: LGPL-2.1-or-later
/* The threads of a race: released together, kept at a pace at which they overlap, stopped.
 */
#include "fixture/process.h"
#include "frame/case.h"
#include "frame/internal.h"
#include "race/internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

/* No actor may have less than this share of the operations, where their number allows. */
#define LEAST_SHARE 0.05
/* An operation that takes longer than this hangs. */
#define HANGS_SECONDS 30
/* The choices of that many operations are compared between runs of one seed. */
#define HASHED   64
#define WATCH_NS (2 * 1000 * 1000)
/* What a worker that is ahead does between two looks: it reads some pages, and naps. */
#define IDLE_PAGES 4
#define NAP_NS     (50 * 1000)

static void nap(long ns)
{
	nanosleep(&(struct timespec){.tv_nsec = ns}, NULL);
}

/*
 * How often an actor may have operated for each time of the slowest, so that the slowest
 * has its share; with more actors than shares, twice.
 */
static double most_ahead(const struct race *race)
{
	double others = race->actors - 1;
	double most = others ? (1 / LEAST_SHARE - 1) / others * 0.9 : 1e9;

	return most < 2 ? 2 : most;
}

static bool at_its_most(const struct hp_worker *worker)
{
	return worker->actor->most && worker->ops >= worker->actor->most;
}

/* Operations that the worker may make before it must look again. */
static long allowance(const struct race *race, const struct hp_worker *me)
{
	long slowest = me->ops;

	for (int w = 0; w < race->workers; w++) {
		const struct hp_worker *worker = &race->worker[w];
		long tried = worker->ops + worker->not_now;

		if (!at_its_most(worker) && tried < slowest)
			slowest = tried;
	}
	return (long)(most_ahead(race) * (slowest + 1)) + 1;
}

/* True when the worker shall wait for others: it is ahead, or has done what it may. */
static bool ahead(const struct race *race, struct hp_worker *worker)
{
	if (at_its_most(worker))
		return true;
	if (worker->ops < worker->limit)
		return false;
	worker->limit = allowance(race, worker);
	return worker->ops >= worker->limit;
}

static void one_turn(struct hp_worker *worker, struct hp_turn *turn)
{
	struct worker_op op = {.began_ns = hp_now_ns(), .number = turn->number};
	char got[32];

	turn->random = hp_random_stream(hp_seed, (uint64_t)(worker->index + 1) << 40 |
							 (uint64_t)turn->number);
	turn_choose_range(turn, worker->actor->range);
	if (turn->number < HASHED)
		record_choice(worker, (uint64_t)hp_offset(turn) << 20 ^ turn->size);
	op.first = hp_turn_first(turn);
	op.pages = hp_turn_pages(turn);
	worker->op_began_ns = turn->began_ns = op.began_ns;
	op.result = turn_operate(worker, turn);
	op.ended_ns = hp_now_ns();
	worker->op_began_ns = 0;
	record_op(worker, &op);
	turn->number++;
	if (allowed_errno(worker->actor, op.result))
		return;
	record_blame(op.first);
	snprintf(got, sizeof(got), "%s", strerrorname_np(op.result));
	hp_fail_at(HP_HERE("what an actor's operation returns"),
		   "success, or an errno that its declaration allows",
		   "%s from %s on pages %u to %u (operation %ld of process %d)", got,
		   worker->actor->name, op.first, op.first + op.pages - 1, op.number,
		   worker->side->number);
}

/* Reads of any page: what a worker does beside its operations, for the oracle. */
static void look_around(struct hp_turn *turn, struct hp_random *random, int pages)
{
	struct hp_turn look = *turn;

	look.addr = look.area->addr;
	look.size = look.area->size;
	look.random = *random;
	hp_read_pages(&look, pages);
	*random = look.random;
}

static void *work(void *arg)
{
	struct hp_worker *worker = arg;
	struct race *race = race_now;
	/* How often it looks around depends on the others: not of the choices' stream. */
	struct hp_random looks = hp_random_stream(hp_seed, ~(uint64_t)worker->index);
	struct hp_turn turn = {
		.area = worker->side->area,
		.fd = race->fd,
		.target = race->kind,
		.granule = target_granule(race),
		.addr = worker->side->area->addr,
		.size = worker->side->area->size,
		.worker = worker,
		.side = worker->side,
	};
	char *room = mmap(NULL, 2 * race->huge, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	hp_require(room != MAP_FAILED, "no room: %s", strerror(errno));
	turn.spare = (char *)(((uintptr_t)room + race->huge - 1) & ~(race->huge - 1));
	if (worker->actor->begin)
		worker->actor->begin(&turn);
	hp_meet(race->start);
	while (!race->stop) {
		if (ahead(race, worker)) {
			look_around(&turn, &looks, IDLE_PAGES);
			nap(NAP_NS);
			continue;
		}
		one_turn(worker, &turn);
		look_around(&turn, &looks, 1);
	}
	if (worker->actor->end)
		worker->actor->end(&turn);
	return NULL;
}

static bool enough(const struct race *race)
{
	if (!race->asked->rounds)
		return hp_now_ns() - race->began_ns >=
		       (int64_t)hp_seconds(race->asked->seconds ? race->asked->seconds
								: HP_RACE_SECONDS) *
			       1000000000;
	for (int w = 0; w < race->workers; w++)
		if (race->worker[w].ops < race->asked->rounds &&
		    !at_its_most(&race->worker[w]))
			return false;
	return true;
}

static void watch_for_hangs(const struct race *race)
{
	int64_t now = hp_now_ns();

	for (int w = 0; w < race->workers; w++) {
		const struct hp_worker *worker = &race->worker[w];
		int64_t began = worker->op_began_ns;

		if (began && now - began > hp_scaled_seconds(HANGS_SECONDS) * 1e9)
			hp_fail_at(HP_HERE("every operation ends"), "within 30 s",
				   "%s of process %d is in its operation %ld for %.1f s",
				   worker->actor->name, worker->side->number,
				   worker->ops + worker->not_now, (now - began) / 1e9);
	}
}

/* Somebody else has said what there is to say, or has died of it. */
static void watch_others(const struct race *race)
{
	if (atomic_load(&hp_board->claimed))
		hp_leave_after_other();
	for (int i = 1; i < race->sides; i++) {
		siginfo_t info = {0};

		if (!waitid(P_PID, race->side[i].pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
		    info.si_pid)
			hp_wait_ok(race->side[i].pid);
	}
}

/* The first process ends the race for all. */
static void keep_time(struct race *race)
{
	while (!enough(race)) {
		watch_others(race);
		watch_for_hangs(race);
		nap(WATCH_NS);
	}
	race->ended_ns = hp_now_ns();
	race->stop = true;
}

void crew_work(struct side *side)
{
	struct race *race = race_now;
	struct hp_worker *workers = &race->worker[side->number * race->actors];
	pthread_t thread[MAX_WORKERS];

	for (int i = 0; i < race->actors; i++) {
		int error = pthread_create(&thread[i], NULL, work, &workers[i]);

		hp_require(!error, "cannot start a thread: %s", strerror(error));
	}
	if (side->number == 0) {
		race->began_ns = hp_now_ns();
		hp_meet(race->start);
		race->began_ns = hp_now_ns();
		keep_time(race);
	}
	for (int i = 0; i < race->actors; i++)
		pthread_join(thread[i], NULL);
}
