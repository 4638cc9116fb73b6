// SPDX-License-Identifier: LGPL-2.1-or-later
/* Actors that pin pages: for a long time (io_uring), or for I/O (O_DIRECT). */
#include "fixture/disk.h"
#include "fixture/ring.h"
#include "race/actor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void open_ring(struct hp_operation *op)
{
	op->own = hp_ring_open();
}

static void close_ring(struct hp_operation *op)
{
	hp_ring_close(op->own);
}

static int pinned(struct hp_operation *op, uint64_t **addr, uint64_t *words, int n,
		  bool store)
{
	struct hp_ring *ring = op->own;
	int error = hp_ring_pin(ring, op->addr, op->size), unpinned;

	if (error)
		return error;
	error = store ? hp_ring_store(ring, addr, words, n)
		      : hp_ring_load(ring, addr, words, n);
	unpinned = hp_ring_unpin(ring);
	return error ? error : unpinned;
}

static int load(struct hp_operation *op, uint64_t **addr, uint64_t *words, int n)
{
	return pinned(op, addr, words, n, false);
}

static int store(struct hp_operation *op, uint64_t **addr, uint64_t *words, int n)
{
	return pinned(op, addr, words, n, true);
}

static int do_uring(struct hp_operation *op)
{
	return op->number % 2 ? hp_read_page_by(op, load) : hp_write_page_by(op, store);
}

const struct hp_actor hp_act_uring = {
	.name = "uring",
	.summary = "I/O with short-lived io_uring buffers",
	.act = do_uring,
	.targets = HP_ON_ALL,
	.range = HP_HUGE_PAGE,
	.unmet = hp_ring_unmet,
	.begin = open_ring,
	.end = close_ring,
	.errnos = HP_ERRNOS(EFAULT, ENOMEM),
};

struct hold {
	struct hp_ring *ring;
	bool holds;
};

static void open_hold(struct hp_operation *op)
{
	struct hold *hold = calloc(1, sizeof(*hold));

	hp_require(hold, "no memory");
	hold->ring = hp_ring_open();
	op->own = hold;
}

static void close_hold(struct hp_operation *op)
{
	struct hold *hold = op->own;

	hp_ring_close(hold->ring);
	free(hold);
}

/*
 * Every second operation unpins what the previous one pinned, so that other actors meet the
 * pin.
 */
static int do_pin(struct hp_operation *op)
{
	struct hold *hold = op->own;
	int error = hold->holds ? hp_ring_unpin(hold->ring)
				: hp_ring_pin(hold->ring, op->addr, op->size);

	if (!error)
		hold->holds = !hold->holds;
	return error;
}

const struct hp_actor hp_act_pin = {
	.name = "pin",
	.summary = "I/O with long-lived io_uring buffers",
	.act = do_pin,
	.targets = HP_ON_ALL,
	.range = HP_EITHER,
	.unmet = hp_ring_unmet,
	.begin = open_hold,
	.end = close_hold,
	.errnos = HP_ERRNOS(EFAULT, ENOMEM),
};

/* A file opened with O_DIRECT, and a buffer for a base page. */
struct direct {
	int fd;
	char *page;
};

static const char *find_disk(char *buf, size_t size)
{
	(void)buf;
	(void)size;
	/*
	 * Skips the race if there is no such disk; the actors' processes inherit the
	 * result.
	 */
	close(hp_nameless_file(hp_disk_folder(), O_DIRECT));
	return NULL;
}

static void open_direct(struct hp_operation *op)
{
	struct direct *direct = calloc(1, sizeof(*direct));

	hp_require(direct, "no memory");
	direct->fd = hp_nameless_file(hp_disk_folder(), O_DIRECT);
	direct->page = aligned_alloc(hp_base_size, hp_base_size);
	hp_require(direct->page, "no memory");
	op->own = direct;
}

static void close_direct(struct hp_operation *op)
{
	struct direct *direct = op->own;

	close(direct->fd);
	free(direct->page);
	free(direct);
}

/* Writes the whole base page to the file, and reads the words back from it. */
static int take_page(struct hp_operation *op, uint64_t **addr, uint64_t *words, int n)
{
	const struct direct *direct = op->own;
	const char *last = NULL;

	for (int i = 0; i < n; i++) {
		char *page = (char *)((uintptr_t)addr[i] & ~(uintptr_t)(hp_base_size - 1));

		if (page != last) {
			ssize_t got = pwrite(direct->fd, page, hp_base_size, 0);

			if (got < 0)
				return errno;
			if (got != (ssize_t)hp_base_size ||
			    pread(direct->fd, direct->page, hp_base_size, 0) !=
				    (ssize_t)hp_base_size)
				return EIO;
			last = page;
		}
		memcpy(&words[i], direct->page + ((char *)addr[i] - page), sizeof(*words));
	}
	return 0;
}

static int do_direct(struct hp_operation *op)
{
	return hp_read_page_by(op, take_page);
}

const struct hp_actor hp_act_direct = {
	.name = "direct",
	.contents = true,
	.summary = "O_DIRECT writes to a file",
	.act = do_direct,
	.targets = HP_ON_ALL,
	.range = HP_WHOLE,
	.unmet = find_disk,
	.begin = open_direct,
	.end = close_direct,
	.errnos = HP_ERRNOS(EFAULT),
};
