// SPDX-License-Identifier: LGPL-2.1-or-later
/* Actors that change mappings and address spaces. */
#include "fixture/page_table.h"
#include "frame/case.h"
#include "frame/check.h"
#include "frame/engine.h"
#include "kernel.h"
#include "race/actor.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int read_and_copy(struct hp_operation *op)
{
	hp_read_pages(op, 8);
	hp_write_pages(op, 2);
	hp_read_pages(op, 8);
	return 0;
}

static int do_fork(struct hp_operation *op)
{
	return hp_operation_fork(op, read_and_copy);
}

const struct hp_actor hp_act_fork = {
	.name = "fork",
	.summary = "fork",
	.act = do_fork,
	.targets = HP_ON_ALL,
	.range = HP_HUGE_PAGE,
	.errnos = HP_ERRNOS(EAGAIN, ENOMEM),
};

static int read_and_exec(struct hp_operation *op)
{
	hp_read_pages(op, 4);
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static int do_exec(struct hp_operation *op)
{
	return hp_operation_fork(op, read_and_exec);
}

const struct hp_actor hp_act_exec = {
	.name = "exec",
	.summary = "fork and exec",
	.act = do_exec,
	.targets = HP_ON_ALL,
	.range = HP_HUGE_PAGE,
	.errnos = HP_ERRNOS(EAGAIN, ENOMEM),
};

static int do_map_again(struct hp_operation *op)
{
	int flags = HP_ON(op->target) & HP_ON_SHARED ? MAP_SHARED : MAP_PRIVATE;
	void *got;

	if (op->fd < 0)
		flags |= MAP_ANONYMOUS;
	if (op->target == HP_HUGETLB_PRIVATE)
		flags |= MAP_HUGETLB | hp_size_flag(hp_page_size);
	if (munmap(op->addr, op->size))
		return errno;
	got = mmap(op->addr, op->size, PROT_READ | PROT_WRITE, flags | MAP_FIXED_NOREPLACE,
		   op->fd, hp_offset(op));
	if (got != op->addr)
		hp_bail("cannot map the target again: %s", strerror(errno));
	/* The advice was lost with the old mapping. */
	if (HP_ON(op->target) & HP_ON_THP)
		return hp_errno(madvise(op->addr, op->size, MADV_HUGEPAGE));
	return 0;
}

const struct hp_actor hp_act_map_again = {
	.name = "map_again",
	.summary = "munmap and mmap",
	.act = do_map_again,
	.targets = HP_ON_ALL,
	.range = HP_EITHER,
	.loses = HP_ON_PRIVATE,
	.absent = HP_ON_ALL,
	.alone = true,
};

/*
 * Unmaps and maps everything that one page table spans, so that the process leaves a shared
 * page table and finds it again.
 */
static int do_span_again(struct hp_operation *op)
{
	size_t span = hp_table_span();
	char *at = op->area->addr;

	hp_check_ok(munmap(at, span));
	hp_check_ok(mmap(at, span, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_NORESERVE | MAP_FIXED_NOREPLACE, op->fd, 0));
	return 0;
}

const struct hp_actor hp_act_span_again = {
	.name = "span_again",
	.summary = "munmap and mmap of a whole page table's span",
	.act = do_span_again,
	.targets = HP_ON(HP_HUGETLB_SHARED),
	.range = HP_WHOLE,
	.absent = HP_ON_ALL,
	.alone = true,
};

static int do_mprotect(struct hp_operation *op)
{
	if (mprotect(op->addr, op->size, PROT_READ))
		return errno;
	return hp_errno(mprotect(op->addr, op->size, PROT_READ | PROT_WRITE));
}

const struct hp_actor hp_act_mprotect = {
	.name = "mprotect",
	.summary = "mprotect to read-only and back",
	.act = do_mprotect,
	.targets = HP_ON_ALL,
	.range = HP_EITHER,
	.absent = HP_ON_ALL,
	.alone = true,
	.errnos = HP_ERRNOS(ENOMEM),
};

static int do_mremap(struct hp_operation *op)
{
	/* At the same offset within a huge page, so that it can be moved as a whole. */
	char *away = op->spare + (uintptr_t)hp_offset(op) % op->area->page_size;

	if (mremap(op->addr, op->size, op->size, MREMAP_MAYMOVE | MREMAP_FIXED, away) ==
	    MAP_FAILED)
		return errno;
	if (mremap(away, op->size, op->size, MREMAP_MAYMOVE | MREMAP_FIXED, op->addr) !=
	    op->addr)
		hp_bail("cannot move the target back: %s", strerror(errno));
	if (mmap(away, op->size, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1,
		 0) != away)
		hp_bail("cannot keep the room: %s", strerror(errno));
	return 0;
}

const struct hp_actor hp_act_mremap = {
	.name = "mremap",
	.summary = "mremap to another address and back",
	.act = do_mremap,
	.targets = HP_ON_ALL,
	.range = HP_EITHER,
	.absent = HP_ON_ALL,
	.alone = true,
	/* EFAULT: the range has become several mappings. */
	.errnos = HP_ERRNOS(EFAULT, ENOMEM),
};

static int do_mlock(struct hp_operation *op)
{
	if (mlock(op->addr, op->size))
		return errno;
	return hp_errno(munlock(op->addr, op->size));
}

const struct hp_actor hp_act_mlock = {
	.name = "mlock",
	.summary = "mlock and munlock",
	.act = do_mlock,
	.targets = HP_ON_THP,
	.range = HP_PART,
	.errnos = HP_ERRNOS(ENOMEM, EAGAIN, EPERM),
};
