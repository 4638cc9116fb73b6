// SPDX-License-Identifier: LGPL-2.1-or-later
/* One operation: its range, its announcement to the oracle, and the children it forks. */
#include "frame/engine.h"
#include "race/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Chooses a random part of the target, as the actor declares. */
void hp_operation_choose_range(struct hp_operation *op, enum hp_range range)
{
	const struct race *race = hp_race_now;
	size_t huge = hp_random_below(&op->random, race->huge_pages);
	size_t first = huge * race->pages_per_huge, pages = race->pages_per_huge;
	uint64_t at = hp_random_bits(&op->random), many = hp_random_bits(&op->random);

	if (range == HP_EITHER)
		range = many >> 63 ? HP_HUGE_PAGE : HP_PART;
	if (range == HP_WHOLE) {
		first = 0;
		pages = race->pages;
	} else if (range == HP_BASE_PAGE) {
		first += at % pages;
		pages = 1;
	} else if (range == HP_PART && op->granule == race->base) {
		size_t skip = at % (pages - 1);

		first += skip;
		pages = 1 + many % (pages - 1 - skip);
	}
	op->addr = op->area->addr + first * race->base;
	op->size = pages * race->base;
}

/* Numbers of the first and last huge page that the range touches. */
static size_t first_huge(const struct hp_operation *op)
{
	return hp_operation_first(op) / hp_race_now->pages_per_huge;
}

static size_t last_huge(const struct hp_operation *op)
{
	return (hp_operation_first(op) + hp_operation_pages(op) - 1) /
	       hp_race_now->pages_per_huge;
}

static void open_windows(struct window *windows, const struct hp_operation *op,
			 bool to_the_end)
{
	size_t huge = first_huge(op);

	for (; huge <= (to_the_end ? hp_race_now->huge_pages - 1 : last_huge(op)); huge++)
		windows[huge].open++;
}

static void close_windows(struct window *windows, const struct hp_operation *op,
			  bool to_the_end)
{
	size_t huge = first_huge(op);

	for (; huge <= (to_the_end ? hp_race_now->huge_pages - 1 : last_huge(op)); huge++) {
		windows[huge].times++;
		windows[huge].open--;
	}
}

static bool claim_range(struct race_process *process, const struct hp_operation *op)
{
	size_t first = first_huge(op), huge = first;

	for (; huge <= last_huge(op); huge++) {
		uint32_t free = 0;

		if (atomic_compare_exchange_strong(&process->windows[huge].alone, &free, 1))
			continue;
		while (huge-- > first)
			process->windows[huge].alone = 0;
		return false;
	}
	return true;
}

static void release_range(struct race_process *process, const struct hp_operation *op)
{
	size_t huge = first_huge(op);

	for (; huge <= last_huge(op); huge++)
		process->windows[huge].alone = 0;
}

/* Announces to the oracle, before and after, what the operation may do to the range. */
static void announce(struct race_process *process, const struct hp_operation *op,
		     bool begin)
{
	const struct hp_actor *actor = op->worker->actor;
	unsigned int on = HP_ON(op->target);
	size_t first = hp_operation_first(op), pages = hp_operation_pages(op);
	bool ends = actor->ends & on;

	if (ends)
		pages = hp_race_now->pages - first;
	if (begin && (actor->holes & on))
		hp_shadow_holes(first, pages);
	if (begin && (actor->absent & on))
		open_windows(process->windows, op, false);
	if (begin && ends)
		open_windows(hp_race_now->ends, op, true);
	/* Truncation removes the private copies of all processes. */
	for (int i = 0; (actor->loses & on) && i < hp_race_now->processes; i++)
		if (&hp_race_now->process[i] == process || (ends && !hp_race_now->shared))
			hp_shadow_lose(&hp_race_now->process[i], first, pages, begin);
	if (!begin && ends)
		close_windows(hp_race_now->ends, op, true);
	if (!begin && (actor->absent & on))
		close_windows(process->windows, op, false);
}

int hp_operation_run(struct hp_worker *worker, struct hp_operation *op)
{
	const struct hp_actor *actor = worker->actor;
	struct race_process *process = worker->process;
	unsigned int on = HP_ON(op->target);
	bool announced = (actor->loses | actor->holes | actor->absent | actor->ends) & on;
	int result;

	if (actor->alone && !claim_range(process, op))
		return HP_NOT_NOW;
	/* Of those that access pages themselves only the pages that they have come to
	 * count. */
	if (!actor->contents)
		worker->in = hp_record_bits(hp_operation_first(op), hp_operation_pages(op));
	if (announced)
		announce(process, op, true);
	result = actor->act(op);
	if (announced)
		announce(process, op, false);
	hp_record_meetings(worker);
	if (actor->alone)
		release_range(process, op);
	return result;
}

/* Not hp_fork(), since the number of its processes is limited. */
static int fork_and_wait(struct hp_operation *op, int (*body)(struct hp_operation *op),
			 struct snapshot *snapshot)
{
	pid_t parent = getpid(), pid = fork();
	int status;

	if (pid < 0)
		return errno;
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(HP_EXIT_REPORTED);
		if (snapshot)
			hp_shadow_after_fork(op, snapshot);
		status = body(op);
		/* The exit status can carry the errnos below HP_EXIT_REPORTED. */
		_exit(status < 0 ? 0 : status < HP_EXIT_REPORTED ? status : EIO);
	}
	while (waitpid(pid, &status, __WALL) < 0)
		if (errno != EINTR)
			hp_bail("cannot wait for a child: %s", strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) == HP_EXIT_REPORTED)
		hp_leave_quietly();
	hp_record_blame(hp_operation_first(op));
	if (WIFSIGNALED(status))
		hp_fail_at(HP_HERE("a forked child"), "exits",
			   "killed by SIG%s, in operation %ld of %s",
			   sigabbrev_np(WTERMSIG(status)), op->number,
			   op->worker->actor->name);
	return WEXITSTATUS(status);
}

int hp_operation_fork(struct hp_operation *op, int (*body)(struct hp_operation *op))
{
	size_t pages = hp_operation_pages(op), huge = hp_race_now->huge_pages;
	struct snapshot snapshot;
	char *memory;
	int error;

	memory = calloc(1, pages * sizeof(*snapshot.entries) +
				   huge * (sizeof(*snapshot.window_times) + 1));
	if (!memory)
		hp_bail("no memory");
	snapshot.entries = (struct entry *)memory;
	snapshot.window_times = (uint32_t *)(snapshot.entries + pages);
	snapshot.unusable = (bool *)(snapshot.window_times + huge);
	hp_shadow_before_fork(op, &snapshot);
	error = fork_and_wait(op, body, &snapshot);
	free(memory);
	return error;
}

int hp_operation_helper(struct hp_operation *op, int (*body)(struct hp_operation *op))
{
	return fork_and_wait(op, body, NULL);
}
