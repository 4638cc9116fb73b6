/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Processes of a case. A check that fails in any of them fails the case, and
 * none of them outlives it. Nobody waits for ever: when nobody is left who could
 * end a wait, the wait fails.
 */
#ifndef HP_FRAME_PROCESS_H
#define HP_FRAME_PROCESS_H

#include "frame/check.h"

#include <pthread.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * DOC: Fork, wait and meet
 */

/**
 * hp_fork() - run a function in a child process
 * @body: what it runs; the child exits with success when this returns
 * @arg: for body; memory as of the fork
 *
 * A check that fails in the child fails the case. The child dies with its parent.
 *
 * Return: its process id, for hp_wait_ok(), hp_check_killed() or hp_wait().
 */
pid_t hp_fork(void (*body)(void *arg), void *arg);

/**
 * hp_in_child() - run the block that follows in a child, and wait for its end
 *
 *	hp_in_child() {
 *		hp_check_filled(area, 'p');
 *		hp_fill(area, 'c');
 *	}
 *
 * The child has the variables of the function as of the fork, and what it changes in them
 * is its own. It ends with the block, which neither break nor return may leave.
 *
 * Errors: a check that fails in the child, or another end of it, fails the case.
 */
#define hp_in_child()                                                                      \
	for (pid_t hp_child_ = hp_beside_child_at();                                       \
	     hp_in_child_at(HP_HERE("the child's block ends well"), hp_child_);            \
	     hp_end_child())

/**
 * hp_beside_child() - run the block that follows in a child, and go on beside it
 * @pid: a pid_t variable; gets the child's id, for hp_wait_ok(), hp_check_killed() or
 *   hp_wait()
 *
 * Otherwise as hp_in_child().
 */
#define hp_beside_child(pid) for ((pid) = hp_beside_child_at(); !(pid); hp_end_child())

/**
 * hp_end_child() - end the block of a child before its end
 *
 * The child has come to its end with success.
 */
_Noreturn void hp_end_child(void);

/* How a process ended: status as from waitpid(2); the rest for SIGSEGV and SIGBUS. */
struct hp_end {
	int status, code;
	void *addr;
	short addr_lsb;
};

/**
 * hp_wait() - wait for a child
 * @pid: of hp_fork()
 *
 * Ends the caller quietly where a check has failed in the child.
 *
 * Return: how it ended, and for SIGSEGV and SIGBUS where.
 */
struct hp_end hp_wait(pid_t pid);

/**
 * hp_wait_ok() - wait for a child, which must come to the end of its body
 * @pid: of hp_fork()
 *
 * Errors: otherwise the case fails, and tells the signal and the child's last step.
 */
#define hp_wait_ok(pid) hp_wait_ok_at(HP_HERE("hp_wait_ok(" #pid ")"), pid)

/**
 * hp_check_killed() - wait for a child, which a signal must have killed
 * @pid: of hp_fork()
 * @signo: the signal
 *
 * Evaluates to the struct hp_end of hp_wait().
 *
 * Errors: otherwise the case fails, and tells how the child ended.
 */
#define hp_check_killed(pid, signo)                                                        \
	hp_check_killed_at(HP_HERE("hp_check_killed(" #pid ", " #signo ")"), pid, signo)

/**
 * hp_fork_paused() - fork a process of two parts, with a pause between them
 * @before: what it does at once; NULL: nothing
 * @after: what it does when hp_resume_ok() lets it go on; NULL: nothing
 * @arg: of both
 *
 * Return: the process, when @before has come to its end.
 */
struct hp_paused *hp_fork_paused(void (*before)(void *arg), void (*after)(void *arg),
				 void *arg);

/**
 * hp_paused_child() - run the block that follows in a child, up to its hp_pause()
 * @paused: a struct hp_paused * variable; gets the child, for hp_resume_ok()
 *
 *	hp_paused_child(child) {
 *		hp_check_filled(area, 'p');
 *		hp_pause(child);
 *		hp_check_filled(area, 'p');
 *	}
 *	hp_fill(area, 'P');
 *	hp_resume_ok(child);
 *
 * What follows the block runs when the child has come to its pause. Otherwise as
 * hp_in_child().
 */
#define hp_paused_child(paused)                                                            \
	for ((paused) = hp_paused_child_at(); !hp_paused_pid(paused); hp_end_child())

/**
 * hp_pause() - wait in the block of a hp_paused_child() to be let go on
 * @paused: the child; once in the block, and nowhere else
 */
void hp_pause(struct hp_paused *paused);

/**
 * hp_paused_pid() - the pid of a paused process
 * @paused: of hp_fork_paused()
 *
 * Return: the pid.
 */
pid_t hp_paused_pid(const struct hp_paused *paused);

/**
 * hp_resume() - let a paused process go on
 * @paused: of hp_fork_paused() or hp_paused_child()
 *
 * Return: its id, for hp_check_killed() or hp_wait().
 */
pid_t hp_resume(struct hp_paused *paused);

/**
 * hp_resume_ok() - let a paused process go on, and wait for its end
 * @paused: of hp_fork_paused()
 *
 * Errors: another end than that of its second part fails the case.
 */
#define hp_resume_ok(paused) hp_resume_ok_at(HP_HERE("hp_resume_ok(" #paused ")"), paused)

/**
 * hp_thread() - make a thread of the calling process
 * @body: what it runs
 * @arg: of the body
 *
 * Return: the thread, for hp_join().
 * Errors: a refusal makes the case broken.
 */
pthread_t hp_thread(void *(*body)(void *arg), void *arg);

/**
 * hp_join() - wait for the end of a thread
 * @thread: of hp_thread()
 *
 * Return: what its body returned.
 */
void *hp_join(pthread_t thread);

/**
 * hp_shared() - memory that processes forked later share
 * @bytes: how much
 *
 * Return: zeroed memory, of base pages.
 * Undone: with the processes.
 */
void *hp_shared(size_t bytes);

/**
 * hp_barrier_new() - make a meeting point
 * @n: how many processes or threads of the case meet there, again and again
 *
 * Return: the barrier, in memory that processes forked later share.
 */
struct hp_barrier *hp_barrier_new(int n);

/**
 * hp_meet() - wait until all have come
 * @barrier: of hp_barrier_new()
 *
 * Errors: the case fails when all its other processes have ended or wait as well: nobody is
 *   left who could come.
 */
void hp_meet(struct hp_barrier *barrier);

/* Of the blocks above. A pid of 0 is the child's own. */
pid_t hp_beside_child_at(void);
bool hp_in_child_at(const struct hp_where *where, pid_t pid);
struct hp_paused *hp_paused_child_at(void);
void hp_wait_ok_at(const struct hp_where *where, pid_t pid);
void hp_resume_ok_at(const struct hp_where *where, struct hp_paused *paused);
struct hp_end hp_check_killed_at(const struct hp_where *where, pid_t pid, int signo);

#endif
