// SPDX-License-Identifier: LGPL-2.1-or-later
#include "frame/process.h"
#include "frame/engine.h"
#include "frame/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t hp_beside_child_at(void)
{
	pid_t parent = getpid(), pid;

	fflush(NULL);
	/* Counted before it registers itself, so that hp_meet() knows that it exists. */
	atomic_fetch_add(&hp_state->forked, 1);
	pid = fork();
	if (pid < 0)
		hp_bail("cannot fork: %s", strerror(errno));
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(HP_EXIT_REPORTED);
	hp_enter_process();
	return 0;
}

void hp_end_child(void)
{
	fflush(NULL);
	_exit(HP_EXIT_OK);
}

pid_t hp_fork(void (*body)(void *arg), void *arg)
{
	pid_t pid = hp_beside_child_at();

	if (pid)
		return pid;
	body(arg);
	hp_end_child();
}

bool hp_in_child_at(const struct hp_where *where, pid_t pid)
{
	if (pid)
		hp_wait_ok_at(where, pid);
	return !pid;
}

static struct hp_proc *find_process(pid_t pid)
{
	/* The latest first: a pid may have been reused. */
	for (int i = atomic_load(&hp_state->procs) - 1; i >= 0; i--)
		if (i < HP_MAX_PROCS && atomic_load(&hp_state->proc[i].pid) == pid)
			return &hp_state->proc[i];
	return NULL;
}

struct hp_end hp_wait(pid_t pid)
{
	struct hp_end end = {0};
	struct hp_proc *proc;
	pid_t got;

	atomic_fetch_add(&hp_self->waiting, 1);
	do {
		got = waitpid(pid, &end.status, 0);
	} while (got < 0 && errno == EINTR);
	atomic_fetch_sub(&hp_self->waiting, 1);
	atomic_fetch_add(&hp_state->progress, 1);
	if (got < 0)
		hp_bail("cannot wait for process %d: %s", pid, strerror(errno));
	if (WIFEXITED(end.status) && WEXITSTATUS(end.status) == HP_EXIT_REPORTED)
		hp_leave_quietly();
	proc = find_process(pid);
	if (proc && WIFSIGNALED(end.status) && proc->death.signo == WTERMSIG(end.status)) {
		end.code = proc->death.code;
		end.addr = proc->death.addr;
		end.addr_lsb = proc->death.addr_lsb;
	}
	return end;
}

static _Noreturn void fail_end(const struct hp_where *where, const char *expected,
			       pid_t pid, const struct hp_end *end)
{
	struct hp_proc *proc = find_process(pid);
	const char *step = proc && proc->step[0] ? proc->step : "";

	if (!WIFSIGNALED(end->status))
		hp_fail_at(where, expected, "exit with status %d",
			   WEXITSTATUS(end->status));
	if (end->addr)
		hp_fail_at(where, expected, "killed by SIG%s (code %d) at %p; its step: %s",
			   sigabbrev_np(WTERMSIG(end->status)), end->code, end->addr, step);
	hp_fail_at(where, expected, "killed by SIG%s; its step: %s",
		   sigabbrev_np(WTERMSIG(end->status)), step);
}

void hp_wait_ok_at(const struct hp_where *where, pid_t pid)
{
	struct hp_end end = hp_wait(pid);

	if (!WIFEXITED(end.status) || WEXITSTATUS(end.status))
		fail_end(where, "the process completes", pid, &end);
}

struct hp_end hp_check_killed_at(const struct hp_where *where, pid_t pid, int signo)
{
	struct hp_end end = hp_wait(pid);
	char expected[32];

	snprintf(expected, sizeof(expected), "killed by SIG%s", sigabbrev_np(signo));
	if (!WIFSIGNALED(end.status) || WTERMSIG(end.status) != signo)
		fail_end(where, expected, pid, &end);
	return end;
}

struct hp_paused {
	struct hp_barrier *barrier;
	pid_t pid; /* 0 in the child itself */
};

struct hp_paused *hp_paused_child_at(void)
{
	struct hp_paused *paused = malloc(sizeof(*paused));

	if (!paused)
		hp_bail("no memory");
	paused->barrier = hp_barrier_new(2);
	paused->pid = hp_beside_child_at();
	if (paused->pid)
		hp_meet(paused->barrier);
	return paused;
}

void hp_pause(struct hp_paused *paused)
{
	hp_meet(paused->barrier);
	hp_meet(paused->barrier);
}

struct hp_paused *hp_fork_paused(void (*before)(void *arg), void (*after)(void *arg),
				 void *arg)
{
	struct hp_paused *paused;

	hp_paused_child(paused) {
		if (before)
			before(arg);
		hp_pause(paused);
		if (after)
			after(arg);
	}
	return paused;
}

pid_t hp_paused_pid(const struct hp_paused *paused)
{
	return paused->pid;
}

pid_t hp_resume(struct hp_paused *paused)
{
	pid_t pid = paused->pid;

	hp_meet(paused->barrier);
	free(paused);
	return pid;
}

void hp_resume_ok_at(const struct hp_where *where, struct hp_paused *paused)
{
	hp_wait_ok_at(where, hp_resume(paused));
}

pthread_t hp_thread(void *(*body)(void *arg), void *arg)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, body, arg);

	if (error)
		hp_bail("cannot create a thread: %s", strerror(error));
	return thread;
}

void *hp_join(pthread_t thread)
{
	void *result = NULL;
	int error = pthread_join(thread, &result);

	if (error)
		hp_bail("cannot join a thread: %s", strerror(error));
	return result;
}

void *hp_shared(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);

	if (memory == MAP_FAILED)
		hp_bail("no memory: %s", strerror(errno));
	return memory;
}
