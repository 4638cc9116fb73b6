// SPDX-License-Identifier: LGPL-2.1-or-later
/* The same as pointer_chase, in gigantic pages. */
#include "hugeproof.h"
#include "load/chase.h"
#include "load/load.h"

HP_CASE(chase, "latency of following pointers in hugetlb memory, one in each base page")
{
	struct hp_area *area = hp_load_memory(HP_MEMORY_HUGETLB);
	size_t size = hp_param_size("size");
	struct hp_load_result result;

	hp_populate(HP_MEMORY_HUGETLB, area);
	result = hp_chase(hp_part(area, 0, size < area->size ? size : area->size));
	hp_metric_load("hops_1000", &result);
}

HP_PROGRAM(.summary = "latency of pointer chasing through gigantic pages", .kind = HP_LOAD,
	   .page_sizes = HP_GIGANTIC_SIZES, .needs = HP_NEEDS("hugetlb:1"),
	   .params = HP_LOAD_PARAMS({"size", "64M", "size of the memory"}),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"}))
