/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Processes of a case. A check that fails in any of them fails the case, and none of them
 * outlives it. A wait that no process could end any more fails, instead of blocking for
 * ever.
 */
#ifndef HP_FRAME_PROCESS_H
#define HP_FRAME_PROCESS_H

#include "frame/check.h"

#include <pthread.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * DOC: Fork, wait and synchronize
 */

/**
 * hp_fork() - run a function in a child process
 * @body: the function; the child exits successfully when it returns
 * @arg: argument of body; the memory is as of the fork
 *
 * A check that fails in the child fails the case. The child is killed when its parent
 * exits.
 *
 * Return: the child's pid, for hp_wait_ok(), hp_check_killed() or hp_wait().
 */
pid_t hp_fork(void (*body)(void *arg), void *arg);

/**
 * hp_in_child() - run the following block in a child, and wait for it
 *
 *	hp_in_child() {
 *		hp_check_filled(area, 'p');
 *		hp_fill(area, 'c');
 *	}
 *
 * The child has its own copy of the function's variables. It exits at the end of the block,
 * which must not be left by break or return.
 *
 * Errors: the case fails if a check fails in the child, or if it exits otherwise.
 */
#define hp_in_child()                                                                      \
	for (pid_t hp_child_ = hp_beside_child_at();                                       \
	     hp_in_child_at(HP_HERE("the child's block ends well"), hp_child_);            \
	     hp_end_child())

/**
 * hp_beside_child() - run the following block in a child, without waiting for it
 * @pid: a pid_t variable; set to the child's pid, for hp_wait_ok(), hp_check_killed() or
 *   hp_wait()
 *
 * Otherwise as hp_in_child().
 */
#define hp_beside_child(pid) for ((pid) = hp_beside_child_at(); !(pid); hp_end_child())

/**
 * hp_end_child() - leave the block of a child early
 *
 * The child exits successfully.
 */
_Noreturn void hp_end_child(void);

/*
 * How a process ended: the status of waitpid(2); the other members are for SIGSEGV and
 * SIGBUS.
 */
struct hp_end {
	int status, code;
	void *addr;
	short addr_lsb;
};

/**
 * hp_wait() - wait for a child
 * @pid: of hp_fork()
 *
 * Ends the caller silently if a check has failed in the child.
 *
 * Return: how it ended, and for SIGSEGV and SIGBUS at which address.
 */
struct hp_end hp_wait(pid_t pid);

/**
 * hp_wait_ok() - wait for a child, which must exit successfully
 * @pid: of hp_fork()
 *
 * Errors: otherwise the case fails, and reports the signal and the child's last step.
 */
#define hp_wait_ok(pid) hp_wait_ok_at(HP_HERE("hp_wait_ok(" #pid ")"), pid)

/**
 * hp_check_killed() - wait for a child, which a signal must have killed
 * @pid: of hp_fork()
 * @signo: the signal
 *
 * Evaluates to the struct hp_end of hp_wait().
 *
 * Errors: otherwise the case fails, and reports how the child ended.
 */
#define hp_check_killed(pid, signo)                                                        \
	hp_check_killed_at(HP_HERE("hp_check_killed(" #pid ", " #signo ")"), pid, signo)

/**
 * hp_fork_paused() - fork a child that pauses between two functions
 * @before: runs at once; NULL: nothing
 * @after: runs when hp_resume_ok() resumes the child; NULL: nothing
 * @arg: argument of both
 *
 * Return: the child, after @before has returned.
 */
struct hp_paused *hp_fork_paused(void (*before)(void *arg), void (*after)(void *arg),
				 void *arg);

/**
 * hp_paused_child() - run the following block in a child, up to its hp_pause()
 * @paused: a struct hp_paused * variable; set to the child, for hp_resume_ok()
 *
 *	hp_paused_child(child) {
 *		hp_check_filled(area, 'p');
 *		hp_pause(child);
 *		hp_check_filled(area, 'p');
 *	}
 *	hp_fill(area, 'P');
 *	hp_resume_ok(child);
 *
 * The parent continues after the block once the child has reached hp_pause(). Otherwise
 * like hp_in_child().
 */
#define hp_paused_child(paused)                                                            \
	for ((paused) = hp_paused_child_at(); !hp_paused_pid(paused); hp_end_child())

/**
 * hp_pause() - wait in the block of hp_paused_child() to be resumed
 * @paused: the child; call it exactly once, in the block
 */
void hp_pause(struct hp_paused *paused);

/**
 * hp_paused_pid() - the pid of a paused process
 * @paused: of hp_fork_paused()
 *
 * Return: its pid.
 */
pid_t hp_paused_pid(const struct hp_paused *paused);

/**
 * hp_resume() - resume a paused process
 * @paused: of hp_fork_paused() or hp_paused_child()
 *
 * Return: its pid, for hp_check_killed() or hp_wait().
 */
pid_t hp_resume(struct hp_paused *paused);

/**
 * hp_resume_ok() - resume a paused process, and wait for it
 * @paused: of hp_fork_paused()
 *
 * Errors: the case fails unless it exits successfully.
 */
#define hp_resume_ok(paused) hp_resume_ok_at(HP_HERE("hp_resume_ok(" #paused ")"), paused)

/**
 * hp_thread() - create a thread
 * @body: the function it runs
 * @arg: argument of the function
 *
 * Return: the thread, for hp_join().
 * Errors: the case is broken if this fails.
 */
pthread_t hp_thread(void *(*body)(void *arg), void *arg);

/**
 * hp_join() - wait for the end of a thread
 * @thread: of hp_thread()
 *
 * Return: the return value of its function.
 */
void *hp_join(pthread_t thread);

/**
 * hp_shared() - allocate memory that is shared with children forked later
 * @bytes: how much
 *
 * Return: zeroed memory.
 * Undone: when the processes exit.
 */
void *hp_shared(size_t bytes);

/**
 * hp_barrier_new() - create a barrier
 * @n: how many processes or threads of the case must call hp_meet(); reusable
 *
 * Return: the barrier, in memory shared with children forked later.
 */
struct hp_barrier *hp_barrier_new(int n);

/**
 * hp_meet() - wait at a barrier until all have arrived
 * @barrier: of hp_barrier_new()
 *
 * Errors: the case fails on a deadlock: if all its other processes have exited or wait as
 *   well.
 */
void hp_meet(struct hp_barrier *barrier);

/* Parts of the macros above. A pid of 0 means the child itself. */
pid_t hp_beside_child_at(void);
bool hp_in_child_at(const struct hp_where *where, pid_t pid);
struct hp_paused *hp_paused_child_at(void);
void hp_wait_ok_at(const struct hp_where *where, pid_t pid);
void hp_resume_ok_at(const struct hp_where *where, struct hp_paused *paused);
struct hp_end hp_check_killed_at(const struct hp_where *where, pid_t pid, int signo);

#endif
