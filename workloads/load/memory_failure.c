// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How long the kernel takes to move a page out of use (soft offline), and to recover from
 * one that went bad.
 */
#include "hugeproof.h"
#include "load/load.h"

#define TURNS 16

static struct hp_area *map(enum hp_memory memory)
{
	struct hp_area *area = hp_map_memory(
		memory, memory == HP_MEMORY_HUGETLB ? hp_page_size : hp_pmd_size);

	hp_populate(memory, area);
	return area;
}

/* So many pages, by that advice; what the kernel could not do is told and not measured. */
static struct hp_histogram *measure(enum hp_memory memory, int advice)
{
	struct hp_histogram *took = hp_histogram_new();
	int refused = 0;

	hp_clock_cost_ns();
	for (int turn = 0; turn < TURNS; turn++) {
		struct hp_area *area = map(memory);
		int error;

		hp_inject(area->addr, advice, &error);
		if (error)
			refused++;
		else
			hp_histogram_add(took, (uint64_t)hp_inject_took_ns());
		hp_unmap(area);
	}
	hp_observed("not done", "%d of %d", refused, TURNS);
	hp_check(took->count);
	return took;
}

HP_CASES(soft_offline, "a page is moved out of use", hp_memory_kinds, kind)
{
	hp_metric("soft_offline", "ns", HP_LOWER, measure(kind->memory, MADV_SOFT_OFFLINE));
}

HP_CASES(poison, "a page that goes bad is taken from its process", hp_memory_kinds, kind)
{
	hp_metric("recover", "ns", HP_LOWER, measure(kind->memory, MADV_HWPOISON));
}

HP_PROGRAM(.summary = "how long the kernel takes to be rid of bad memory", .kind = HP_LOAD,
	   .page_sizes = HP_PMD_SIZE, .poisons = true,
	   .needs = HP_NEEDS("thp", "root", "pagemap", "hugetlb:32", "poison",
			     "memory-failure", "unpoison"),
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hwpoison.rst"}))
