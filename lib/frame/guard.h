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

/**
 * DOC: Access memory that may fault
 */

/**
 * hp_try() - access a byte, and survive
 * @addr: the byte
 * @access: HP_READ, or HP_WRITE, which writes 'w'
 *
 * Only SIGSEGV and SIGBUS are caught.
 *
 * Return: the signal that the access raised; signo 0 if none.
 */
struct hp_fault hp_try(volatile void *addr, enum hp_access access);

/**
 * hp_catch_action_optional() - survive the signals of memory errors not yet accessed
 *
 * From now on SIGBUS with BUS_MCEERR_AO, whose default action kills the process, is only
 * counted.
 *
 * Undone: with the process.
 */
void hp_catch_action_optional(void);

/* The signals so far: how many came, the last of them, and which thread got it. */
struct hp_action_optional_signals {
	int count;
	struct hp_fault last;
	pid_t thread;
};

/**
 * hp_action_optional() - the action-optional signals of memory errors so far
 *
 * Return: how many signals hp_catch_action_optional() has caught, the last of them, and
 *   which thread got it.
 */
struct hp_action_optional_signals hp_action_optional(void);

#endif
