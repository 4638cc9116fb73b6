/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Accesses that may fault, and how they did. */
#ifndef HP_FRAME_GUARD_H
#define HP_FRAME_GUARD_H

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

#endif
