// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Actors that offline or poison the target's memory. Each operation takes a page out of use
 * until the case ends, so their number is limited.
 */
#include "fixture/poison.h"
#include "frame/case.h"
#include "kernel.h"
#include "race/internal.h"

#include <errno.h>
#include <sys/mman.h>

#define MOST 12

static int do_offline(struct hp_operation *op)
{
	int error;

	hp_inject(op->addr, MADV_SOFT_OFFLINE, &error);
	return error;
}

const struct hp_actor hp_act_offline = {
	.name = "offline",
	.summary = "soft offline of base pages",
	.act = do_offline,
	.targets = HP_ON_ALL,
	.range = HP_BASE_PAGE,
	.takes_frames = true,
	.alone = true,
	.most = MOST,
	.needs = HP_NEEDS("memory-failure", "poison", "unpoison", "pagemap"),
	/* In use elsewhere, being migrated, or unmapped at the moment. */
	.errnos = HP_ERRNOS(EBUSY, EIO, EAGAIN, ENOMEM, EFAULT, EHWPOISON),
};

/* Announces a poisoned page to the oracle, for all processes that map it. */
static void announce_bad(struct hp_operation *op, size_t first, size_t pages, bool begin,
			 bool good)
{
	const struct race *race = hp_race_now;

	for (int i = 0; i < race->processes; i++) {
		struct race_process *process = &race->process[i];

		if (!i || !race->shared)
			hp_shadow_lose(process, first, pages, begin);
		/* The page tables of other processes keep hwpoison entries. */
		if (begin || (good && race->processes == 1))
			hp_shadow_bad(process, first, pages, begin);
	}
}

/* Replaces the poisoned page with a new one. Returns 0 or an errno. */
static int drop(struct hp_operation *op, char *at, size_t size)
{
	if (op->fd >= 0 && hp_punch(op->fd, (uint64_t)(at - op->area->addr), size))
		return errno;
	if (madvise(at, size, MADV_DONTNEED))
		return errno;
	/* The huge zero page must not be poisoned when the range is chosen again. */
	return hp_errno(madvise(at, size, MADV_POPULATE_WRITE));
}

static int do_poison(struct hp_operation *op)
{
	size_t unit = op->granule, first, pages = unit / hp_base_size;
	char *at = op->area->addr + (size_t)hp_offset(op) / unit * unit;
	int error, kept;

	first = (size_t)(at - op->area->addr) / hp_base_size;
	if (op->fd >= 0)
		hp_shadow_holes(first, pages);
	announce_bad(op, first, pages, true, false);
	/*
	 * The caller gets SIGBUS, and so does any access to the page until it is dropped.
	 */
	hp_inject(op->addr, MADV_HWPOISON, &error);
	kept = drop(op, at, unit);
	announce_bad(op, first, pages, false, !error && !kept);
	return error;
}

const struct hp_actor hp_act_poison = {
	.name = "poison",
	.summary = "memory errors in base pages",
	.act = do_poison,
	.targets = HP_ON_ALL & ~HP_ON(HP_SHMEM_PRIVATE),
	.range = HP_BASE_PAGE,
	.takes_frames = true,
	.alone = true,
	.most = MOST,
	.needs = HP_NEEDS("memory-failure", "poison", "unpoison", "pagemap"),
	.errnos = HP_ERRNOS(EBUSY, EIO, EAGAIN, EFAULT, ENOMEM, EHWPOISON, EOPNOTSUPP),
};
