// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The processes and threads of a race: released together, kept at a pace at which they
 * overlap, stopped together, and judged.
 */
#include "fixture/process.h"
#include "fixture/thp.h"
#include "frame/case.h"
#include "frame/internal.h"
#include "kernel.h"
#include "observe/smaps.h"
#include "observe/vmstat.h"
#include "race/internal.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

struct race *race_now;

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

/* The part of the target that the actor's declaration wants, by chance. */
static void choose_range(struct hp_turn *turn, enum hp_range range)
{
	const struct race *race = race_now;
	size_t huge = hp_random_below(&turn->random, race->huge_pages);
	size_t first = huge * race->pages_per_huge, pages = race->pages_per_huge;
	uint64_t at = hp_random_bits(&turn->random), many = hp_random_bits(&turn->random);

	if (range == HP_EITHER)
		range = many >> 63 ? HP_HUGE_PAGE : HP_PART;
	if (range == HP_WHOLE) {
		first = 0;
		pages = race->pages;
	} else if (range == HP_BASE_PAGE) {
		first += at % pages;
		pages = 1;
	} else if (range == HP_PART && turn->granule == race->base) {
		size_t skip = at % (pages - 1);

		first += skip;
		pages = 1 + many % (pages - 1 - skip);
	}
	turn->addr = turn->area->addr + first * race->base;
	turn->size = pages * race->base;
}

/* Calls each for the gaps of the range. */
static void open_gaps(struct gap *gaps, const struct hp_turn *turn, bool to_the_end)
{
	size_t huge = hp_turn_first(turn) / race_now->pages_per_huge;
	size_t last =
		(hp_turn_first(turn) + hp_turn_pages(turn) - 1) / race_now->pages_per_huge;

	for (; huge <= (to_the_end ? race_now->huge_pages - 1 : last); huge++)
		gaps[huge].open++;
}

static void close_gaps(struct gap *gaps, const struct hp_turn *turn, bool to_the_end)
{
	size_t huge = hp_turn_first(turn) / race_now->pages_per_huge;
	size_t last =
		(hp_turn_first(turn) + hp_turn_pages(turn) - 1) / race_now->pages_per_huge;

	for (; huge <= (to_the_end ? race_now->huge_pages - 1 : last); huge++) {
		gaps[huge].times++;
		gaps[huge].open--;
	}
}

static bool take_alone(struct side *side, const struct hp_turn *turn)
{
	size_t first = hp_turn_first(turn) / race_now->pages_per_huge, huge = first;
	size_t last =
		(hp_turn_first(turn) + hp_turn_pages(turn) - 1) / race_now->pages_per_huge;

	for (; huge <= last; huge++) {
		uint32_t free = 0;

		if (atomic_compare_exchange_strong(&side->gaps[huge].alone, &free, 1))
			continue;
		while (huge-- > first)
			side->gaps[huge].alone = 0;
		return false;
	}
	return true;
}

static void leave_alone(struct side *side, const struct hp_turn *turn)
{
	size_t huge = hp_turn_first(turn) / race_now->pages_per_huge;
	size_t last =
		(hp_turn_first(turn) + hp_turn_pages(turn) - 1) / race_now->pages_per_huge;

	for (; huge <= last; huge++)
		side->gaps[huge].alone = 0;
}

/* Tells the oracle what the operation may do to the range, before and behind it. */
static void announce(struct side *side, const struct hp_turn *turn, bool begin)
{
	const struct hp_actor *actor = turn->worker->actor;
	unsigned int on = HP_ON(turn->target);
	size_t first = hp_turn_first(turn), pages = hp_turn_pages(turn);
	bool ends = actor->ends & on;

	if (ends)
		pages = race_now->pages - first;
	if (begin && (actor->holes & on))
		ledger_holes(first, pages);
	if (begin && (actor->absent & on))
		open_gaps(side->gaps, turn, false);
	if (begin && ends)
		open_gaps(race_now->ends, turn, true);
	/* A file that ends takes every process's copies with it. */
	for (int i = 0; (actor->loses & on) && i < race_now->sides; i++)
		if (&race_now->side[i] == side || (ends && !race_now->shared))
			ledger_lose(&race_now->side[i], first, pages, begin);
	if (!begin && ends)
		close_gaps(race_now->ends, turn, true);
	if (!begin && (actor->absent & on))
		close_gaps(side->gaps, turn, false);
}

