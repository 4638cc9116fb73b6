// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One attempt at a case: starts its process, waits for it, judges how it ended, and checks
 * that the hugetlb pools are as before.
 */
#include "frame/attempt.h"
#include "frame/engine.h"
#include "frame/internal.h"
#include "observe/others.h"
#include "observe/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How long killed processes may take to exit: freeing a gigantic page takes time. */
#define REAP_SECONDS 10
/* How long the kernel may take to free a process's pages after its exit. */
#define REST_SECONDS 1

volatile sig_atomic_t hp_stopped_by;

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

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000},
		  NULL);
}

void hp_stop_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGQUIT);
}

bool hp_stop_asked(void)
{
	sigset_t set;
	int signo;

	/* Processes of the case do not block these signals: they are killed by them. */
	if (hp_self)
		return false;
	hp_stop_signals(&set);
	if (!hp_stopped_by && (signo = sigtimedwait(&set, NULL, &(struct timespec){0})) > 0)
		hp_stopped_by = signo;
	return hp_stopped_by;
}

/* Waits for the case to end. Returns false on time-out, or when a signal asked to stop. */
static bool wait_for_case(pid_t pid, int64_t deadline, int *status)
{
	sigset_t set;

	hp_stop_signals(&set);
	sigaddset(&set, SIGCHLD);
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
			hp_stopped_by = signo;
			return false;
		}
	}
}

/* Appends the step and the wait channel of each process of the case that is still alive. */
static void describe_processes(char *buf, size_t len)
{
	int n = atomic_load(&hp_state->procs);
	size_t used = strlen(buf);

	for (int i = 0; i < n && i < HP_MAX_PROCS && used < len; i++) {
		struct hp_proc *proc = &hp_state->proc[i];
		char path[64], where[80] = "?";
		pid_t pid = atomic_load(&proc->pid);

		snprintf(path, sizeof(path), "/proc/%d/wchan", pid);
		if (!pid || kill(pid, 0) || hp_read_text(path, where, sizeof(where)) < 0)
			continue;
		used += snprintf(buf + used, len - used, "; process %d (%s) in %s", i,
				 proc->step[0] ? proc->step : "no step reported", where);
	}
}

/*
 * Kills and reaps every process of the case: its process group and, since the supervisor is
 * their subreaper, those that left the group. Returns false if one does not exit.
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

static void judge_end(int status, struct hp_outcome *outcome)
{
	const struct hp_death *death = &hp_state->proc[0].death;

	switch (atomic_load(&hp_state->reported)) {
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
		memcpy(hp_state->step, hp_state->proc[0].step, sizeof(hp_state->step));
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
	memcpy(outcome->got, hp_state->got, sizeof(outcome->got));
}

static int64_t case_limit_ns(void)
{
	double seconds = hp_program.seconds ? hp_program.seconds : HP_DEFAULT_SECONDS;
	double lasts = 0, most, scaled;

	/* Clearing and copying a gigantic page takes time by itself. */
	seconds += 5.0 * (hp_page_size >> 30);
	/* The duration asked for with --seconds comes on top of the limit. */
	if (hp_program.kind == HP_RACE)
		lasts = hp_seconds(HP_RACE_SECONDS);
	if (hp_program.kind == HP_LOAD)
		lasts = hp_load_times() * hp_load_seconds();
	most = (seconds > HP_MOST_SECONDS ? seconds : HP_MOST_SECONDS) + lasts;
	scaled = (seconds + lasts) * hp_time_scale();
	return hp_now_ns() + (int64_t)((scaled < most ? scaled : most) * 1e9);
}

_Noreturn static void run_in_child(const struct hp_case *c, const sigset_t *signals,
				   pid_t supervisor)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* If the supervisor died before prctl(), nothing would ever kill this process. */
	if (getppid() != supervisor)
		_exit(HP_EXIT_REPORTED);
	sigprocmask(SIG_SETMASK, signals, NULL);
	signal(SIGPIPE, SIG_DFL);
	hp_enter_process();
	if (c->run_with)
		c->run_with(c->arg);
	else
		c->run();
	if (getppid() != supervisor)
		hp_bail("a block of hp_in_child() or its like was left by break or return");
	fflush(NULL);
	/* Set only here, so that a case that calls exit() early is noticed. */
	atomic_store(&hp_state->finished, 1);
	_exit(HP_EXIT_OK);
}

bool hp_attempt(const struct hp_case *c, const sigset_t *signals,
		struct hp_outcome *outcome, struct hp_counters *before,
		struct hp_counters *after, double *ms)
{
	int keep = atomic_load(&hp_state->undos), status = 0;
	int64_t start, rest, deadline = case_limit_ns();
	pid_t pid, supervisor = getpid();
	bool ended;

	memset(outcome, 0, sizeof(*outcome));
	hp_state_clear();
	hp_state->program_undos = keep;
	hp_state->program_journal = hp_journal_length();
	hp_read_counters(before);
	hp_state->events = before->events;
	start = hp_state->began_ns = hp_now_ns();
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		hp_bail("cannot fork: %s", strerror(errno));
	if (!pid)
		run_in_child(c, signals, supervisor);
	setpgid(pid, pid);
	ended = wait_for_case(pid, deadline, &status);
	if (!ended && !hp_stopped_by) {
		hp_note_starvation();
		hp_note_slowness();
		outcome->kind = "timeout";
		snprintf(outcome->got, sizeof(outcome->got), "still running after %.1f s",
			 (double)(hp_now_ns() - start) / 1e9);
		describe_processes(outcome->got, sizeof(outcome->got));
	}
	if (!end_processes(pid)) {
		outcome->kind = "timeout";
		snprintf(outcome->got, sizeof(outcome->got),
			 "processes of the case survive SIGKILL");
		describe_processes(outcome->got, sizeof(outcome->got));
	}
	*ms = (double)(hp_now_ns() - start) / 1e6;
	hp_undo_back_to(keep);
	if (hp_stopped_by)
		return false;
	if (!outcome->kind) {
		judge_end(status, outcome);
		if (!outcome->kind && !outcome->skipped &&
		    !atomic_load(&hp_state->finished)) {
			outcome->kind = "crash";
			snprintf(outcome->got, sizeof(outcome->got),
				 "its process called exit() before the case returned");
		}
	}

	rest = hp_deadline_ns(REST_SECONDS);
	for (;;) {
		hp_read_counters(after);
		if (hp_stop_asked())
			return false;
		if (!hp_each_pool_change(before, after, NULL, NULL) || hp_now_ns() >= rest)
			break;
		hp_state->freed_late = true;
		sleep_ms(2);
	}
	/*
	 * After a shortage or a disturbance, the pool may differ because of other
	 * processes.
	 */
	if ((!outcome->kind || !strcmp(outcome->kind, "broken")) && !outcome->again &&
	    hp_each_pool_change(before, after, NULL, NULL)) {
		struct text text = {outcome->got, sizeof(outcome->got), 0};

		outcome->kind = "leak";
		for (int i = 0; i < after->sizes; i++)
			hp_state->others_use_changed |=
				before->pool[i].theirs != after->pool[i].theirs;
		outcome->skipped = false;
		snprintf(hp_state->expected, sizeof(hp_state->expected),
			 "the pools as before the case");
		hp_each_pool_change(before, after, append_change, &text);
	}
	return true;
}
