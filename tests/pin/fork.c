// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Private memory that was pinned before a fork stays with the process that pinned it: the
 * device and the parent keep sharing it, and the child gets a copy as of the fork. Shared
 * memory stays common to all three.
 */
#include "hugeproof.h"

struct family {
	struct hp_area *area;
	bool shared;
	/* Words in the middle of the area, one per writer. */
	uint64_t *childs, *parents, *devices;
	struct hp_ring *ring; /* of the parent */
};

enum { CHILDS = 101, PARENTS, DEVICES };

/* The word's value in the pattern. */
static uint64_t was(const struct family *family, const uint64_t *word)
{
	return hp_pattern(family->area, (size_t)((const char *)word - family->area->addr),
			  'p');
}

/* Pins memory that is filled with 'p'. */
static struct family pin(struct hp_area *area)
{
	uint64_t *middle = (uint64_t *)(area->addr + area->size / 2);
	struct family family = {area,       false,      middle,
				middle + 1, middle + 2, hp_ring_open()};

	hp_check_eq(hp_ring_pin(family.ring, area->addr, area->size), 0);
	return family;
}

/*
 * The child reads, without copying, and writes after the parent and the device have
 * written.
 */
static struct hp_paused *fork_child(const struct family *family)
{
	struct hp_paused *child;

	hp_paused_child(child) {
		hp_check_filled(family->area, 'p');
		hp_pause(child);
		hp_step("the child reads and writes");
		hp_check_eq(*family->parents,
			    family->shared ? PARENTS : was(family, family->parents));
		hp_check_eq(*family->devices,
			    family->shared ? DEVICES : was(family, family->devices));
		*family->childs = CHILDS;
	}
	return child;
}

HP_CASES(all_write, "the device and the parent keep sharing pinned memory after fork",
	 hp_memory_kinds, kind)
{
	struct family family = pin(hp_map_filled(kind->memory, hp_pmd_size, 'p'));
	uint64_t word = DEVICES, seen = 0, childs;
	struct hp_paused *child;

	family.shared = kind->memory == HP_MEMORY_TMPFS;
	child = fork_child(&family);
	hp_step("the parent writes");
	*family.parents = PARENTS;
	hp_check_eq(hp_ring_load(family.ring, &family.parents, &seen, 1), 0);
	hp_check_eq(seen, PARENTS);
	hp_step("the device writes");
	hp_check_eq(hp_ring_store(family.ring, &family.devices, &word, 1), 0);
	hp_check_eq(*family.devices, DEVICES);
	hp_resume_ok(child);
	hp_step("the child has written");
	childs = family.shared ? CHILDS : was(&family, family.childs);
	hp_check_eq(*family.childs, childs);
	hp_check_eq(hp_ring_load(family.ring, &family.childs, &seen, 1), 0);
	hp_check_eq(seen, childs);
	hp_check_filled_around(family.area, hp_part(family.area, family.area->size / 2, 24),
			       'p');
	hp_ring_release(family.ring);
}

HP_CASE(copied_at_fork, "fork copies pinned private hugetlb pages for the child at once")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');
	struct family family = pin(area);
	struct hp_paused *child;

	hp_check_hugetlb(start, .free = -1);
	child = fork_child(&family);
	hp_check_hugetlb(start, .free = -2);
	hp_resume_ok(child);
	hp_check_hugetlb(start, .free = -1);
	hp_ring_release(family.ring);
	hp_check_filled(area, 'p');
}

HP_PROGRAM(.summary = "pinned private memory stays with the process that pinned it",
	   .needs = HP_NEEDS("hugetlb:2", "thp", "root", "pagemap"),
	   .tags = HP_TAGS("regression"),
	   .sources =
		   HP_SOURCES({"commit", "4eae4efa2c29",
			       "hugetlb: do early cow when page pinned on src mm"},
			      {"commit", "70e806e4e645",
			       "mm: Do early cow for pinned pages during fork() for ptes"},
			      {"doc", "Documentation/core-api/pin_user_pages.rst"}))
