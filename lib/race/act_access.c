// SPDX-License-Identifier: LGPL-2.1-or-later
/* Actors that read and write the target: by loads and stores, and by system calls. */
#include "kernel.h"
#include "observe/pagemap.h"
#include "race/actor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static int do_read(struct hp_operation *op)
{
	return hp_read_pages(op, 16);
}

const struct hp_actor hp_act_read = {
	.name = "read",
	.contents = true,
	.summary = "loads",
	.act = do_read,
	.targets = HP_ON_ALL,
	.range = HP_WHOLE,
	.errnos = HP_ERRNOS(EFAULT),
};

static int do_write(struct hp_operation *op)
{
	return hp_write_pages(op, 8);
}

const struct hp_actor hp_act_write = {
	.name = "write",
	.contents = true,
	.summary = "stores",
	.act = do_write,
	.targets = HP_ON_ALL,
	.range = HP_WHOLE,
	.errnos = HP_ERRNOS(EFAULT),
};

static int do_populate(struct hp_operation *op)
{
	return hp_errno(madvise(op->addr, op->size, MADV_POPULATE_WRITE));
}

const struct hp_actor hp_act_populate = {
	.name = "populate",
	.summary = "MADV_POPULATE_WRITE",
	.act = do_populate,
	.targets = HP_ON_ALL,
	.range = HP_EITHER,
	/* Unmapped or read-only ranges, the end of the file, poison. */
	.errnos = HP_ERRNOS(ENOMEM, EINVAL, EFAULT, EHWPOISON),
};

/* Fills an iovec with words of the target. */
static int vectors(uint64_t **addr, int n, struct iovec *vector)
{
	for (int i = 0; i < n; i++)
		vector[i] = (struct iovec){addr[i], sizeof(**addr)};
	return n;
}

static int by_readv(struct hp_operation *op, uint64_t **addr, uint64_t *words, int n)
{
	struct iovec remote[8], local = {words, n * sizeof(*words)};
	ssize_t got =
		process_vm_readv(getpid(), &local, 1, remote, vectors(addr, n, remote), 0);

	return got == -1 ? errno : got == (ssize_t)local.iov_len ? 0 : EFAULT;
}

static int by_writev(struct hp_operation *op, uint64_t **addr, uint64_t *words, int n)
{
	struct iovec remote[8], local = {words, n * sizeof(*words)};
	ssize_t got =
		process_vm_writev(getpid(), &local, 1, remote, vectors(addr, n, remote), 0);

	return got == -1 ? errno : got == (ssize_t)local.iov_len ? 0 : EFAULT;
}

static int do_vm_readv(struct hp_operation *op)
{
	return hp_read_page_by(op, by_readv);
}

const struct hp_actor hp_act_vm_readv = {
	.name = "vm_readv",
	.contents = true,
	.summary = "process_vm_readv",
	.act = do_vm_readv,
	.targets = HP_ON_ALL,
	.range = HP_WHOLE,
	.errnos = HP_ERRNOS(EFAULT),
};

static int do_vm_writev(struct hp_operation *op)
{
	return hp_write_page_by(op, by_writev);
}

const struct hp_actor hp_act_vm_writev = {
	.name = "vm_writev",
	.contents = true,
	.summary = "process_vm_writev",
	.act = do_vm_writev,
	.targets = HP_ON_ALL,
	.range = HP_WHOLE,
	.errnos = HP_ERRNOS(EFAULT),
};

static int by_peek(struct hp_operation *op, uint64_t **addr, uint64_t *words, int n)
{
	const pid_t tracee = (pid_t)(intptr_t)op->own;
	const int longs = sizeof(uint64_t) / sizeof(long);
	long *to = (long *)words;

	for (int i = 0; i < n * longs; i++) {
		errno = 0;
		to[i] = ptrace(PTRACE_PEEKDATA, tracee,
			       (char *)addr[i / longs] + i % longs * sizeof(long), NULL);
		if (errno)
			return errno == EIO ? EFAULT : errno;
	}
	return 0;
}

static int by_poke(struct hp_operation *op, uint64_t **addr, uint64_t *words, int n)
{
	const pid_t tracee = (pid_t)(intptr_t)op->own;
	const int longs = sizeof(uint64_t) / sizeof(long);
	const long *from = (const long *)words;

	for (int i = 0; i < n * longs; i++)
		if (ptrace(PTRACE_POKEDATA, tracee,
			   (char *)addr[i / longs] + i % longs * sizeof(long), from[i]))
			return errno == EIO ? EFAULT : errno;
	return 0;
}

static int trace_parent(struct hp_operation *op)
{
	const pid_t tracee = (pid_t)(intptr_t)op->own;
	int read, written;

	if (ptrace(PTRACE_SEIZE, tracee, NULL, NULL) ||
	    ptrace(PTRACE_INTERRUPT, tracee, NULL, NULL) ||
	    waitpid(tracee, NULL, __WALL) != tracee)
		return errno;
	read = hp_read_page_by(op, by_peek);
	written = hp_write_page_by(op, by_poke);
	return read ? read : written;
}

static void remember_thread(struct hp_operation *op)
{
	op->own = (void *)(intptr_t)gettid();
}

static int do_ptrace(struct hp_operation *op)
{
	return hp_operation_helper(op, trace_parent);
}

const struct hp_actor hp_act_ptrace = {
	.name = "ptrace",
	.contents = true,
	.summary = "ptrace reads and writes by a child",
	.act = do_ptrace,
	.targets = HP_ON_ALL,
	.range = HP_WHOLE,
	.begin = remember_thread,
	.needs = HP_NEEDS("cap:sys_ptrace"),
	.errnos = HP_ERRNOS(EFAULT),
};

static int do_msync(struct hp_operation *op)
{
	return hp_errno(msync(op->addr, op->size, MS_SYNC));
}

const struct hp_actor hp_act_msync = {
	.name = "msync",
	.summary = "msync",
	.act = do_msync,
	.targets = HP_ON_FILES,
	.range = HP_EITHER,
	.errnos = HP_ERRNOS(ENOMEM),
};

/* Reads a file of /proc to its end, to make the kernel walk the page tables. */
static int read_through(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error = 0;
	ssize_t got;

	if (fd < 0)
		return errno;
	while ((got = read(fd, buf, size)) > 0)
		;
	if (got < 0)
		error = errno;
	close(fd);
	return error;
}

static int do_read_maps(struct hp_operation *op)
{
	char buf[4096];
	struct hp_pagemap_entry page;
	int error;

	switch (op->number % 4) {
	case 0:
		return read_through("/proc/self/smaps", buf, sizeof(buf));
	case 1:
		return read_through("/proc/self/smaps_rollup", buf, sizeof(buf));
	case 2:
		error = read_through("/proc/self/numa_maps", buf, sizeof(buf));
		return error == ENOENT ? 0 : error;
	default:
		return -hp_page_read_once(0, op->addr, &page);
	}
}

const struct hp_actor hp_act_read_maps = {
	.name = "read_maps",
	.summary = "reads of smaps, numa_maps and pagemap",
	.act = do_read_maps,
	.targets = HP_ON_ALL,
	.range = HP_BASE_PAGE,
};
