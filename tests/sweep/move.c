// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mremap that runs out of memory leaves every page, and every reservation, where it was.
 */
#include "hugeproof.h"

static void fill_and_check(struct hp_sweep_memory *memory)
{
	hp_fill(&memory->area, 'm');
	hp_check_filled(&memory->area, 'm');
}

static void find_target(struct hp_sweep_memory *memory)
{
	struct hp_area *room =
		hp_map_aligned(memory->area.size, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0, 0);

	memory->other = room->addr;
	hp_check_ok(munmap(room->addr, room->size));
}

/* The kernel unmaps whatever was mapped there since. */
static int move(struct hp_sweep_memory *memory)
{
	return mremap(memory->area.addr, memory->area.size, memory->area.size,
		      MREMAP_MAYMOVE | MREMAP_FIXED, memory->other) == MAP_FAILED
		       ? errno
		       : 0;
}

static void check_moved(struct hp_sweep_memory *memory)
{
	memory->area.addr = memory->other;
	hp_check_filled(&memory->area, 'p');
	fill_and_check(memory);
}

HP_CASES(filled, "mremap with failing allocations moves every page or none", hp_sweep_kinds,
	 kind)
{
	hp_sweep_run(kind, &(struct hp_sweep){.before = find_target,
					      .act = move,
					      .after = check_moved});
}

static void fill_moved(struct hp_sweep_memory *memory)
{
	memory->area.addr = memory->other;
	fill_and_check(memory);
}

/* This case comes last: kernels that return the reservation twice leave Rsvd wrong. */
HP_CASE(promised, "mremap with failing allocations moves the reservations of untouched "
		  "pages or leaves them")
{
	hp_sweep_run(&hp_sweep_kinds[0], &(struct hp_sweep){.state = HP_SWEEP_UNTOUCHED,
							    .before = find_target,
							    .act = move,
							    .after = fill_moved});
}

HP_PROGRAM(.summary = "mremap that fails to allocate memory changes nothing",
	   .page_sizes = HP_PMD_SIZE, .seconds = 120, .log_allows = HP_SWEEP_LINES,
	   .needs = HP_NEEDS("fault-injection", "pagemap", "thp", "pool:control",
			     "hugetlb:8"),
	   .sources = HP_SOURCES(
		   {"doc", "Documentation/fault-injection/fault-injection.rst", "fail-nth"},
		   {"man", "mremap(2)", "ENOMEM"},
		   {"doc", "Documentation/mm/hugetlbfs_reserv.rst"}))