static int operate(struct hp_worker *worker, struct hp_turn *turn)
{
	const struct hp_actor *actor = worker->actor;
	struct side *side = worker->side;
	unsigned int on = HP_ON(turn->target);
	bool announced = (actor->loses | actor->holes | actor->absent | actor->ends) & on;
	int result;

	if (actor->alone && !take_alone(side, turn))
		return HP_NOT_NOW;
	if (announced)
		announce(side, turn, true);
	result = actor->act(turn);
	if (announced)
		announce(side, turn, false);
	if (actor->alone)
		leave_alone(side, turn);
	return result;
}

static void one_turn(struct hp_worker *worker, struct hp_turn *turn)
{
	struct worker_op op = {.began_ns = hp_now_ns(), .number = turn->number};
	char got[32];

	turn->random = hp_random_stream(hp_seed, (uint64_t)(worker->index + 1) << 40 |
							 (uint64_t)turn->number);
	choose_range(turn, worker->actor->range);
	if (turn->number < HASHED)
		record_choice(worker, (uint64_t)hp_offset(turn) << 20 ^ turn->size);
	op.first = hp_turn_first(turn);
	op.pages = hp_turn_pages(turn);
	worker->op_began_ns = turn->began_ns = op.began_ns;
	op.result = operate(worker, turn);
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
	worker->ended = true;
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

		if (began && now - began > HANGS_SECONDS * hp_time_scale() * 1e9)
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

/* kB that the kernel says this process has of the target's kind of memory. */
static long resident_kb(const struct race *race)
{
	struct hp_status status;
	int error = hp_status_read(0, &status);

	hp_require(!error, "cannot read status: %s", strerror(-error));
	if (HP_ON(race->kind) & HP_ON_HUGETLB)
		return status.hugetlb_pages;
	return race->kind == HP_SHMEM_SHARED ? status.rss_shmem : status.rss_anon;
}

/*
 * All of the target is written once more, by whatever the race left of its mappings, and
 * then goes: the process's counters must fall by just that.
 */
static void check_resident(struct race *race, struct side *side)
{
	/* RSS is counted in batches for each CPU (lib/percpu_counter.c). */
	long slack = 64 * sysconf(_SC_NPROCESSORS_CONF) * (long)race->base / 1024, with,
	     fell;
	bool poisoned = false;

	for (size_t page = 0; page < race->pages; page++)
		poisoned |= side->entries[page].ever_bad;
	/* What is in a table that others share is counted for who put it there. */
	if (poisoned || race->asked->whole_span)
		return;
	for (size_t page = 0; page < race->pages; page++)
		*(volatile uint64_t *)(side->area->addr + page * race->base + 8) = page;
	with = resident_kb(race);
	target_unmap(race, side);
	fell = with - resident_kb(race);
	hp_check_range(fell, (long)(race->area->size / 1024) - slack,
		       (long)(race->area->size / 1024) + slack);
}

static void run_side(void *arg)
{
	struct side *side = arg;
	struct race *race = race_now;
	struct hp_worker *workers = &race->worker[side->number * race->actors];
	pthread_t thread[MAX_WORKERS];

	hp_heed_news();
	hp_step("racing");
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
	hp_step("the last check");
	hp_meet(race->finish);
	ledger_check_all(side);
	/* What one writes last the others would find. */
	hp_meet(race->finish);
	check_resident(race, side);
}

static const char *unmet(const struct hp_actor *actor, char *buf, size_t size)
{
	for (int i = 0; actor->needs && actor->needs[i]; i++)
		if (hp_need_unmet(actor->needs[i], buf, size))
			return buf;
	return actor->unmet ? actor->unmet(buf, size) : NULL;
}

const char *hp_actor_unfit(const struct hp_actor *actor,
			   const struct hp_actor *const *others, enum hp_target target,
			   char *buf, size_t size)
{
	const unsigned int on = HP_ON(target);

	if (!(actor->targets & on)) {
		snprintf(buf, size, "%s makes no sense on %s", actor->name,
			 hp_target_name(target));
		return buf;
	}
	for (; *others; others++) {
		/* What one dropped reads as the kernel's zero page: all would lose that. */
		if (!actor->takes_frames || (*others)->takes_frames ||
		    !((*others)->loses & on & HP_ON_ANON))
			continue;
		snprintf(buf, size, "%s would take the zero page, with %s", actor->name,
			 (*others)->name);
		return buf;
	}
	return NULL;
}

static void check_events(const struct hp_race *asked, const struct hp_vmstat *before)
{
	struct hp_vmstat after;

	if (hp_vmstat_read(&after))
		hp_bail("cannot read /proc/vmstat");
	for (int i = 0; asked->events && asked->events[i]; i++) {
		long grown = hp_vmstat_count(&after, asked->events[i]) -
			     hp_vmstat_count(before, asked->events[i]);

		if (grown <= 0)
			hp_fail_at(HP_HERE("the race made its events"), "at least one",
				   "no %s", asked->events[i]);
	}
}

/* An actor that never succeeded has raced nobody. */
static void check_successes(const struct race *race)
{
	for (int actor = 0; actor < race->actors; actor++) {
		long done = 0, ops = 0;
		const struct hp_worker *worker = NULL;

		for (int w = actor; w < race->workers; w += race->actors) {
			worker = &race->worker[w];
			ops += worker->ops;
			for (int i = 0; i < MAX_ERRNOS; i++)
				if (!worker->results[i].error)
					done += worker->results[i].times;
		}
		if (!done && !race->asked->may_never_succeed &&
		    !worker->actor->may_never_succeed)
			hp_fail_at(HP_HERE("every actor succeeds at times"),
				   "once at least",
				   "of %ld operations of %s none did; the last returned %s",
				   ops, worker->actor->name,
				   ops ? strerrorname_np(worker->results[0].error)
				       : "nothing");
	}
}

/* Maps the target's huge pages by base pages, without splitting the pages. */
static void split_mappings(const struct race *race)
{
	for (size_t huge = 0; huge < race->huge_pages; huge++) {
		char *at = race->area->addr + huge * race->huge;

		hp_check_ok(mprotect(at, race->base, PROT_READ));
		hp_check_ok(mprotect(at, race->base, PROT_READ | PROT_WRITE));
	}
}

/* All of the actors, and those of the others that can be; skips the case without the first.
 */
static void choose_actors(struct race *race)
{
	const struct hp_race *asked = race->asked;
	char reason[512], without[160] = "";

	for (int i = 0; asked->actors[i]; i++) {
		hp_require(!hp_actor_unfit(asked->actors[i], asked->actors, asked->target,
					   reason, sizeof(reason)),
			   "%s", reason);
		if (unmet(asked->actors[i], reason, sizeof(reason)))
			hp_skip_case("%s: %s", asked->actors[i]->name, reason);
		hp_require(race->actors < MAX_WORKERS, "too many actors");
		race->actor[race->actors++] = asked->actors[i];
	}
	for (int i = 0; asked->also && asked->also[i]; i++) {
		const struct hp_actor *actor = asked->also[i];

		if (hp_actor_unfit(actor, race->actor, asked->target, reason,
				   sizeof(reason)))
			continue;
		if (unmet(actor, reason, sizeof(reason)))
			snprintf(without + strlen(without),
				 sizeof(without) - strlen(without), "%s%s",
				 without[0] ? ", " : "", actor->name);
		else if (race->actors < MAX_WORKERS - 1)
			race->actor[race->actors++] = actor;
	}
	if (without[0])
		hp_observed("not on this machine", "%s", without);
}

static struct race *prepare(const struct hp_race *asked)
{
	struct race *race = hp_shared(sizeof(*race));

	race_now = race;
	race->asked = asked;
	race->sides = asked->processes ? asked->processes : 1;
	choose_actors(race);
	race->workers = race->sides * race->actors;
	hp_require(race->workers <= MAX_WORKERS && race->sides < 15,
		   "a race has at most %d workers and 14 processes", MAX_WORKERS);
	/* A thread that maps memory of its own could take a hole of the target. */
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
	race->side = hp_shared(race->sides * sizeof(*race->side));
	race->worker = hp_shared(race->workers * sizeof(*race->worker));
	race->start = hp_barrier(race->workers + 1);
	race->finish = hp_barrier(race->sides);
	target_make(race);
	ledger_make(race);
	for (int w = 0; w < race->workers; w++) {
		race->worker[w].actor = race->actor[w % race->actors];
		race->worker[w].side = &race->side[w / race->actors];
		race->worker[w].index = w;
	}
	ledger_fill(race);
	if (asked->pte_mapped)
		split_mappings(race);
	return race;
}

void hp_race(const struct hp_race *asked)
{
	struct hp_vmstat before;
	struct race *race = prepare(asked);

	if (hp_vmstat_read(&before))
		hp_bail("cannot read /proc/vmstat");
	hp_tell_history(record_history);
	for (int i = 1; i < race->sides; i++)
		race->side[i].pid = hp_fork(run_side, &race->side[i]);
	run_side(&race->side[0]);
	for (int i = 1; i < race->sides; i++)
		hp_wait_ok(race->side[i].pid);
	hp_tell_history(NULL);
	record_report(race);
	check_successes(race);
	check_events(asked, &before);
}

/* Forks from a thread: the frame's hp_fork counts its processes, and these are many. */
static int fork_and_wait(struct hp_turn *turn, int (*body)(struct hp_turn *turn),
			 struct snapshot *snapshot)
{
	pid_t parent = getpid(), pid = fork();
	int status;

	if (pid < 0)
		return errno;
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(HP_EXIT_SAID);
		if (snapshot)
			ledger_after_fork(turn, snapshot);
		status = body(turn);
		/* Beside HP_EXIT_SAID there is room for the errnos that matter. */
		_exit(status < 0 ? 0 : status < HP_EXIT_SAID ? status : EIO);
	}
	while (waitpid(pid, &status, __WALL) < 0)
		if (errno != EINTR)
			hp_bail("cannot wait for a child: %s", strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) == HP_EXIT_SAID)
		hp_leave_quietly();
	record_blame(hp_turn_first(turn));
	if (WIFSIGNALED(status))
		hp_fail_at(HP_HERE("a forked child"), "comes to its end",
			   "killed by SIG%s, in operation %ld of %s",
			   sigabbrev_np(WTERMSIG(status)), turn->number,
			   turn->worker->actor->name);
	return WEXITSTATUS(status);
}

int hp_turn_fork(struct hp_turn *turn, int (*body)(struct hp_turn *turn))
{
	size_t pages = hp_turn_pages(turn), huge = race_now->huge_pages;
	struct snapshot snapshot;
	char *memory;
	int error;

	memory = calloc(1, pages * sizeof(*snapshot.entries) +
				   huge * (sizeof(*snapshot.gap_times) + 1));
	if (!memory)
		hp_bail("no memory");
	snapshot.entries = (struct entry *)memory;
	snapshot.gap_times = (uint32_t *)(snapshot.entries + pages);
	snapshot.unusable = (bool *)(snapshot.gap_times + huge);
	ledger_before_fork(turn, &snapshot);
	error = fork_and_wait(turn, body, &snapshot);
	free(memory);
	return error;
}

int hp_turn_helper(struct hp_turn *turn, int (*body)(struct hp_turn *turn))
{
	return fork_and_wait(turn, body, NULL);
}
