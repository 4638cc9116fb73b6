// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Folios of every THP size (multi-size THP): a fault allocates one of the allowed size, and
 * the size's statistics count it.
 */
#include "hugeproof.h"

#include <limits.h>

static struct hp_area *filled(size_t size)
{
	struct hp_area *area = hp_map_thp_of(size, 4);

	hp_fill(area, 'o');
	for (size_t page = 0; page < hp_pages(area); page++)
		hp_require_folio(hp_page(area, page), size);
	return area;
}

static long stat_of(size_t size, const char *name)
{
	long value;

	if (hp_thp_stat_read(size, name, &value))
		hp_skip_case(
			"needs hugepages-%zukB/stats/%s, which this kernel lacks: run it "
			"in the lab",
			size / 1024, name);
	return value;
}

/* The statistic grew by n, or by more where other processes use huge pages. */
static void check_counted(size_t size, const char *name, long before, long n)
{
	hp_check_range(stat_of(size, name) - before, n, hp_counters_exact() ? n : LONG_MAX);
}

/* Calls `each` with every size of anonymous huge pages. */
static void with_each_size(void (*each)(size_t size))
{
	size_t sizes[HP_MAX_THP_SIZES];
	int n = hp_thp_sizes(sizes), tried = 0;

	for (int i = 0; i < n; i++) {
		if (sizes[i] <= 2 * hp_base_size)
			continue;
		hp_step("%zu kB", sizes[i] / 1024);
		each(sizes[i]);
		tried++;
	}
	if (!tried)
		hp_skip_case(
			"needs huge pages of several sizes (Linux 6.8): run it in the lab");
	hp_observed("sizes", "%d", tried);
}

static void fault(size_t size)
{
	struct hp_area *area = hp_map_thp_of(size, 4);
	long before = stat_of(size, "anon_fault_alloc");

	hp_touch(hp_nth_page(area, 1));
	hp_check_eq(hp_made_folio(hp_page(area, 1), size), size);
	hp_check_unmoved(hp_contiguous(hp_page(area, 1), size / hp_base_size));
	hp_check_eq(hp_folio_size(hp_page(area, 0)), 0);
	hp_check_eq(hp_folio_size(hp_page(area, 2)), 0);
	check_counted(size, "anon_fault_alloc", before, 1);
	hp_check_writable(area, 'o');
	hp_check_eq(hp_mapped_huge(area), size == hp_pmd_size ? area->size : 0);
	hp_unmap(area);
}

HP_CASE(faulted,
	"a fault allocates one folio of the allowed size, and anon_fault_alloc counts it")
{
	with_each_size(fault);
}

static void refuse(size_t size)
{
	struct hp_area *area = hp_map_thp_of(size, 4);

	hp_thp_size_setting(size, "never");
	hp_touch(area);
	hp_check_eq(hp_folio_size(area->addr), hp_base_size);
	hp_unmap(area);
}

HP_CASE(never, "with hugepages-SIZE/enabled=never a fault allocates a base page")
{
	with_each_size(refuse);
}

static void split(size_t size)
{
	struct hp_area *area = filled(size);
	long before = stat_of(size, "split");

	hp_split_folios(area->addr, size, 0);
	check_counted(size, "split", before, 1);
	hp_check_eq(hp_folio_size(area->addr), hp_base_size);
	hp_check_eq(hp_folio_size(area->addr + size), size);
	hp_check_filled(area, 'o');
	hp_unmap(area);
}

HP_CASE(split_to_base_pages,
	"a split folio is counted in its size's split, and keeps its contents")
{
	with_each_size(split);
}

static void part(size_t size)
{
	struct hp_area *area = filled(size);
	long before = stat_of(size, "split_deferred");

	hp_check_ok(madvise(area->addr + hp_base_size, hp_base_size, MADV_DONTNEED));
	/* A folio that is migrating right now is not mapped, and not queued. */
	hp_check_unmoved(stat_of(size, "split_deferred") > before);
	check_counted(size, "split_deferred", before, 1);
	hp_check_filled_around(area, hp_part(area, hp_base_size, hp_base_size), 'o');
	hp_check_eq(*(volatile char *)(area->addr + hp_base_size), 0);
	hp_unmap(area);
}

HP_CASE(partly_dropped,
	"a folio that loses a base page is counted in its size's split_deferred")
{
	with_each_size(part);
}

static void swap(size_t size)
{
	struct hp_area *area = filled(size);
	long before = stat_of(size, "swpout") + stat_of(size, "swpout_fallback");

	hp_check_ok(madvise(area->addr, area->size, MADV_PAGEOUT));
	hp_check_eq(hp_area_smaps(area).swap, area->size / 1024);
	hp_check_range(stat_of(size, "swpout") + stat_of(size, "swpout_fallback") - before,
		       4, hp_counters_exact() ? 4 : LONG_MAX);
	hp_check_filled(area, 'o');
	hp_check_eq(hp_area_smaps(area).swap, 0);
	hp_unmap(area);
}

HP_CASE(swapped, "a folio is swapped out and comes back, and its size's swpout counts it")
{
	hp_case_needs("swap");
	with_each_size(swap);
}

/*
 * Whether the parent's folio is in place, and whole, after a child has written to its copy.
 */
static bool stays_whole(size_t size)
{
	struct hp_area *area = filled(size);
	uint64_t frame = hp_pfn(area->addr);
	bool stays;

	hp_in_child() {
		hp_check_filled(area, 'o');
		hp_check_writable(area, 'c');
	}
	hp_check_filled(area, 'o');
	stays = hp_pfn(area->addr) == frame && hp_folio_size(area->addr) == size;
	hp_unmap(area);
	return stays;
}

/* Continuous compaction moves or splits it in some attempts. */
#define TRIES_S 2

static void fork_one(size_t size)
{
	int64_t end = hp_deadline_ns(TRIES_S);
	long moved;
	bool stays;

	/* Only a copy that migration by the kernel explains is retried. */
	do {
		moved = hp_events().moved_by_kernel;
		stays = stays_whole(size);
	} while (!stays && hp_events().moved_by_kernel > moved && hp_now_ns() < end);
	hp_check_unmoved(stays);
}

HP_CASE(forked, "a child's writes copy, and the parent's folio stays whole")
{
	with_each_size(fork_one);
}

static void gauge(size_t size)
{
	long before = stat_of(size, "nr_anon");
	struct hp_area *area = filled(size);

	hp_check_eq(stat_of(size, "nr_anon"), before + 4);
	hp_unmap(area);
	hp_check_eq(stat_of(size, "nr_anon"), before);
}

HP_CASE(number, "nr_anon of a size is the number of its folios")
{
	if (!hp_counters_exact())
		hp_skip_case("needs a machine where no other process makes huge pages: run "
			     "it in the lab");
	with_each_size(gauge);
}

HP_PROGRAM(.summary = "folios of every size are allocated, counted, split and swapped",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap", "root"),
	   .seconds = 30,
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/transhuge.rst",
				  "Monitoring usage (hugepages-*/stats)"}))
