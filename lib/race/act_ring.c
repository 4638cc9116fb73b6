// SPDX-License-Identifier: LGPL-2.1-or-later
/* The actor whose hands are io_uring's: data goes straight to and from pinned pages. */
#include "fixture/ring.h"
#include "race/actor.h"

#include <errno.h>

static void open_ring(struct hp_turn *turn)
{
	turn->own = hp_ring();
}

static void close_ring(struct hp_turn *turn)
{
	hp_ring_close(turn->own);
}

static int pinned(struct hp_turn *turn, uint64_t **addr, uint64_t *words, int n, bool store)
{
	struct hp_ring *ring = turn->own;
	int error = hp_ring_pin(ring, turn->addr, turn->size), unpinned;

	if (error)
		return error;
	error = store ? hp_ring_store(ring, addr, words, n)
		      : hp_ring_load(ring, addr, words, n);
	unpinned = hp_ring_unpin(ring);
	return error ? error : unpinned;
}

static int load(struct hp_turn *turn, uint64_t **addr, uint64_t *words, int n)
{
	return pinned(turn, addr, words, n, false);
}

static int store(struct hp_turn *turn, uint64_t **addr, uint64_t *words, int n)
{
	return pinned(turn, addr, words, n, true);
}

static int do_uring(struct hp_turn *turn)
{
	return turn->number % 2 ? hp_read_page_by(turn, load)
				: hp_write_page_by(turn, store);
}

const struct hp_actor hp_act_uring = {
	.name = "uring",
	.summary = "io_uring: registers a huge page, reads or writes it, unregisters",
	.act = do_uring,
	.targets = HP_ON_ALL,
	.range = HP_HUGE_PAGE,
	.unmet = hp_ring_unmet,
	.begin = open_ring,
	.end = close_ring,
	.errnos = HP_ERRNOS(EFAULT, ENOMEM),
};
