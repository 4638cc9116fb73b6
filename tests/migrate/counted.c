// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What was migrated, and what a policy placed, is counted in base pages: pgmigrate_success
 * of vmstat, and interleave_hit of each node's numastat.
 */
#include "hugeproof.h"

#include <limits.h>
#include <numaif.h>

#define FIRST  hp_node(0)
#define SECOND hp_node(1)
#define PAGES  64

static long migrated(void)
{
	return hp_events_of_case("pgmigrate_success");
}

static size_t size_of_page(const struct hp_memory_kind *kind, const struct hp_area *area)
{
	return kind->memory == HP_MEMORY_HUGETLB ? hp_page_size : hp_folio_size(area->addr);
}

/* At least as many: compaction may migrate other pages meanwhile. */
HP_CASES(success, "pgmigrate_success counts the base pages of a page that migrates",
	 hp_memory_kinds, kind)
{
	struct hp_area *area;
	size_t bytes;
	long before, pages;

	if (kind->memory == HP_MEMORY_HUGETLB)
		hp_pool_of_nodes(1, 1);
	hp_bind_process(FIRST);
	hp_khugepaged_calm();
	area = hp_map_filled(kind->memory, hp_pmd_size, 'm');
	bytes = size_of_page(kind, area);
	before = migrated();
	hp_check_eq(hp_move_to_node(area->addr, SECOND), SECOND);
	pages = migrated() - before;
	if (size_of_page(kind, area) != bytes)
		hp_short_of(bytes, "a page of %zu kB was split when it migrated",
			    bytes / 1024);
	/* Linux before 5.17 counts a hugetlb page as one. */
	if (kind->memory == HP_MEMORY_HUGETLB && !hp_kernel_from(5, 17))
		bytes = hp_base_size;
	hp_check_range(pages, (long)(bytes / hp_base_size), LONG_MAX);
	hp_check_filled(area, 'm');
}

static long interleave_hits(int node)
{
	char path[64], text[1024];
	long hits;

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/numastat", node);
	hp_require(hp_read_text(path, text, sizeof(text)) > 0, "cannot read %s", path);
	hits = hp_field(text, "interleave_hit");
	hp_require(hits >= 0, "%s has no interleave_hit", path);
	return hits;
}

HP_CASE(interleaved, "numastat counts pages that MPOL_INTERLEAVE placed on their node")
{
	unsigned long nodes = 1UL << FIRST | 1UL << SECOND;
	struct hp_area *area = hp_map_base_pages(2 * PAGES);
	long first, second, counting;
	int on_first = 0;

	if (!hp_read_long("/proc/sys/vm/numa_stat", &counting) && !counting)
		hp_skip_case("needs the counters of NUMA: write 1 to vm.numa_stat");
	first = interleave_hits(FIRST);
	second = interleave_hits(SECOND);
	hp_check_ok(set_mempolicy(MPOL_INTERLEAVE, &nodes, 8 * sizeof(nodes)));
	hp_touch(area);
	for (size_t page = 0; page < hp_pages(area); page++)
		on_first += hp_node_of(hp_page(area, page)) == FIRST;
	if (on_first != PAGES)
		hp_short_of(hp_base_size, "%d of %d pages were placed on node %d", on_first,
			    2 * PAGES, FIRST);
	/* The counters of each processor are added up now and then. */
	hp_eventually(interleave_hits(FIRST) >= first + PAGES &&
			      interleave_hits(SECOND) >= second + PAGES,
		      3);
}

HP_PROGRAM(.summary = "migrated and interleaved pages are counted",
	   .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("nodes:2", "migration", "pool:control", "thp", "root",
			     "pagemap", "cap:sys_nice"),
	   .case_tags = HP_CASE_TAGS({"success_*", "regression"}),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/numastat.rst"},
				 {"commit", "1a5bae25e3cf",
				  "mm/vmstat: add events for THP migration without split"},
				 {"commit", "5d39a7ebc8be",
				  "mm: migrate: correct the hugetlb migration stats"}))
