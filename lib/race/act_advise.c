// SPDX-License-Identifier: LGPL-2.1-or-later
/* Actors that call madvise(), or split huge pages through debugfs. */
#include "fixture/setting.h"
#include "kernel.h"
#include "race/actor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int advise(const struct hp_operation *op, int advice)
{
	return hp_errno(madvise(op->addr, op->size, advice));
}

static int do_dontneed(struct hp_operation *op)
{
	return advise(op, MADV_DONTNEED);
}

const struct hp_actor hp_act_dontneed = {
	.name = "dontneed",
	.summary = "MADV_DONTNEED",
	.act = do_dontneed,
	.targets = HP_ON_ALL,
	.range = HP_EITHER,
	.loses = HP_ON_PRIVATE,
	/* Unmapped ranges; locked memory. */
	.errnos = HP_ERRNOS(ENOMEM, EINVAL),
};

static int do_free(struct hp_operation *op)
{
	return advise(op, MADV_FREE);
}

const struct hp_actor hp_act_free = {
	.name = "free",
	.summary = "MADV_FREE",
	.act = do_free,
	.targets = HP_ON_ANON,
	.range = HP_EITHER,
	.loses = HP_ON_ANON,
	.errnos = HP_ERRNOS(ENOMEM, EINVAL),
};

static int do_pageout(struct hp_operation *op)
{
	return advise(op, MADV_PAGEOUT);
}

const struct hp_actor hp_act_pageout = {
	.name = "pageout",
	.summary = "MADV_PAGEOUT",
	.act = do_pageout,
	.targets = HP_ON_THP,
	.range = HP_EITHER,
	.needs = HP_NEEDS("swap"),
	.errnos = HP_ERRNOS(ENOMEM, EINVAL),
};

static int do_collapse(struct hp_operation *op)
{
	return advise(op, MADV_COLLAPSE);
}

const struct hp_actor hp_act_collapse = {
	.name = "collapse",
	.summary = "MADV_COLLAPSE",
	.act = do_collapse,
	.targets = HP_ON(HP_ANON_THP) | HP_ON_SHMEM,
	.range = HP_HUGE_PAGE,
	/*
	 * Pages are in use by another operation, or the range is not a single mapping at
	 * the moment.
	 */
	.errnos = HP_ERRNOS(EAGAIN, EBUSY, EINVAL, ENOMEM),
};

#define SPLIT "/sys/kernel/debug/split_huge_pages"

static void open_split(struct hp_operation *op)
{
	op->own = (void *)(intptr_t)open(SPLIT, O_WRONLY | O_CLOEXEC);
}

static void close_own(struct hp_operation *op)
{
	close((int)(intptr_t)op->own);
}

static const char *no_split(char *buf, size_t size)
{
	int fd = open(SPLIT, O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		return NULL;
	}
	snprintf(buf, size, "needs " SPLIT ", which cannot be written: run it in the lab");
	return buf;
}

static int do_split(struct hp_operation *op)
{
	char text[96];

	snprintf(text, sizeof(text), "%d,0x%lx,0x%lx", getpid(), (unsigned long)op->addr,
		 (unsigned long)(op->addr + op->size));
	return hp_errno(pwrite((int)(intptr_t)op->own, text, strlen(text) + 1, 0));
}

const struct hp_actor hp_act_split = {
	.name = "split",
	.summary = "folio splits through debugfs",
	.act = do_split,
	.targets = HP_ON_THP,
	.range = HP_EITHER,
	.unmet = no_split,
	.begin = open_split,
	.end = close_own,
	/* Another split is running, or the range is not mapped at the moment. */
	.errnos = HP_ERRNOS(EINTR, EAGAIN, EINVAL),
};

#define KSM "/sys/kernel/mm/ksm/"

static const char *start_ksm(char *buf, size_t size)
{
	if (!hp_setting(KSM "pages_to_scan", "2000") &&
	    !hp_setting(KSM "sleep_millisecs", "1") && !hp_setting(KSM "run", "1"))
		return NULL;
	snprintf(buf, size, "needs " KSM " (CONFIG_KSM, root): run it in the lab");
	return buf;
}

static int do_ksm(struct hp_operation *op)
{
	return advise(op, op->number % 2 ? MADV_UNMERGEABLE : MADV_MERGEABLE);
}

const struct hp_actor hp_act_ksm = {
	.name = "ksm",
	.summary = "KSM merging",
	.act = do_ksm,
	.targets = HP_ON_ANON | HP_ON(HP_SHMEM_PRIVATE),
	.range = HP_EITHER,
	.unmet = start_ksm,
	.errnos = HP_ERRNOS(ENOMEM, EAGAIN, EFAULT),
};
