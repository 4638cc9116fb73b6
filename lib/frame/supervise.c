// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Runs the cases one after another, each in a child process and a process group
 * of its own, and prints TAP. Whatever a case does, the supervisor lives: it
 * ends the case's processes, takes back what was changed and looks whether the
 * pools are as they were.
 */
#include "frame/internal.h"
#include "observe/others.h"
#include "observe/text.h"
#include "observe/vmstat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How long processes may take to die of SIGKILL: a gigantic page takes time to free. */
#define REAP_SECONDS 10
/* How long the kernel may take to give pages back behind a process's exit. */
#define REST_SECONDS 1

struct counters {
	int sizes;
	struct hp_hugetlb pool[HP_MAX_SIZES];
	struct hp_vmstat events;
};

/* What became of a case. */
struct outcome {
	const char *kind; /* NULL: passed, or skipped */
	bool skipped;
	bool again; /* it may be otherwise the next time: something else was the reason */
	char got[2048];
};

static volatile sig_atomic_t told_to_stop;

static void read_pools(struct counters *now)
{
	size_t sizes[HP_MAX_SIZES];

	now->sizes = hp_hugetlb_sizes(sizes);
	for (int i = 0; i < now->sizes; i++) {
		int error = hp_hugetlb_read(sizes[i], &now->pool[i]);

		if (error)
			hp_bail("cannot read the pool of %zu kB pages: %s", sizes[i] / 1024,
				strerror(-error));
	}
}

static void read_counters(struct counters *now)
{
	read_pools(now);
	hp_vmstat_read(&now->events);
}

/* Calls each for every hugetlb counter that differs. Returns how many do. */
static int each_pool_change(const struct counters *before, const struct counters *after,
			    void (*each)(const char *name, long was, long is, void *arg),
			    void *arg)
{
	int changed = 0;

	for (int i = 0; i < after->sizes; i++) {
		const struct hp_hugetlb *a = &before->pool[i], *b = &after->pool[i];
		char size[16], name[64];

#define COMPARE(was, is, ...)                                                              \
	if ((was) != (is)) {                                                               \
		changed++;                                                                 \
		snprintf(name, sizeof(name), __VA_ARGS__);                                 \
		if (each)                                                                  \
			each(name, was, is, arg);                                          \
	}
		hp_size_name(size, sizeof(size), b->page_size);
		COMPARE(a->total, b->total, "hugetlb.%s.total", size);
		COMPARE(a->free, b->free, "hugetlb.%s.free", size);
		COMPARE(a->rsvd, b->rsvd, "hugetlb.%s.rsvd", size);
		COMPARE(a->surp, b->surp, "hugetlb.%s.surp", size);
		for (int n = 0; n < b->nodes; n++) {
			COMPARE(a->node[n].total, b->node[n].total,
				"hugetlb.%s.node%d.total", size, n);
			COMPARE(a->node[n].free, b->node[n].free, "hugetlb.%s.node%d.free",
				size, n);
			COMPARE(a->node[n].surp, b->node[n].surp, "hugetlb.%s.node%d.surp",
				size, n);
		}
#undef COMPARE
	}
	return changed;
}

struct text {
	char *buf;
	size_t len, used;
};

static void append_change(const char *name, long was, long is, void *arg)
{
	struct text *text = arg;

	if (text->used < text->len)
		text->used += snprintf(text->buf + text->used, text->len - text->used,
				       "%s%s %ld (was %ld)", text->used ? ", " : "", name,
				       is, was);
}

static void print_delta(const char *name, long was, long is, void *arg)
{
	int *printed = arg;

	printf("%s\"%s\": %ld", (*printed)++ ? ", " : "  counters: {", name, is - was);
}

static void print_counters(const struct counters *before, const struct counters *after)
{
	int printed = 0;

	each_pool_change(before, after, print_delta, &printed);
	for (int i = 0; i < after->events.n; i++) {
		const struct hp_event *event = &after->events.event[i];
		long was = hp_vmstat_count(&before->events, event->name);
		char name[64];

		if (was < 0 || was == event->count)
			continue;
		snprintf(name, sizeof(name), "vmstat.%s", event->name);
		print_delta(name, was, event->count, &printed);
	}
	if (printed)
		printf("}\n");
}

static void print_text(const char *key, const char *value)
{
	if (!value[0])
		return;
	printf("  %s: ", key);
	hp_print_quoted(stdout, value);
	putchar('\n');
}

static void print_observed(void)
{
	int n = atomic_load(&hp_board->observed);

	if (n > HP_MAX_OBSERVED)
		n = HP_MAX_OBSERVED;
	for (int i = 0; i < n; i++) {
		printf("%s", i ? ", " : "  observed: {");
		hp_print_quoted(stdout, hp_board->observation[i].key);
		printf(": ");
		hp_print_quoted(stdout, hp_board->observation[i].value);
	}
	if (n)
		printf("}\n");
}

