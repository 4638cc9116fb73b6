// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Runs the cases one after another, each in a child process and a process group of its own,
 * and prints TAP. However a case ends, the supervisor kills its processes, undoes its
 * changes and checks that the pools are as they were.
 */
#include "frame/attempt.h"
#include "frame/engine.h"
#include "frame/internal.h"
#include "observe/others.h"
#include "observe/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

/*
 * A failure that something else on the machine may have caused is not reported: the case is
 * tried again. If a setting changed, or pages were freed late, at every single try, it is
 * reported as a failure: nobody else is likely to interfere every time.
 */
static void look_for_others(struct hp_outcome *outcome, bool last,
			    const struct hp_counters *before,
			    const struct hp_counters *after)
{
	char others[1024];
	enum hp_disturbance what;

	if (!outcome->kind || outcome->again)
		return;
	what = hp_disturbance_found(outcome->kind, outcome->got, others, sizeof(others));
	if (what == HP_UNDISTURBED)
		what = hp_pools_resized(outcome->kind, outcome->got, before->pool,
					after->pool, after->sizes, others, sizeof(others));
	if (what == HP_UNDISTURBED)
		what = hp_pools_came_back(outcome->kind, outcome->got, before->pool,
					  before->sizes, others, sizeof(others));
	if (what == HP_UNDISTURBED ||
	    ((what == HP_SETTINGS_CHANGED || what == HP_FREED_LATE) && last))
		return;
	outcome->again = true;
	if (last) {
		size_t used = strlen(outcome->got);

		outcome->kind = "disturbed";
		snprintf(outcome->got + used, sizeof(outcome->got) - used, "; %s", others);
		return;
	}
	/*
	 * Only the text is kept for the list of tries: the outcome is replaced by the next
	 * try.
	 */
	snprintf(hp_state->history, sizeof(hp_state->history), "%s", others);
}

static void note_try(const struct hp_outcome *outcome, struct hp_attempts *tries)
{
	size_t len = sizeof(tries->why[0]), used = 0;
	char *why;

	if (tries->n == HP_TRIES) {
		tries->more++;
		return;
	}
	why = tries->why[tries->n++];
	if (hp_state->at[0])
		used += (size_t)snprintf(why, len, "%s: ", hp_state->at);
	if (hp_state->expected[0] && used < len)
		used += (size_t)snprintf(why + used, len - used, "expected %.200s, got ",
					 hp_state->expected);
	if (used < len)
		used += (size_t)snprintf(why + used, len - used, "%.400s", outcome->got);
	if (hp_state->history[0] && used < len)
		snprintf(why + used, len - used, "; %.400s", hp_state->history);
}

/* Explains a skip for lack of free memory. */
static void add_free_blocks(struct hp_outcome *outcome, int tries)
{
	size_t used = strlen(outcome->got), size = hp_state->short_of;
	long blocks = hp_free_blocks(size);

	if (size && blocks >= 0)
		snprintf(outcome->got + used, sizeof(outcome->got) - used,
			 "; %ld free blocks of %zu kB, also after compaction (%d tries)",
			 blocks, size / 1024, tries);
	else
		snprintf(outcome->got + used, sizeof(outcome->got) - used,
			 ", also after compaction (%d tries)", tries);
}

/* Undoes everything; returns the exit status. */
static int end_stopped(void)
{
	hp_undo_back_to(0);
	printf("Bail out! stopped by SIG%s\n", sigabbrev_np(hp_stopped_by));
	return 2;
}

/*
 * A case that is short of memory is not tried longer: all memory is compacted before each
 * try.
 */
static bool is_last(int try, const struct hp_outcome *outcome, int64_t began)
{
	/* Without other users, further tries would not differ. */
	if (getenv("HUGEPROOF_ALONE") || try == HP_MOST_TRIES)
		return true;
	return try >= HP_TRIES && (outcome->skipped || hp_now_ns() - began >= 3000000000);
}

/* Returns false when a signal asked the program to stop. */
static bool run_case(int number, const struct hp_case *c, const sigset_t *signals,
		     int *failed)
{
	static struct hp_counters before, after;
	static struct hp_outcome outcome;
	static struct hp_attempts tries;
	int64_t began = hp_now_ns();
	double ms = 0;
	bool last;

	tries.n = tries.more = 0;
	for (int try = 1;; try++) {
		if (!hp_attempt(c, signals, &outcome, &before, &after, &ms))
			return false;
		last = is_last(try, &outcome, began);
		look_for_others(&outcome, last, &before, &after);
		if (hp_stop_asked())
			return false;
		if (!outcome.again || last)
			break;
		note_try(&outcome, &tries);
		/* Whoever waits for the next point hears that there is work on it. */
		printf("# case %s is tried again: try %d was not conclusive\n", c->name,
		       try);
		if (outcome.skipped)
			hp_write_text("/proc/sys/vm/compact_memory", "1");
	}
	if (outcome.again && outcome.skipped)
		add_free_blocks(&outcome, tries.n + 1);
	hp_print_point(number, c, &outcome, &before, &after, ms, &tries);
	*failed += outcome.kind != NULL;
	return true;
}

static const char *first_unmet_need(char *buf, size_t len)
{
	for (int i = 0; hp_program.needs && hp_program.needs[i]; i++) {
		const char *reason = hp_need_unmet(hp_program.needs[i], buf, len);

		if (reason)
			return reason;
	}
	return NULL;
}

int hp_supervise(const struct hp_case *const *cases, int n)
{
	char buf[512];
	const char *reason;
	sigset_t stop, old;
	int failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	hp_state = mmap(NULL, sizeof(*hp_state), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (hp_state == MAP_FAILED) {
		printf("Bail out! no memory\n");
		return 2;
	}
	/* If it was ignored in our parent, children would be reaped automatically. */
	signal(SIGCHLD, SIG_DFL);
	/* If the reader of our output goes away, we must still undo everything. */
	signal(SIGPIPE, SIG_IGN);
	hp_stop_signals(&stop);
	sigaddset(&stop, SIGCHLD);
	sigprocmask(SIG_BLOCK, &stop, &old);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	/* If the runner is killed, stop as well, in time to clean up. */
	if (getenv("HUGEPROOF_RUNNER"))
		prctl(PR_SET_PDEATHSIG, SIGTERM);

	hp_undo_back_to(0);
	hp_disturbance_begin();
	printf("TAP version 14\n");
	reason = first_unmet_need(buf, sizeof(buf));
	if (hp_stop_asked())
		return end_stopped();
	if (reason) {
		hp_undo_back_to(0);
		printf("1..0 # SKIP %s\n", reason);
		return 0;
	}
	printf("1..%d\n# seed %llu\n", n, (unsigned long long)hp_seed);
	/* Stop early if the output cannot be written any more. */
	for (int i = 0; i < n && !ferror(stdout); i++)
		if (!run_case(i + 1, cases[i], &old, &failed))
			return end_stopped();
	hp_undo_back_to(0);
	if (hp_stop_asked())
		return end_stopped();
	return failed ? 1 : 0;
}
