// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Private memory that was pinned before a fork stays with who pinned it: the device and
 * the parent go on sharing it, and the child has what was there at the fork. Shared memory
 * all three share.
 */
#include "hugeproof.h"

struct family {
	struct hp_area *area;
	struct hp_barrier *turn;
	bool shared;
	/* Words in the middle of the area, one of each writer. */
	uint64_t *childs, *parents, *devices;
};

enum { CHILDS = 101, PARENTS, DEVICES };

/* What the pattern has at a word. */
static uint64_t was(const struct family *family, const uint64_t *word)
{
	return hp_pattern(family->area, (size_t)((const char *)word - family->area->addr),
			  'p');
}

static void child(void *arg)
{
	const struct family *family = arg;

	hp_check_filled(family->area, 'p');
	hp_meet(family->turn);
	/* The parent and the device write, before the child has a copy by its own write. */
	hp_meet(family->turn);
	hp_step("the child looks, and writes");
	hp_check_eq(*family->parents,
		    family->shared ? PARENTS : was(family, family->parents));
	hp_check_eq(*family->devices,
		    family->shared ? DEVICES : was(family, family->devices));
	*family->childs = CHILDS;
	hp_meet(family->turn);
}

HP_MEMORY_CASES(all_write, "child, parent and device write")
{
	struct family family = {.turn = hp_barrier(2), .shared = memory == HP_MEMORY_TMPFS};
	struct hp_ring *ring = hp_ring();
	uint64_t word = DEVICES, seen = 0;
	pid_t pid;

	family.area = hp_map_memory(memory, hp_thp_size());
	hp_populate(memory, family.area);
	hp_fill(family.area, 'p');
	family.childs = (uint64_t *)(family.area->addr + family.area->size / 2);
	family.parents = family.childs + 1;
	family.devices = family.childs + 2;
	hp_check_eq(hp_ring_pin(ring, family.area->addr, family.area->size), 0);
	pid = hp_fork(child, &family);
	hp_meet(family.turn);

	hp_step("the parent writes");
	*family.parents = PARENTS;
	hp_check_eq(hp_ring_load(ring, &family.parents, &seen, 1), 0);
	hp_check_eq(seen, PARENTS);
	hp_step("the device writes");
	hp_check_eq(hp_ring_store(ring, &family.devices, &word, 1), 0);
	hp_check_eq(*family.devices, DEVICES);
	hp_meet(family.turn);
	hp_meet(family.turn);
	hp_step("the child has written");
	hp_check_eq(*family.childs, family.shared ? CHILDS : was(&family, family.childs));
	hp_check_eq(hp_ring_load(ring, &family.childs, &seen, 1), 0);
	hp_check_eq(seen, family.shared ? CHILDS : was(&family, family.childs));
	hp_wait_ok(pid);
	hp_check_filled_around(family.area, family.area->size / 2, 24, 'p');
	hp_check_eq(hp_ring_unpin(ring), 0);
	hp_ring_close(ring);
}

HP_CASE(copied_at_fork, "hugetlb: the child's copy is made, and paid for, by the fork")
{
	struct hp_hugetlb start = hp_hugetlb();
	struct family family = {.turn = hp_barrier(2),
				.area = hp_map_hugetlb(1, MAP_PRIVATE)};
	struct hp_ring *ring = hp_ring();
	pid_t pid;

	hp_fill(family.area, 'p');
	family.childs = (uint64_t *)(family.area->addr + family.area->size / 2);
	family.parents = family.childs + 1;
	family.devices = family.childs + 2;
	hp_check_eq(hp_ring_pin(ring, family.area->addr, family.area->size), 0);
	hp_check_hugetlb(start, .free = -1);
	pid = hp_fork(child, &family);
	hp_check_hugetlb(start, .free = -2);
	hp_meet(family.turn);
	hp_meet(family.turn);
	hp_meet(family.turn);
	hp_wait_ok(pid);
	hp_check_hugetlb(start, .free = -1);
	hp_check_eq(hp_ring_unpin(ring), 0);
	hp_ring_close(ring);
	hp_check_filled(family.area, 'p');
}

HP_PROGRAM(.summary = "pinned private memory stays with the process that pinned it",
	   .needs = HP_NEEDS("hugetlb:2", "thp", "root", "pagemap"),
	   .source = "mm/hugetlb: Copy for fork() when pages are pinned (2020); "
		     "Documentation/core-api/pin_user_pages.rst")