/* All of them in one line, as every value is. */
static void print_metrics(void)
{
	const char *comma = "  metrics: [";

	if (!hp_board->metric_bytes)
		return;
	for (char *save = NULL, *line = strtok_r(hp_board->metrics, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		printf("%s%s", comma, line);
		comma = ", ";
	}
	printf("]\n");
}

/* Why the tries before the last did not count; a line each. */
struct tries {
	int n;
	char why[HP_TRIES][1024];
};

static void print_tries(const struct tries *tries)
{
	for (int i = 0; i < tries->n; i++) {
		printf("%s", i ? ", " : "  tries: [");
		hp_print_quoted(stdout, tries->why[i]);
	}
	if (tries->n)
		printf("]\n");
}

static void print_point(int number, const struct hp_case *c, const struct outcome *outcome,
			const struct counters *before, const struct counters *after,
			double duration_ms, const struct tries *tries)
{
	printf("%s %d - %s", outcome->kind ? "not ok" : "ok", number, c->name);
	if (outcome->skipped)
		printf(" # SKIP %s", outcome->got);
	printf("\n  ---\n  duration_ms: %.1f\n", duration_ms);
	print_counters(before, after);
	print_observed();
	print_metrics();
	print_tries(tries);
	print_text("changed_by_others", hp_board->foreign);
	print_text("lost", hp_board->lost);
	if (outcome->kind) {
		printf("  kind: %s\n", outcome->kind);
		print_text("at", hp_board->at);
		print_text("check", hp_board->check);
		print_text("expected", hp_board->expected);
		print_text("got", outcome->got);
		print_text("step", hp_board->step);
		print_text("history", hp_board->history);
		printf("  seed: %llu\n", (unsigned long long)hp_seed);
	}
	printf("  ...\n");
	fflush(stdout);
}

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000},
		  NULL);
}

/* Waits for the end of the case. Returns false when the time is over or a signal says stop.
 */
static bool wait_for_case(pid_t pid, int64_t deadline, int *status)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	for (;;) {
		int64_t left = deadline - hp_now_ns();
		struct timespec timeout = {.tv_sec = left / 1000000000,
					   .tv_nsec = left % 1000000000};
		int signo;

		if (waitpid(pid, status, WNOHANG) == pid)
			return true;
		if (left <= 0)
			return false;
		signo = sigtimedwait(&set, NULL, &timeout);
		if (signo > 0 && signo != SIGCHLD) {
			told_to_stop = signo;
			return false;
		}
	}
}

/* Tells what each living process of the case was doing. */
static void describe_processes(char *buf, size_t len)
{
	int n = atomic_load(&hp_board->procs);
	size_t used = strlen(buf);

	for (int i = 0; i < n && i < HP_MAX_PROCS && used < len; i++) {
		struct hp_proc *proc = &hp_board->proc[i];
		char path[64], where[80] = "?";
		pid_t pid = atomic_load(&proc->pid);

		snprintf(path, sizeof(path), "/proc/%d/wchan", pid);
		if (!pid || kill(pid, 0) || hp_read_text(path, where, sizeof(where)) < 0)
			continue;
		used += snprintf(buf + used, len - used, "; process %d (%s) in %s", i,
				 proc->step[0] ? proc->step : "no step told", where);
	}
}

/*
 * Kills and reaps every process of the case: its group, and, since the supervisor
 * is their subreaper, those that left the group as well. False: one would not die.
 */
static bool end_processes(pid_t group)
{
	int64_t deadline = hp_deadline_ns(REAP_SECONDS);
	char path[64], text[4096];

	kill(-group, SIGKILL);
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	for (;;) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid > 0)
			continue;
		if (pid < 0 && errno == ECHILD)
			return true;
		if (hp_now_ns() > deadline)
			return false;
		if (hp_read_text(path, text, sizeof(text)) > 0)
			for (char *p = text, *end; (pid = strtol(p, &end, 10)) > 0; p = end)
				kill(pid, SIGKILL);
		sleep_ms(1);
	}
}

