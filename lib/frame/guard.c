// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * SIGSEGV and SIGBUS in the processes of a case: caught where a case tries an access on
 * purpose (hp_try), otherwise recorded in the case's state before the signal kills the
 * process, so that the address can be reported.
 */
#include "frame/engine.h"
#include "frame/guard.h"
#include "frame/internal.h"

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* Per thread, since several threads may try an access at once. */
static __thread sigjmp_buf retreat;
static __thread volatile sig_atomic_t trying;
static __thread volatile sig_atomic_t calling;
static __thread struct hp_fault caught;

/* Per process, since the signal may go to any of its threads. */
static volatile sig_atomic_t expects_action_optional;
static struct hp_action_optional_signals optional_signals;

static bool of_memory(const siginfo_t *info)
{
	return info->si_code == BUS_MCEERR_AR || info->si_code == BUS_MCEERR_AO;
}

static void on_fault(int signo, siginfo_t *info, void *context)
{
	const struct hp_fault fault = {signo, info->si_code, info->si_addr,
				       info->si_addr_lsb};

	(void)context;
	if (signo == SIGBUS && info->si_code == BUS_MCEERR_AO && expects_action_optional) {
		optional_signals.last = fault;
		optional_signals.thread = gettid();
		optional_signals.count++;
		return;
	}
	if (calling && signo == SIGBUS && of_memory(info)) {
		caught = fault;
		return;
	}
	if (trying) {
		caught = fault;
		siglongjmp(retreat, 1);
	}
	if (hp_self && !hp_self->death.signo) {
		hp_self->death.code = info->si_code;
		hp_self->death.addr = info->si_addr;
		hp_self->death.addr_lsb = info->si_addr_lsb;
		hp_self->death.signo = signo;
	}
	signal(signo, SIG_DFL);
	raise(signo);
}

void hp_guard_arm(struct hp_proc *self)
{
	struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

	memset(&self->death, 0, sizeof(self->death));
	expects_action_optional = 0;
	optional_signals = (struct hp_action_optional_signals){0};
	sigemptyset(&action.sa_mask);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

struct hp_fault hp_try(volatile void *addr, enum hp_access access)
{
	caught = (struct hp_fault){0};
	if (!sigsetjmp(retreat, 1)) {
		trying = 1;
		if (access == HP_WRITE)
			*(volatile unsigned char *)addr = 'w';
		else
			(void)*(volatile unsigned char *)addr;
	}
	trying = 0;
	return caught;
}

struct hp_fault hp_try_body(void (*body)(void *arg), void *arg)
{
	caught = (struct hp_fault){0};
	if (!sigsetjmp(retreat, 0)) {
		trying = 1;
		body(arg);
	}
	trying = 0;
	if (caught.signo) {
		sigset_t faults;

		/* Cheaper than saving the mask in sigsetjmp(), a system call each time. */
		sigemptyset(&faults);
		sigaddset(&faults, SIGSEGV);
		sigaddset(&faults, SIGBUS);
		pthread_sigmask(SIG_UNBLOCK, &faults, NULL);
	}
	return caught;
}

struct hp_fault hp_try_call(int (*call)(void *arg), void *arg, int *result)
{
	caught = (struct hp_fault){0};
	calling = 1;
	*result = call(arg);
	calling = 0;
	return caught;
}

void hp_catch_action_optional(void)
{
	expects_action_optional = 1;
}

struct hp_action_optional_signals hp_action_optional(void)
{
	return optional_signals;
}
