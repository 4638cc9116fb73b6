// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whatever is mapped, touched, resized and unmapped, in whatever order, Total, Free, Rsvd
 * and Surp are what a model of the pool says, after every step.
 */
#include "hugeproof.h"

static const struct hp_story stories[] = {
	{"map and unmap", "map 2, unmap"},
	{"map, touch, unmap", "map 2, write 0, read 1, unmap"},
	{"touch some, unmap", "map 3, read 0, unmap"},
	{"map all there can be", "map 4, write 0 4, unmap"},
	{"map twice", "map 2, write 0, unmap, map 3, write 0 3, unmap"},
	{"drop what was touched", "map 2, write 0 2, drop 0, write 0, drop 0 2, read 1"},
	{"drop in a small pool", "map 3, write 0 3, resize 1, drop 0 2, write 0 2, unmap"},
	{"shrink below the mapping", "map 2, write 0, resize 0, write 1, unmap"},
	{"shrink, then grow back", "map 2, write 0 2, resize 1, resize 3, unmap"},
	{"grow under the mapping", "map 1, resize 3, write 0, resize 1, unmap"},
	{"shrink, unmap, grow", "map 3, resize 1, unmap, resize 2"},
	{"grow what was refused", "map 2, read 0, resize 4, read 1, unmap, resize 0"},
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

HP_PROGRAM(.summary = "the counters of a pool are what its history makes them",
	   .needs = HP_NEEDS("pool:control", "hugetlb:2"), .seconds = 30,
	   .source = "Documentation/admin-guide/mm/hugetlbpage.rst, "
		     "Documentation/mm/hugetlbfs_reserv.rst")
