// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Pinned memory cannot be moved; and can be again once nobody pins it, whichever way the
 * pin ends: unregistered, with its ring, or with the process.
 */
#include "hugeproof.h"

enum way { UNREGISTERED, REPLACED, CLOSED, KILLED };

struct pin {
	struct hp_area *area;
	struct hp_barrier *turn;
};

/* Another process that shares the memory, and pins it. */
static void pin_and_wait(void *arg)
{
	const struct pin *pin = arg;
	struct hp_ring *ring = hp_ring();

	hp_check_eq(hp_ring_pin(ring, pin->area->addr, pin->area->size), 0);
	hp_meet(pin->turn);
	pause();
}

static void check_stays(const struct hp_area *area)
{
	int node = hp_node_of(area->addr), other = hp_node(node == hp_node(0)), got;

	hp_step("the memory is pinned");
	got = hp_move_to_node(area->addr, other);
	hp_check(got != other);
	hp_observed("moving a pinned page", "%s",
		    got < 0 ? strerrorname_np(-got) : "it stays");
	hp_check_eq(hp_node_of(area->addr), node);
}

static bool moves(const struct hp_area *area)
{
	int node = hp_node_of(area->addr), other = hp_node(node == hp_node(0));

	return hp_move_to_node(area->addr, other) == other;
}

static void check_moves(const struct hp_area *area)
{
	hp_step("nobody pins the memory any more");
	hp_check(moves(area));
	hp_check_filled(area, 'r');
}

static struct hp_area *memory_on_both(enum hp_memory memory)
{
	struct hp_area *area = hp_map_memory(memory, hp_thp_size());

	if (memory == HP_MEMORY_HUGETLB) {
		hp_pool_of_node(hp_node(0), 1);
		hp_pool_of_node(hp_node(1), 1);
	}
	hp_populate(memory, area);
	hp_fill(area, 'r');
	return area;
}

static void ends(enum hp_memory memory, enum way way)
{
	struct hp_area *area = memory_on_both(memory);
	struct hp_ring *ring = hp_ring();

	check_moves(area);
	if (way == REPLACED) {
		hp_check_eq(hp_ring_pin_sparse(ring, 1), 0);
		hp_check_eq(hp_ring_replace(ring, 0, area->addr, area->size), 0);
	} else {
		hp_check_eq(hp_ring_pin(ring, area->addr, area->size), 0);
	}
	check_stays(area);
	if (way == REPLACED)
		hp_check_eq(hp_ring_replace(ring, 0, NULL, 0), 0);
	if (way == UNREGISTERED)
		hp_check_eq(hp_ring_unpin(ring), 0);
	if (way == CLOSED) {
		hp_ring_close(ring);
		/* The kernel takes a ring down behind its last descriptor
		 * (io_ring_exit_work). */
		hp_eventually(moves(area), 5);
	}
	check_moves(area);
}

HP_MEMORY_CASES(unregistered, "the buffer is unregistered")
{
	ends(memory, UNREGISTERED);
}

HP_MEMORY_CASES(replaced, "the buffer is replaced by none")
{
	ends(memory, REPLACED);
}

HP_MEMORY_CASES(closed, "the ring is closed with the buffer registered")
{
	ends(memory, CLOSED);
}

HP_CASE(killed, "huge tmpfs: the process that pinned it is killed")
{
	struct pin pin = {memory_on_both(HP_MEMORY_TMPFS), hp_barrier(2)};
	pid_t pid = hp_fork(pin_and_wait, &pin);

	hp_meet(pin.turn);
	check_stays(pin.area);
	kill(pid, SIGKILL);
	hp_check_killed(pid, SIGKILL);
	hp_eventually(moves(pin.area), 5);
	check_moves(pin.area);
}

HP_PROGRAM(.summary = "memory that was pinned can be moved when the pin has ended",
	   .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("nodes:2", "pool:control", "thp", "root", "pagemap"),
	   .source = "Documentation/core-api/pin_user_pages.rst, FOLL_LONGTERM")
