// SPDX-License-Identifier: LGPL-2.1-or-later
/* Actors that change mappings and address spaces. */
#include "frame/case.h"
#include "kernel.h"
#include "race/actor.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int read_and_copy(struct hp_turn *turn)
{
	hp_read_pages(turn, 8);
	hp_write_pages(turn, 2);
	hp_read_pages(turn, 8);
	return 0;
}

static int do_fork(struct hp_turn *turn)
{
	return hp_turn_fork(turn, read_and_copy);
}

const struct hp_actor hp_act_fork = {
	.name = "fork",
	.summary = "fork; the child reads, writes and exits",
	.act = do_fork,
	.targets = HP_ON_ALL,
	.range = HP_HUGE_PAGE,
	.errnos = HP_ERRNOS(EAGAIN, ENOMEM),
};

static int read_and_exec(struct hp_turn *turn)
{
	hp_read_pages(turn, 4);
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static int do_exec(struct hp_turn *turn)
{
	return hp_turn_fork(turn, read_and_exec);
}

const struct hp_actor hp_act_exec = {
	.name = "exec",
	.summary = "fork and exec",
	.act = do_exec,
	.targets = HP_ON_ALL,
	.range = HP_HUGE_PAGE,
	.errnos = HP_ERRNOS(EAGAIN, ENOMEM),
};

static int do_map_again(struct hp_turn *turn)
{
	int flags = HP_ON(turn->target) & HP_ON_SHARED ? MAP_SHARED : MAP_PRIVATE;
	void *got;

	if (turn->fd < 0)
		flags |= MAP_ANONYMOUS;
	if (turn->target == HP_HUGETLB_PRIVATE)
		flags |= MAP_HUGETLB | hp_size_flag(hp_page_size);
	if (munmap(turn->addr, turn->size))
		return errno;
	got = mmap(turn->addr, turn->size, PROT_READ | PROT_WRITE,
		   flags | MAP_FIXED_NOREPLACE, turn->fd, hp_offset(turn));
	if (got != turn->addr)
		hp_bail("cannot map the target again: %s", strerror(errno));
	/* Advice is the mapping's, and gone with it. */
	if (HP_ON(turn->target) & HP_ON_THP)
		return hp_errno(madvise(turn->addr, turn->size, MADV_HUGEPAGE));
	return 0;
}

const struct hp_actor hp_act_map_again = {
	.name = "map_again",
	.summary = "munmap, and mmap at the same place",
	.act = do_map_again,
	.targets = HP_ON_ALL,
	.range = HP_EITHER,
	.loses = HP_ON_PRIVATE,
	.absent = HP_ON_ALL,
	.alone = true,
};

static int do_mprotect(struct hp_turn *turn)
{
	if (mprotect(turn->addr, turn->size, PROT_READ))
		return errno;
	return hp_errno(mprotect(turn->addr, turn->size, PROT_READ | PROT_WRITE));
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

static int do_mremap(struct hp_turn *turn)
{
	/* At the same place in a page table as before: a huge page can move as one. */
	char *away = turn->spare + (uintptr_t)hp_offset(turn) % turn->area->page_size;

	if (mremap(turn->addr, turn->size, turn->size, MREMAP_MAYMOVE | MREMAP_FIXED,
		   away) == MAP_FAILED)
		return errno;
	if (mremap(away, turn->size, turn->size, MREMAP_MAYMOVE | MREMAP_FIXED,
		   turn->addr) != turn->addr)
		hp_bail("cannot move the target back: %s", strerror(errno));
	if (mmap(away, turn->size, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1,
		 0) != away)
		hp_bail("cannot keep the room: %s", strerror(errno));
	return 0;
}

const struct hp_actor hp_act_mremap = {
	.name = "mremap",
	.summary = "mremap elsewhere and back",
	.act = do_mremap,
	.targets = HP_ON_ALL,
	.range = HP_EITHER,
	.absent = HP_ON_ALL,
	.alone = true,
	/* The range has become several mappings: EFAULT. */
	.errnos = HP_ERRNOS(EFAULT, ENOMEM),
};

static int do_mlock(struct hp_turn *turn)
{
	if (mlock(turn->addr, turn->size))
		return errno;
	return hp_errno(munlock(turn->addr, turn->size));
}

const struct hp_actor hp_act_mlock = {
	.name = "mlock",
	.summary = "mlock and munlock",
	.act = do_mlock,
	.targets = HP_ON_THP,
	.range = HP_PART,
	.errnos = HP_ERRNOS(ENOMEM, EAGAIN, EPERM),
};
