// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The bits of a PMD are kept in the PTEs after a split: dirty, soft-dirty, young, writable.
 * A lost bit means lost data, or an unnecessary fault.
 */
#include "hugeproof.h"

#include <sys/resource.h>

static struct hp_area *filled(void)
{
	struct hp_area *area = hp_map_thp(1);

	hp_fill(area, 'b');
	hp_khugepaged_calm();
	hp_require_huge(area);
	return area;
}

static void split_mapping(const struct hp_area *area)
{
	hp_check_ok(mprotect(area->addr, hp_base_size, PROT_READ));
	hp_check_ok(mprotect(area->addr, hp_base_size, PROT_READ | PROT_WRITE));
	hp_check_eq(hp_mapped_huge(area), 0);
}

static void split_folio(const struct hp_area *area)
{
	hp_split_folios(area->addr, area->size, 0);
	hp_check_eq(hp_folio_size(area->addr), hp_base_size);
}

static const struct way {
	struct hp_variant variant;
	void (*split)(const struct hp_area *area);
} ways[] = {
	{{"mapping", "a split of the PMD mapping"}, split_mapping},
	{{"page", "a split of the folio"}, split_folio},
};

static size_t soft_dirty_pages(const struct hp_area *area)
{
	return hp_sum_pages(area).soft_dirty;
}

HP_CASES(soft_dirty, "THPs stay soft-dirty after %s", ways, way)
{
	struct hp_area *area;

	hp_case_needs("soft-dirty");
	area = filled();
	hp_clear_refs("4");
	*(volatile char *)area->addr = 1;
	hp_check_eq(soft_dirty_pages(area), area->size / hp_base_size);
	way->split(area);
	hp_check_eq(soft_dirty_pages(area), area->size / hp_base_size);
	/*
	 * The reverse is not guaranteed: marking an entry dirty may set soft-dirty as well.
	 */
	hp_unmap(area);
	area = filled();
	hp_clear_refs("4");
	way->split(area);
	hp_observed("soft-dirty after the split alone", "%zu of %zu",
		    soft_dirty_pages(area), area->size / hp_base_size);
}

HP_CASES(writable, "pages of a THP stay writable without a fault after %s", ways, way)
{
	struct hp_area *area = filled();
	struct rusage before, after;

	way->split(area);
	/* mprotect itself cleared the write bit of the first base page. */
	*(volatile char *)area->addr = 1;
	getrusage(RUSAGE_SELF, &before);
	for (size_t i = hp_base_size; i < area->size; i += hp_base_size)
		*(volatile char *)(area->addr + i) = 1;
	getrusage(RUSAGE_SELF, &after);
	hp_check_eq(after.ru_minflt - before.ru_minflt, 0);
}

HP_CASE(read_only, "a split of the folio keeps read-only memory read-only")
{
	struct hp_area *area = filled();

	hp_protect(area, PROT_READ);
	split_folio(area);
	for (size_t i = 0; i < area->size; i += 31 * hp_base_size)
		hp_check_fault(area, area->addr + i, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_check_filled(area, 'b');
}

static long referenced(const struct hp_area *area)
{
	return hp_area_smaps(area).referenced;
}

HP_CASE(young_mapping, "a split of the PMD mapping keeps pages young (Referenced in smaps)")
{
	struct hp_area *area = filled();

	hp_check_eq(referenced(area), area->size / 1024);
	split_mapping(area);
	hp_check_eq(referenced(area), area->size / 1024);
}

/* MADV_FREE and a write: the page must be kept. */
HP_CASES(dirty, "a THP written after MADV_FREE stays dirty after %s", ways, way)
{
	struct hp_area *area;

	hp_case_needs("swap");
	area = filled();
	hp_check_ok(madvise(area->addr, area->size, MADV_FREE));
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_fill(area, 'd');
	way->split(area);
	/* The first call finds the page dirty and keeps it, the next writes it to swap. */
	hp_eventually((hp_check_ok(madvise(area->addr, area->size, MADV_PAGEOUT)),
		       hp_area_smaps(area).rss == 0),
		      5);
	hp_check_filled(area, 'd');
}

HP_PROGRAM(.summary = "a split loses none of a THP's PMD bits",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/soft-dirty.rst"},
				 {"man", "madvise(2)"}, {"code", "mm/huge_memory.c"}))
