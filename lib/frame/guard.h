/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory accesses that may raise SIGSEGV or SIGBUS. */
#ifndef HP_FRAME_GUARD_H
#define HP_FRAME_GUARD_H

#include <sys/types.h>

enum hp_access { HP_READ, HP_WRITE };

/* The signal that an access raised, with members as in siginfo_t; signo 0: none. */
struct hp_fault {
	int signo, code;
	void *addr;
	short addr_lsb;
};

/**
 * DOC: Access memory that may fault
 */

/**
 * hp_try() - access a byte, and catch the signal that this may raise
 * @addr: the byte
 * @access: HP_READ, or HP_WRITE, which writes 'w'
 *
 * Only SIGSEGV and SIGBUS are caught.
 *
 * Return: the signal that the access raised; signo 0 if none.
 */
struct hp_fault hp_try(volatile void *addr, enum hp_access access);

/**
 * hp_catch_action_optional() - catch action-optional memory failure signals
 *
 * From now on SIGBUS with BUS_MCEERR_AO, whose default action kills the process, is only
 * counted.
 *
 * Undone: when the process exits.
 */
void hp_catch_action_optional(void);

/* The number of signals so far, the last of them, and the thread that got it. */
struct hp_action_optional_signals {
	int count;
	struct hp_fault last;
	pid_t thread;
};

/**
 * hp_action_optional() - the action-optional memory failure signals so far
 *
 * Return: the number of signals that hp_catch_action_optional() has caught, the last of
 *   them, and the thread that got it.
 */
struct hp_action_optional_signals hp_action_optional(void);

#endif
