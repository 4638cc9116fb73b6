// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A fault-injection shim for hugetlb: a preloaded library that imitates a faulty kernel.
 * HUGEPROOF_WRONG names the fault in the system calls on huge pages.
 * selftest/bites/test_bites.py runs the tests with it, each of which must fail.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <sys/types.h>
#include <unistd.h>

#define HUGETLBFS_MAGIC 0x958458f6

#define REAL(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))

int ftruncate64(int fd, off64_t length);
void *mmap64(void *addr, size_t length, int prot, int flags, int fd, off64_t offset);

static struct {
	char *addr;
	size_t length, page;
} last; /* the latest mapping of huge pages in this process */

static void *real_mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
	__typeof__(mmap) *real = dlsym(RTLD_NEXT, "mmap");

	return real(addr, length, prot, flags, fd, offset);
}

/* Maps anonymous huge pages of that size. */
static void map_fresh(void *addr, size_t length, int prot, int flags, size_t page)
{
	real_mmap(addr, length, prot,
		  flags | MAP_ANONYMOUS | MAP_HUGETLB | __builtin_ctzl(page) << 26, -1, 0);
}

static bool wrong(const char *what)
{
	const char *asked = getenv("HUGEPROOF_WRONG");

	return asked && !strcmp(asked, what);
}

/* The huge page size of a file or of flags; 0 if they have none. */
static size_t huge_page(int flags, int fd)
{
	struct statfs fs;

	if (flags & MAP_HUGETLB)
		return (size_t)1 << ((unsigned int)flags >> 26 & 0x3f);
	if (fd >= 0 && !fstatfs(fd, &fs) && (unsigned long)fs.f_type == HUGETLBFS_MAGIC)
		return fs.f_bsize;
	return 0;
}

void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
	size_t page = huge_page(flags, fd);
	void *got;

	if (!page)
		return real_mmap(addr, length, prot, flags, fd, offset);
	if (wrong("private-is-shared"))
		flags = (flags & ~MAP_TYPE) | MAP_SHARED;
	if (wrong("shared-is-private"))
		flags = (flags & ~MAP_TYPE) | MAP_PRIVATE;
	if (wrong("reserves-always"))
		flags &= ~MAP_NORESERVE;
	if (wrong("reserves-never"))
		flags |= MAP_NORESERVE;
	if (wrong("populates"))
		flags |= MAP_POPULATE;
	if (wrong("base-pages") && (flags & MAP_HUGETLB))
		flags &= (int)~(MAP_HUGETLB | 0x3fU << 26);
	if (wrong("any-address") && (uintptr_t)addr % page)
		addr = (void *)((uintptr_t)addr / page * page);
	if (wrong("any-offset"))
		offset = offset / (off_t)page * (off_t)page;
	if (wrong("any-size") && (flags & MAP_HUGETLB) && page < (size_t)1 << 20)
		flags &= (int)~(0x3fU << 26);
	if (wrong("leaks-reservation"))
		map_fresh(NULL, page, PROT_NONE, MAP_SHARED, page);
	got = real_mmap(addr, length, prot, flags, fd, offset);
	if (got != MAP_FAILED) {
		last.addr = got;
		last.length = length;
		last.page = page;
	}
	return got;
}

void *mmap64(void *addr, size_t length, int prot, int flags, int fd, off64_t offset)
{
	return mmap(addr, length, prot, flags, fd, offset);
}

int munmap(void *addr, size_t length)
{
	bool huge = last.addr && (char *)addr >= last.addr &&
		    (char *)addr < last.addr + last.length;

	if (huge && wrong("unmaps-never"))
		return 0;
	if (huge && wrong("unmaps-part") && length % last.page)
		return 0;
	return REAL(munmap)(addr, length);
}

int mprotect(void *addr, size_t length, int prot)
{
	if (last.page && wrong("protects-nothing"))
		return 0;
	if (last.page && wrong("protects-all"))
		return REAL(mprotect)(last.addr, last.length, prot);
	if (last.page && wrong("protects-never-back") && (prot & PROT_WRITE))
		prot &= ~PROT_WRITE;
	if (last.page && wrong("protects-and-zeroes") && prot == PROT_NONE) {
		map_fresh(addr, length, PROT_NONE, MAP_FIXED | MAP_PRIVATE | MAP_NORESERVE,
			  last.page);
		return 0;
	}
	return REAL(mprotect)(addr, length, prot);
}

int ftruncate(int fd, off_t length)
{
	size_t page = huge_page(0, fd);

	if (page && wrong("truncates-nothing"))
		return length % (off_t)page ? REAL(ftruncate)(fd, length) : 0;
	if (page && wrong("truncates-part"))
		return REAL(ftruncate)(fd, length / (off_t)page * (off_t)page);
	if (page && wrong("truncates-too-much") && length)
		return REAL(ftruncate)(fd, (length / (off_t)page - 1) * (off_t)page);
	if (page && wrong("truncates-too-little") && !(length % (off_t)page))
		return REAL(ftruncate)(fd, length + (off_t)page);
	return REAL(ftruncate)(fd, length);
}

int ftruncate64(int fd, off64_t length)
{
	return ftruncate(fd, length);
}

int memfd_create(const char *name, unsigned int flags)
{
	if (wrong("any-size") && (flags & 4) && (flags >> 26 & 0x3f) < 20)
		flags &= ~(0x3fU << 26);
	return REAL(memfd_create)(name, flags);
}

pid_t fork(void)
{
	pid_t pid = REAL(fork)();

	/* Another process keeps the parent's pages mapped. */
	if (pid && last.addr && wrong("fork-leaves-sharer") && !REAL(fork)())
		pause();
	if (pid || !last.addr)
		return pid;
	/* Replaces the child's mapping, so that its contents are lost. */
	if (wrong("fork-loses-pages"))
		map_fresh(last.addr, last.length, PROT_READ | PROT_WRITE,
			  MAP_FIXED | MAP_SHARED | MAP_NORESERVE, last.page);
	if (wrong("fork-unmaps"))
		REAL(munmap)(last.addr, last.length);
	return 0;
}