static void judge_end(int status, struct outcome *outcome)
{
	const struct hp_death *death = &hp_board->proc[0].death;

	switch (atomic_load(&hp_board->said)) {
	case HP_FAILED:
		outcome->kind = "check";
		break;
	case HP_BROKEN:
		outcome->kind = "broken";
		break;
	case HP_DISTURBED:
		outcome->kind = "disturbed";
		outcome->again = true;
		break;
	case HP_SHORT:
		outcome->skipped = true;
		outcome->again = true;
		break;
	case HP_SKIPPED:
		outcome->skipped = true;
		break;
	default:
		if (WIFEXITED(status) && WEXITSTATUS(status) == HP_EXIT_OK)
			return;
		outcome->kind = "crash";
		memcpy(hp_board->step, hp_board->proc[0].step, sizeof(hp_board->step));
		if (WIFSIGNALED(status) && death->signo == WTERMSIG(status))
			snprintf(outcome->got, sizeof(outcome->got),
				 "killed by SIG%s (code %d) at %p",
				 sigabbrev_np(death->signo), death->code, death->addr);
		else if (WIFSIGNALED(status))
			snprintf(outcome->got, sizeof(outcome->got), "killed by SIG%s",
				 sigabbrev_np(WTERMSIG(status)));
		else
			snprintf(outcome->got, sizeof(outcome->got),
				 "exited with status %d in the middle",
				 WEXITSTATUS(status));
		return;
	}
	memcpy(outcome->got, hp_board->got, sizeof(outcome->got));
}

static int64_t case_limit_ns(void)
{
	double seconds = hp_program.seconds ? hp_program.seconds : HP_DEFAULT_SECONDS;
	double lasts = 0, most, scaled;

	/* Clearing and copying a gigantic page takes time by itself. */
	seconds += 5.0 * (hp_page_size >> 30);
	/* A race or a load lasts as long as it is told to, beyond all limits. */
	if (hp_program.kind == HP_RACE)
		lasts = hp_seconds(HP_RACE_SECONDS);
	if (hp_program.kind == HP_LOAD)
		lasts = HP_LOAD_TIMES * hp_load_seconds();
	most = (seconds > HP_MOST_SECONDS ? seconds : HP_MOST_SECONDS) + lasts;
	scaled = (seconds + lasts) * hp_time_scale();
	return hp_now_ns() + (int64_t)((scaled < most ? scaled : most) * 1e9);
}

_Noreturn static void be_the_case(const struct hp_case *c, const sigset_t *signals)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigprocmask(SIG_SETMASK, signals, NULL);
	hp_enter_process();
	if (c->run_with)
		c->run_with(c->arg);
	else
		c->run();
	fflush(NULL);
	/* A fixture or a case that calls exit() by itself has not come to its end. */
	atomic_store(&hp_board->finished, 1);
	_exit(HP_EXIT_OK);
}

/*
 * One try of a case, from its start until all is taken back. *ms is how long it ran. False
 * when a signal told us to stop.
 */
static bool try_case(const struct hp_case *c, const sigset_t *signals,
		     struct outcome *outcome, struct counters *before,
		     struct counters *after, double *ms)
{
	int keep = atomic_load(&hp_board->undos), status = 0;
	int64_t start, rest, deadline = case_limit_ns();
	bool ended;
	pid_t pid;

	memset(outcome, 0, sizeof(*outcome));
	hp_board_clear();
	hp_board->program_undos = keep;
	read_counters(before);
	hp_board->events = before->events;
	start = hp_now_ns();
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		hp_bail("cannot fork: %s", strerror(errno));
	if (!pid)
		be_the_case(c, signals);
	setpgid(pid, pid);
	ended = wait_for_case(pid, deadline, &status);
	if (!ended && !told_to_stop) {
		hp_note_starvation();
		outcome->kind = "timeout";
		snprintf(outcome->got, sizeof(outcome->got), "not at its end after %.1f s",
			 (double)(hp_now_ns() - start) / 1e9);
		describe_processes(outcome->got, sizeof(outcome->got));
	}
	if (!end_processes(pid)) {
		outcome->kind = "timeout";
		snprintf(outcome->got, sizeof(outcome->got),
			 "processes of the case do not die of SIGKILL");
		describe_processes(outcome->got, sizeof(outcome->got));
	}
	*ms = (double)(hp_now_ns() - start) / 1e6;
	hp_undo_back_to(keep);
	if (told_to_stop)
		return false;
	if (!outcome->kind) {
		judge_end(status, outcome);
		if (!outcome->kind && !outcome->skipped &&
		    !atomic_load(&hp_board->finished)) {
			outcome->kind = "crash";
			snprintf(outcome->got, sizeof(outcome->got),
				 "its process left by exit() before the end");
		}
	}

	rest = hp_deadline_ns(REST_SECONDS);
	do {
		read_counters(after);
	} while (each_pool_change(before, after, NULL, NULL) && hp_now_ns() < rest &&
		 (sleep_ms(2), true));
	/* What is short or disturbed may have left the pool as others made it. */
	if ((!outcome->kind || !strcmp(outcome->kind, "broken")) && !outcome->again &&
	    each_pool_change(before, after, NULL, NULL)) {
		struct text text = {outcome->got, sizeof(outcome->got), 0};

		outcome->kind = "leak";
		for (int i = 0; i < after->sizes; i++)
			hp_board->theirs_moved |=
				before->pool[i].theirs != after->pool[i].theirs;
		outcome->skipped = false;
		snprintf(hp_board->expected, sizeof(hp_board->expected),
			 "the pools as before the case");
		each_pool_change(before, after, append_change, &text);
	}
	return true;
}

