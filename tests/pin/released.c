// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Pinned memory cannot migrate. It can again when the pin has ended: the buffer was
 * unregistered or replaced, the ring closed, or the process killed.
 */
#include "hugeproof.h"

enum way { UNREGISTERED, REPLACED, CLOSED, KILLED };

struct pin {
	struct hp_area *area;
	struct hp_barrier *barrier;
};

/* Pins memory that the parent shares. */
static void pin_and_wait(void *arg)
{
	const struct pin *pin = arg;
	struct hp_ring *ring = hp_ring_open();

	hp_check_eq(hp_ring_pin(ring, pin->area->addr, pin->area->size), 0);
	hp_meet(pin->barrier);
	pause();
}

static void check_stays(const struct hp_area *area)
{
	int node = hp_node_of(area->addr), other = hp_node(node == hp_node(0)), got;

	hp_step("the memory is pinned");
	got = hp_move_to_node(area->addr, other);
	hp_check(got != other);
	hp_observed("move_pages of a pinned page", "%s",
		    got < 0 ? strerrorname_np(-got) : "the page stays");
	hp_check_eq(hp_node_of(area->addr), node);
}

static bool moves(const struct hp_area *area)
{
	int node = hp_node_of(area->addr), other = hp_node(node == hp_node(0));

	return hp_move_to_node(area->addr, other) == other;
}

static void check_moves(const struct hp_area *area)
{
	hp_step("the memory is no longer pinned");
	hp_check(moves(area));
	hp_check_filled(area, 'r');
}

static struct hp_area *memory_on_both(enum hp_memory memory)
{
	if (memory == HP_MEMORY_HUGETLB) {
		hp_pool_of_node(hp_node(0), 1);
		hp_pool_of_node(hp_node(1), 1);
	}
	return hp_map_filled(memory, hp_pmd_size, 'r');
}

static void ends(enum hp_memory memory, enum way way)
{
	struct hp_area *area = memory_on_both(memory);
	struct hp_ring *ring = hp_ring_open();

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
		/*
		 * The kernel frees a ring asynchronously after its last close
		 * (io_ring_exit_work).
		 */
		hp_eventually(moves(area), 5);
	}
	check_moves(area);
}

HP_CASES(unregistered, "pages migrate again after their buffer was unregistered",
	 hp_memory_kinds, kind)
{
	ends(kind->memory, UNREGISTERED);
}

HP_CASES(replaced, "pages migrate again after their buffer was replaced by none",
	 hp_memory_kinds, kind)
{
	ends(kind->memory, REPLACED);
}

HP_CASES(closed, "pages migrate again after the ring of their buffer was closed",
	 hp_memory_kinds, kind)
{
	ends(kind->memory, CLOSED);
}

HP_CASE(killed, "tmpfs pages migrate again after the process that pinned them was killed")
{
	struct pin pin = {memory_on_both(HP_MEMORY_TMPFS), hp_barrier_new(2)};
	pid_t pid = hp_fork(pin_and_wait, &pin);

	hp_meet(pin.barrier);
	check_stays(pin.area);
	kill(pid, SIGKILL);
	hp_check_killed(pid, SIGKILL);
	hp_eventually(moves(pin.area), 5);
	check_moves(pin.area);
}

HP_PROGRAM(.summary = "memory migrates again when it is no longer pinned",
	   .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("nodes:2", "pool:control", "thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"doc", "Documentation/core-api/pin_user_pages.rst",
				  "FOLL_LONGTERM"}))
