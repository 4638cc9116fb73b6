// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whatever is truncated, punched out, preallocated and mapped of a file, in whatever
 * order, the counters of the pool are what a model says, after every step.
 */
#include "hugeproof.h"

static const struct hp_story stories[] = {
	{"truncate what was touched", "map 3, write 0 2, cut 1, read 1, unmap"},
	{"truncate what was reserved", "map 3, write 0, cut 2, write 1 2, unmap"},
	{"truncate in a small pool", "map 3, write 0 3, resize 1, cut 1, unmap"},
	{"truncate and grow", "map 3, write 0 3, cut 1, cut 3, read 0 3, write 2"},
	{"punch what was touched", "map 3, write 0 3, punch 1, read 0 3"},
	{"punch what was reserved", "map 3, write 0, punch 1 2, write 1 2"},
	{"punch it all, shrink", "map 3, write 0 3, punch 0 3, resize 1, write 0, write 1"},
	{"preallocate", "allocate 0 2, map 2, read 0 2, unmap, punch 0, map 2, write 0"},
	{"preallocate what is mapped", "map 3, write 0, allocate 0 3, read 0 3, unmap"},
	{"preallocate too much", "map 2, allocate 0 4, cut 0, unmap"},
	{"preallocate a hole", "map 3, write 0 3, punch 1, allocate 1, read 0 3"},
	{"map it again", "map 3, write 0, unmap, map 4, write 1 3, unmap, map 2, read 0 2"},
	{0},
};

HP_CASE(shared, "shared mappings, pools of 4 pages to none")
{
	hp_tell_all(stories, &hp_story_kinds[0], 0);
}

HP_CASE(private, "private mappings, pools of 4 pages to none")
{
	hp_tell_all(stories, &hp_story_kinds[1], 0);
}

HP_CASE(shared_noreserve, "shared mappings without reservation")
{
	hp_tell_all(stories, &hp_story_kinds[2], 0);
}

HP_CASE(private_noreserve, "private mappings without reservation")
{
	hp_tell_all(stories, &hp_story_kinds[3], 0);
}

HP_PROGRAM(.summary =
		   "truncation, holes and preallocation count as a model of the pool says",
	   .needs = HP_NEEDS("pool:control", "hugetlb:2"), .seconds = 30,
	   .source = "ftruncate(2), fallocate(2), Documentation/mm/hugetlbfs_reserv.rst")