/*
 * A failure that somebody else had a hand in accuses nobody: the case is tried again. One
 * that comes at every try with a setting changed each time is a failure all the same: no
 * administrator is as quick as that.
 */
static void look_for_others(struct outcome *outcome, int number)
{
	char others[1024];
	enum hp_disturbance what;

	if (!outcome->kind || outcome->again)
		return;
	what = hp_disturbance(outcome->kind, outcome->got, others, sizeof(others));
	if (what == HP_UNDISTURBED || (what == HP_SETTINGS_CHANGED && number == HP_TRIES))
		return;
	outcome->again = true;
	if (number == HP_TRIES) {
		size_t used = strlen(outcome->got);

		outcome->kind = "disturbed";
		snprintf(outcome->got + used, sizeof(outcome->got) - used, "; %s", others);
		return;
	}
	/* The text of the try; the kind is of no account, for it is made again. */
	snprintf(hp_board->history, sizeof(hp_board->history), "%s", others);
}

static void note_try(const struct outcome *outcome, struct tries *tries)
{
	char *why = tries->why[tries->n++];
	size_t len = sizeof(tries->why[0]), used = 0;

	if (hp_board->at[0])
		used += (size_t)snprintf(why, len, "%s: ", hp_board->at);
	if (hp_board->expected[0] && used < len)
		used += (size_t)snprintf(why + used, len - used, "expected %.200s, got ",
					 hp_board->expected);
	if (used < len)
		used += (size_t)snprintf(why + used, len - used, "%.400s", outcome->got);
	if (hp_board->history[0] && used < len)
		snprintf(why + used, len - used, "; %.400s", hp_board->history);
}

/* The figures of a case that is skipped for want of free memory. */
static void add_free_blocks(struct outcome *outcome, int tries)
{
	size_t used = strlen(outcome->got), size = hp_board->short_of;
	long blocks = hp_free_blocks(size);

	if (size && blocks >= 0)
		snprintf(outcome->got + used, sizeof(outcome->got) - used,
			 "; %ld free blocks of %zu kB, also after compaction (%d tries)",
			 blocks, size / 1024, tries);
	else
		snprintf(outcome->got + used, sizeof(outcome->got) - used,
			 ", also after compaction (%d tries)", tries);
}

/* Returns false when the program must not go on. */
static bool run_case(int number, const struct hp_case *c, const sigset_t *signals,
		     int *failed)
{
	static struct counters before, after;
	static struct outcome outcome;
	static struct tries tries;
	/* Nobody else: what is so once is so. */
	int most = getenv("HUGEPROOF_ALONE") ? 1 : HP_TRIES;
	double ms = 0;

	tries.n = 0;
	for (int try = 1;; try++) {
		if (!try_case(c, signals, &outcome, &before, &after, &ms)) {
			hp_undo_back_to(0);
			printf("Bail out! stopped by SIG%s\n", sigabbrev_np(told_to_stop));
			return false;
		}
		look_for_others(&outcome, try);
		if (!outcome.again || try == most)
			break;
		note_try(&outcome, &tries);
		if (outcome.skipped)
			hp_write_text("/proc/sys/vm/compact_memory", "1");
	}
	if (outcome.again && outcome.skipped)
		add_free_blocks(&outcome, most);
	print_point(number, c, &outcome, &before, &after, ms, &tries);
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
	hp_board = mmap(NULL, sizeof(*hp_board), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (hp_board == MAP_FAILED) {
		printf("Bail out! no memory\n");
		return 2;
	}
	/* Whoever started us may have ignored it: children would vanish unreaped. */
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&stop);
	sigaddset(&stop, SIGCHLD);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGHUP);
	sigprocmask(SIG_BLOCK, &stop, &old);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	/* A runner that is killed takes us along, in time to clean up. */
	if (getenv("HUGEPROOF_RUNNER"))
		prctl(PR_SET_PDEATHSIG, SIGTERM);

	hp_undo_back_to(0);
	hp_disturbance_begin();
	printf("TAP version 14\n");
	reason = first_unmet_need(buf, sizeof(buf));
	if (reason) {
		hp_undo_back_to(0);
		printf("1..0 # SKIP %s\n", reason);
		return 0;
	}
	printf("1..%d\n# seed %llu\n", n, (unsigned long long)hp_seed);
	for (int i = 0; i < n; i++)
		if (!run_case(i + 1, cases[i], &old, &failed))
			return 2;
	hp_undo_back_to(0);
	return failed ? 1 : 0;
}
