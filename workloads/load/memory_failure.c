// SPDX-License-Identifier: LGPL-2.1-or-later
/* The time to soft-offline a page, and to recover from a memory error. */
#include "hugeproof.h"
#include "load/load.h"

#define ROUNDS 16

static struct hp_area *map(enum hp_memory memory)
{
	struct hp_area *area = hp_map_memory(
		memory, memory == HP_MEMORY_HUGETLB ? hp_page_size : hp_pmd_size);

	hp_populate(memory, area);
	return area;
}

/* Measures ROUNDS pages with an advice. Failures are recorded, and not measured. */
static struct hp_histogram *measure(enum hp_memory memory, int advice)
{
	struct hp_histogram *took = hp_histogram_new();
	int refused = 0;

	hp_clock_cost_ns();
	for (int round = 0; round < ROUNDS; round++) {
		struct hp_area *area = map(memory);
		int error;

		hp_inject(area->addr, advice, &error);
		if (error)
			refused++;
		else
			hp_histogram_add(took, (uint64_t)hp_inject_took_ns());
		hp_unmap(area);
	}
	hp_observed("not done", "%d of %d", refused, ROUNDS);
	hp_check(took->count);
	return took;
}

HP_CASES(soft_offline, "time to soft-offline a page", hp_memory_kinds, kind)
{
	hp_metric("soft_offline", "ns", HP_LOWER, measure(kind->memory, MADV_SOFT_OFFLINE));
}

HP_CASES(poison, "time to recover from a poisoned page", hp_memory_kinds, kind)
{
	hp_metric("recover", "ns", HP_LOWER, measure(kind->memory, MADV_HWPOISON));
}

HP_PROGRAM(.summary = "time to soft-offline a page and to recover from a memory error",
	   .kind = HP_LOAD, .page_sizes = HP_PMD_SIZE, .poisons = true,
	   .needs = HP_NEEDS("thp", "root", "pagemap", "hugetlb:32", "poison",
			     "memory-failure", "unpoison"),
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hwpoison.rst"}))
