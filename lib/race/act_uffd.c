// SPDX-License-Identifier: LGPL-2.1-or-later
/* Actors that use userfaultfd: to fill missing pages, and to write-protect. */
#include "fixture/uffd.h"
#include "race/actor.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* With WP_ASYNC the kernel resolves write faults itself, so no handler is needed. */
#define PROTECTING                                                                         \
	(UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM |                \
	 UFFD_FEATURE_WP_UNPOPULATED | UFFD_FEATURE_WP_ASYNC)

struct protection {
	int uffd;
	char *addr; /* the protected range; NULL: none */
	size_t size;
};

static const char *protect_unmet(char *buf, size_t size)
{
	return hp_uffd_unmet(PROTECTING, buf, size);
}

static void open_protection(struct hp_operation *op)
{
	struct protection *protection = calloc(1, sizeof(*protection));

	hp_require(protection, "no memory");
	protection->uffd = hp_uffd(PROTECTING);
	op->own = protection;
}

static void close_protection(struct hp_operation *op)
{
	struct protection *protection = op->own;

	close(protection->uffd);
	free(protection);
}

/*
 * Every second operation unregisters what the previous one protected, so that other actors
 * meet the protection.
 */
static int do_protect(struct hp_operation *op)
{
	struct protection *protection = op->own;
	char *addr = protection->addr;
	int error;

	if (addr) {
		protection->addr = NULL;
		return hp_uffd_unregister(protection->uffd, addr, protection->size);
	}
	error = hp_uffd_register(protection->uffd, op->addr, op->size,
				 UFFDIO_REGISTER_MODE_WP);
	if (error)
		return error;
	protection->addr = op->addr;
	protection->size = op->size;
	return hp_uffd_protect(protection->uffd, op->addr, op->size, true);
}

const struct hp_actor hp_act_uffd_protect = {
	.name = "uffd_protect",
	.summary = "userfaultfd write protection",
	.act = do_protect,
	.targets = HP_ON_ALL,
	.range = HP_EITHER,
	.unmet = protect_unmet,
	.begin = open_protection,
	.end = close_protection,
	/* Registered by another actor; unmapped or moved meanwhile. */
	.errnos = HP_ERRNOS(EBUSY, EINVAL, ENOENT, EAGAIN, ENOMEM),
};

static const char *fill_unmet(char *buf, size_t size)
{
	return hp_uffd_unmet(0, buf, size);
}

static void open_filling(struct hp_operation *op)
{
	op->own = (void *)(intptr_t)hp_uffd(0);
}

static void close_filling(struct hp_operation *op)
{
	close((int)(intptr_t)op->own);
}

/* Accesses to the range block until it is filled. */
static int do_fill(struct hp_operation *op)
{
	int uffd = (int)(intptr_t)op->own;
	int error =
		hp_uffd_register(uffd, op->addr, op->size, UFFDIO_REGISTER_MODE_MISSING);
	int ended;

	if (error)
		return error;
	if (madvise(op->addr, op->size, MADV_DONTNEED))
		error = errno;
	else
		error = hp_uffd_zero(uffd, op->addr, op->size);
	ended = hp_uffd_unregister(uffd, op->addr, op->size);
	/* Also wake waiters whose range was mapped again since. */
	hp_uffd_wake(uffd, op->addr, op->size);
	return error ? error : ended;
}

const struct hp_actor hp_act_uffd_fill = {
	.name = "uffd_fill",
	.summary = "userfaultfd missing faults",
	.act = do_fill,
	.targets = HP_ON_ANON,
	.range = HP_EITHER,
	.loses = HP_ON_ANON,
	.alone = true,
	.unmet = fill_unmet,
	.begin = open_filling,
	.end = close_filling,
	.errnos = HP_ERRNOS(EBUSY, EINVAL, ENOENT, EAGAIN, EEXIST, ENOMEM),
};
