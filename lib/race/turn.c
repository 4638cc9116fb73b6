// SPDX-License-Identifier: LGPL-2.1-or-later
/* One operation: its range, what the oracle is told of it, and the children it forks. */
#include "frame/internal.h"
#include "race/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The part of the target that the actor's declaration wants, by chance. */
void turn_choose_range(struct hp_turn *turn, enum hp_range range)
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

/* Numbers of the first and last huge page that the range touches. */
static size_t first_huge(const struct hp_turn *turn)
{
	return hp_turn_first(turn) / race_now->pages_per_huge;
}

static size_t last_huge(const struct hp_turn *turn)
{
	return (hp_turn_first(turn) + hp_turn_pages(turn) - 1) / race_now->pages_per_huge;
}

static void open_gaps(struct gap *gaps, const struct hp_turn *turn, bool to_the_end)
{
	size_t huge = first_huge(turn);

	for (; huge <= (to_the_end ? race_now->huge_pages - 1 : last_huge(turn)); huge++)
		gaps[huge].open++;
}

static void close_gaps(struct gap *gaps, const struct hp_turn *turn, bool to_the_end)
{
	size_t huge = first_huge(turn);

	for (; huge <= (to_the_end ? race_now->huge_pages - 1 : last_huge(turn)); huge++) {
		gaps[huge].times++;
		gaps[huge].open--;
	}
}

static bool take_alone(struct side *side, const struct hp_turn *turn)
{
	size_t first = first_huge(turn), huge = first;

	for (; huge <= last_huge(turn); huge++) {
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
	size_t huge = first_huge(turn);

	for (; huge <= last_huge(turn); huge++)
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

int turn_operate(struct hp_worker *worker, struct hp_turn *turn)
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
