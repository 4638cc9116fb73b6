// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A fault-injection shim for SysV segments and pipes: a preloaded library that imitates a
 * faulty kernel. HUGEPROOF_WRONG names the fault (see wrong_kernel.c).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))

static bool wrong(const char *what)
{
	const char *asked = getenv("HUGEPROOF_WRONG");

	return asked && !strcmp(asked, what);
}

int shmget(key_t key, size_t size, int flags)
{
	size_t page = (size_t)1 << ((unsigned int)flags >> 26 & 0x3f);

	if (wrong("not-exclusive"))
		flags &= ~IPC_EXCL;
	if (wrong("rounds-down") && flags & SHM_HUGETLB && size > page)
		size = size / page * page;
	return REAL(shmget)(key, size, flags);
}

int shmctl(int id, int command, struct shmid_ds *status)
{
	int result = REAL(shmctl)(id, command, status);

	if (wrong("attaches-uncounted") && command == IPC_STAT && !result)
		status->shm_nattch = 0;
	/* Locking faults the pages in. */
	if (wrong("lock-takes-pages") && command == SHM_LOCK && !result)
		*(volatile char *)REAL(shmat)(id, NULL, 0) = 1;
	return result;
}

ssize_t splice(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t bytes,
	       unsigned int flags)
{
	if (wrong("splice-says-done"))
		return (ssize_t)bytes;
	return REAL(splice)(in, in_offset, out, out_offset, bytes, flags);
}
