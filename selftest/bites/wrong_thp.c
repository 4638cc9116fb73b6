// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A fault-injection shim for transparent huge pages: a preloaded library that imitates a
 * faulty kernel. HUGEPROOF_WRONG names the fault (see wrong_kernel.c).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#define THP (UINT64_C(2) << 20)

#define REAL(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))

struct io_uring;
int io_uring_register_buffers(struct io_uring *ring, const struct iovec *ranges,
			      unsigned int n);
int io_uring_unregister_buffers(struct io_uring *ring);
long mbind(void *addr, unsigned long size, int mode, const unsigned long *mask,
	   unsigned long bits, unsigned int flags);

/* The range of the latest MADV_HUGEPAGE. */
static struct {
	void *addr;
	size_t size;
} last;

static bool wrong(const char *what)
{
	const char *asked = getenv("HUGEPROOF_WRONG");

	return asked && !strcmp(asked, what);
}

/* Corrupts a word in the middle of the range. */
static void lose_word(void *addr, size_t size)
{
	((volatile uint64_t *)addr)[size / 2 / sizeof(uint64_t)] ^= 0x55;
}

int madvise(void *addr, size_t size, int advice)
{
	__typeof__(madvise) *real = dlsym(RTLD_NEXT, "madvise");
	int result;

	if (wrong("advice-ignored") &&
	    (advice == MADV_HUGEPAGE || advice == MADV_NOHUGEPAGE))
		return 0;
	if (wrong("refusal-ignored") && advice == MADV_NOHUGEPAGE)
		return 0;
	if (wrong("drops-nothing") && advice == MADV_DONTNEED)
		return 0;
	if (wrong("drops-whole") && advice == MADV_DONTNEED) {
		size += (uintptr_t)addr % THP;
		addr = (char *)addr - (uintptr_t)addr % THP;
		size = (size + THP - 1) / THP * THP;
	}
	if (wrong("collapse-says-done") && advice == MADV_COLLAPSE)
		return 0;
	/* With length 0 it succeeds, since the advice itself is supported. */
	if (wrong("collapse-refuses") && advice == MADV_COLLAPSE && size) {
		errno = EINVAL;
		return -1;
	}
	result = real(addr, size, advice);
	if (advice == MADV_HUGEPAGE && !result) {
		last.addr = addr;
		last.size = size;
	}
	if (wrong("collapse-loses-word") && advice == MADV_COLLAPSE && !result)
		lose_word(addr, size);
	return result;
}

int mprotect(void *addr, size_t size, int prot)
{
	__typeof__(mprotect) *real = dlsym(RTLD_NEXT, "mprotect");

	if (wrong("protects-nothing") && prot == PROT_READ)
		return 0;
	/* Before the range becomes read-only. */
	if (wrong("protects-and-loses-word") && prot == PROT_READ)
		lose_word(addr, size);
	return real(addr, size, prot);
}

int munmap(void *addr, size_t size)
{
	__typeof__(munmap) *real = dlsym(RTLD_NEXT, "munmap");

	/* Not when a new, untouched mapping is trimmed for alignment. */
	if (wrong("unmaps-little") && size > 8192 && size < THP)
		size -= 4096;
	if (wrong("unmaps-no-page") && size == 4096)
		return 0;
	return real(addr, size);
}

void *mremap(void *old, size_t old_size, size_t new_size, int flags, ...)
{
	void *(*real)(void *, size_t, size_t, int, ...) = dlsym(RTLD_NEXT, "mremap");
	void *to, *got;
	va_list args;

	va_start(args, flags);
	to = va_arg(args, void *);
	va_end(args);
	got = real(old, old_size, new_size, flags, to);
	if (got == MAP_FAILED)
		return got;
	if (wrong("moves-copies")) {
		/* Copies into other page frames. */
		size_t size = old_size < new_size ? old_size : new_size;
		char *copy = malloc(size);

		if (copy) {
			memcpy(copy, got, size);
			madvise(got, size, MADV_DONTNEED);
			memcpy(got, copy, size);
			free(copy);
		}
	}
	if (wrong("moves-lose-word"))
		lose_word(got, old_size < new_size ? old_size : new_size);
	return got;
}

long mbind(void *addr, unsigned long size, int mode, const unsigned long *mask,
	   unsigned long bits, unsigned int flags)
{
	__typeof__(mbind) *real = dlsym(RTLD_NEXT, "mbind");
	long result = real(addr, size, mode, mask, bits, flags);

	if (wrong("bind-loses-word") && !result)
		lose_word(addr, size);
	return result;
}

pid_t fork(void)
{
	__typeof__(fork) *real = dlsym(RTLD_NEXT, "fork");
	pid_t pid = real();

	if (!pid && last.addr && wrong("fork-loses-word"))
		lose_word(last.addr, last.size);
	return pid;
}

int io_uring_register_buffers(struct io_uring *ring, const struct iovec *ranges,
			      unsigned int n)
{
	__typeof__(io_uring_register_buffers) *real =
		dlsym(RTLD_NEXT, "io_uring_register_buffers");

	return wrong("pins-nothing") ? 0 : real(ring, ranges, n);
}

int io_uring_unregister_buffers(struct io_uring *ring)
{
	__typeof__(io_uring_unregister_buffers) *real =
		dlsym(RTLD_NEXT, "io_uring_unregister_buffers");

	return wrong("pins-nothing") ? 0 : real(ring);
}

int prctl(int option, ...)
{
	int (*real)(int, ...) = dlsym(RTLD_NEXT, "prctl");
	unsigned long arg[4];
	va_list args;

	va_start(args, option);
	for (int i = 0; i < 4; i++)
		arg[i] = va_arg(args, unsigned long);
	va_end(args);
	if (wrong("process-cannot-refuse") && option == PR_SET_THP_DISABLE)
		return 0;
	return real(option, arg[0], arg[1], arg[2], arg[3]);
}
