// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * SIGSEGV and SIGBUS in the processes of a case: caught where a case tries an
 * access on purpose (hp_try), otherwise written on the board before the process
 * dies of it, so that the report can tell the address.
 */
#include "frame/guard.h"
#include "frame/internal.h"

#include <setjmp.h>
#include <string.h>
#include <unistd.h>

/* Per thread: an access may be tried by many threads at once. */
static __thread sigjmp_buf retreat;
static __thread volatile sig_atomic_t trying;
static __thread struct hp_fault caught;

static void on_fault(int signo, siginfo_t *info, void *context)
{
	(void)context;
	if (trying) {
		caught.signo = signo;
		caught.code = info->si_code;
		caught.addr = info->si_addr;
		caught.addr_lsb = info->si_addr_lsb;
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
