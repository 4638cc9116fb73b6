// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Actors that take memory away from under the target. Each operation costs a page until
 * the case ends: they have only so many.
 */
#include "fixture/poison.h"
#include "frame/case.h"
#include "kernel.h"
#include "race/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#define MOST 12

static int do_offline(struct hp_turn *turn)
{
	int error;

	hp_inject(turn->addr, MADV_SOFT_OFFLINE, &error);
	return error;
}

const struct hp_actor hp_act_offline = {
	.name = "offline",
	.summary = "madvise(MADV_SOFT_OFFLINE) of a base page",
	.act = do_offline,
	.targets = HP_ON_ALL,
	.range = HP_BASE_PAGE,
	.takes_frames = true,
	.alone = true,
	.most = MOST,
	.needs = HP_NEEDS("memory-failure", "poison", "unpoison", "pagemap"),
	/* In use otherwise, on its way already, or gone from here. */
	.errnos = HP_ERRNOS(EBUSY, EIO, EAGAIN, ENOMEM, EFAULT, EHWPOISON),
};

/* Tells the oracle of all who map the page, by file or by fork. */
static void announce_bad(struct hp_turn *turn, size_t first, size_t pages, bool begin,
			 bool good)
{
	const struct race *race = race_now;

	for (int i = 0; i < race->sides; i++) {
		struct side *side = &race->side[i];

		if (!i || !race->shared)
			ledger_lose(side, first, pages, begin);
		/* Others' page tables keep the mark of it. */
		if (begin || (good && race->sides == 1))
			ledger_bad(side, first, pages, begin);
	}
}

/* Gives the bad page up, and gets another. 0 or the errno. */
static int drop(struct hp_turn *turn, char *at, size_t size)
{
	if (turn->fd >= 0 && fallocate(turn->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				       (off_t)(at - turn->area->addr), (off_t)size))
		return errno;
	if (madvise(at, size, MADV_DONTNEED))
		return errno;
	/* No zero page may be there when its turn comes again. */
	return hp_errno(madvise(at, size, MADV_POPULATE_WRITE));
}

static int do_poison(struct hp_turn *turn)
{
	size_t unit = turn->granule, first, pages = unit / hp_base_page_size();
	char *at = turn->area->addr + (size_t)hp_offset(turn) / unit * unit;
	int error, kept;

	first = (size_t)(at - turn->area->addr) / hp_base_page_size();
	if (turn->fd >= 0)
		ledger_holes(first, pages);
	announce_bad(turn, first, pages, true, false);
	/* The caller is told, and so is whoever touches the page until it is dropped. */
	hp_inject(turn->addr, MADV_HWPOISON, &error);
	kept = drop(turn, at, unit);
	announce_bad(turn, first, pages, false, !error && !kept);
	return error;
}

const struct hp_actor hp_act_poison = {
	.name = "poison",
	.summary = "madvise(MADV_HWPOISON) of a base page, which is then dropped",
	.act = do_poison,
	.targets = HP_ON_ALL & ~HP_ON(HP_SHMEM_PRIVATE),
	.range = HP_BASE_PAGE,
	.takes_frames = true,
	.alone = true,
	.most = MOST,
	.needs = HP_NEEDS("memory-failure", "poison", "unpoison", "pagemap"),
	.errnos = HP_ERRNOS(EBUSY, EIO, EAGAIN, EFAULT, ENOMEM, EHWPOISON, EOPNOTSUPP),
};
