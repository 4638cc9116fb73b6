// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The latency of random pointer chasing through memory, by kind of page: the cost of TLB
 * misses.
 */
#include "hugeproof.h"
#include "load/chase.h"
#include "load/load.h"

HP_CASES(chase, "latency of following pointers, one in each base page", hp_memory_kinds,
	 kind)
{
	struct hp_area *area = hp_load_memory(kind->memory);
	struct hp_load_result result;

	hp_populate(kind->memory, area);
	result = hp_chase(area);
	hp_metric_load("hops_1000", &result);
}

HP_PROGRAM(.summary = "latency of pointer chasing through memory, by kind of page",
	   .kind = HP_LOAD, .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("thp", "root", "pagemap", "hugetlb:32"),
	   .params = HP_LOAD_PARAMS({"size", "64M", "size of the memory"}),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/transhuge.rst",
				  "Objective"}))
