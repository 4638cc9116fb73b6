/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Accesses that may fault, and how they did. */
#ifndef HP_FRAME_GUARD_H
#define HP_FRAME_GUARD_H

#include <sys/types.h>

enum hp_access { HP_READ, HP_WRITE };

/* How an access ended: signo 0 is success; the rest as in siginfo_t. */
struct hp_fault {
	int signo, code;
	void *addr;
	short addr_lsb;
};

/*
 * Reads the byte at addr, or writes 'w' to it, and tells which signal that
 * raised. Only SIGSEGV and SIGBUS are caught.
 */
struct hp_fault hp_try(volatile void *addr, enum hp_access access);

/*
 * Runs body(arg), which leaves at the first access that raises SIGSEGV or SIGBUS, and tells
 * that signal; signo 0: it came to its end. What body changes and others read must be
 * volatile or atomic. Not to be nested.
 */
struct hp_fault hp_try_body(void (*body)(void *arg), void *arg);

/*
 * Makes a call that may raise SIGBUS for a memory error (BUS_MCEERR_*) while it runs, and
 * tells that signal; the call goes on to its end. *result is what it returned.
 */
struct hp_fault hp_try_call(int (*call)(void *arg), void *arg, int *result);

/*
 * From now on this process survives the news that memory went bad which nobody touches
 * just now (BUS_MCEERR_AO): hp_news tells them. Without it they kill, as they do by
 * default.
 */
void hp_heed_news(void);

/* The news so far: how many came, the last of them, and which thread got it. */
struct hp_news {
	int count;
	struct hp_fault last;
	pid_t thread;
};
struct hp_news hp_news(void);

#endif
