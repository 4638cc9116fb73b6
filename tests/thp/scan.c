// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * PAGEMAP_SCAN reports exactly the pages that match, whatever maps them and wherever the
 * range begins and ends, and write-protects exactly the reported ones.
 */
#include "hugeproof.h"

/* A part of the area: some base pages, not aligned to huge pages. */
#define AT    (hp_pmd_size / 4 + 3 * hp_base_size)
#define BYTES (9 * hp_base_size)

#define ALL                                                                                \
	(PAGE_IS_WPALLOWED | PAGE_IS_FILE | PAGE_IS_PRESENT | PAGE_IS_SWAPPED |            \
	 PAGE_IS_PFNZERO | PAGE_IS_HUGE)

static const struct kind {
	struct hp_variant variant;
	enum hp_memory memory;
	uint64_t is;
} kinds[] = {
	{{"base", "base pages"}, HP_MEMORY_BASE, PAGE_IS_PRESENT},
	{{"mthp", "64 kB"}, HP_MEMORY_MTHP, PAGE_IS_PRESENT},
	{{"thp", "a THP"}, HP_MEMORY_THP, PAGE_IS_PRESENT | PAGE_IS_HUGE},
	{{"tmpfs", "huge tmpfs"},
	 HP_MEMORY_TMPFS,
	 PAGE_IS_PRESENT | PAGE_IS_HUGE | PAGE_IS_FILE},
};

static struct hp_area *filled(enum hp_memory memory)
{
	hp_khugepaged_calm();
	return hp_map_filled(memory, hp_pmd_size, 's');
}

HP_CASES(tells,
	 "PAGEMAP_SCAN reports the categories of all pages of a range, and of a part",
	 kinds, kind)
{
	struct hp_area *area = filled(kind->memory);
	struct hp_scan scan = {.want = PAGE_IS_PRESENT, .report = ALL};

	hp_scan_pages(area, &scan);
	hp_check_one_region(&scan, 0, area->size, kind->is);
	hp_check_eq(scan.walked, area->size);
	hp_scan_pages(hp_part(area, AT, BYTES), &scan);
	hp_check_one_region(&scan, 0, BYTES, kind->is);
	hp_check_eq(scan.walked, BYTES);
	scan.want = PAGE_IS_SWAPPED;
	hp_scan_pages(area, &scan);
	hp_check_eq(scan.regions, 0);
	scan.want = PAGE_IS_PRESENT | PAGE_IS_HUGE;
	hp_scan_pages(area, &scan);
	hp_check_eq(scan.pages, kind->is & PAGE_IS_HUGE ? hp_base_pages(area) : 0);
}

HP_CASES(limited,
	 "PAGEMAP_SCAN with max_pages reports no more pages, and where to continue", kinds,
	 kind)
{
	struct hp_area *area = filled(kind->memory);
	struct hp_scan scan = {.want = PAGE_IS_PRESENT, .report = ALL, .max_pages = 100};

	for (size_t at = 0; at < area->size; at += scan.walked) {
		size_t left = area->size - at, most = 100 * hp_base_size;

		hp_scan_pages(hp_part(area, at, left), &scan);
		hp_check_one_region(&scan, 0, left < most ? left : most, kind->is);
		hp_check_eq(scan.walked, scan.region[0].end);
	}
}

HP_CASES(hole, "PAGEMAP_SCAN does not report dropped pages as present", hp_anonymous_kinds,
	 kind)
{
	struct hp_area *area = filled(kind->memory);
	struct hp_scan scan = {.want = PAGE_IS_PRESENT, .report = PAGE_IS_PRESENT};

	hp_check_ok(madvise(area->addr + AT, BYTES, MADV_DONTNEED));
	hp_scan_pages(area, &scan);
	hp_check_eq(scan.regions, 2);
	hp_check_eq(scan.region[0].start, 0);
	hp_check_eq(scan.region[0].end, AT);
	hp_check_eq(scan.region[1].start, AT + BYTES);
	hp_check_eq(scan.region[1].end, area->size);
}

HP_CASES(swapped,
	 "PAGEMAP_SCAN for PAGE_IS_SWAPPED reports swapped-out pages, and no others",
	 hp_anonymous_kinds, kind)
{
	struct hp_area *area;
	struct hp_scan scan = {.want = PAGE_IS_SWAPPED, .report = ALL};

	hp_case_needs("swap");
	area = filled(kind->memory);
	hp_page_out(hp_part(area, AT, BYTES));
	hp_scan_pages(area, &scan);
	hp_check_one_region(&scan, AT, BYTES, PAGE_IS_SWAPPED);
	hp_page_out(area);
	hp_scan_pages(area, &scan);
	hp_check_one_region(&scan, 0, area->size, PAGE_IS_SWAPPED);
	hp_check_filled(area, 's');
	hp_scan_pages(area, &scan);
	hp_check_eq(scan.regions, 0);
}

static const struct kind zero_pages[] = {
	{{"base", "the zero page"}, HP_MEMORY_BASE, PAGE_IS_PRESENT | PAGE_IS_PFNZERO},
	{{"thp", "the huge zero page"},
	 HP_MEMORY_THP,
	 PAGE_IS_PRESENT | PAGE_IS_PFNZERO | PAGE_IS_HUGE},
};

HP_CASES(zero, "PAGEMAP_SCAN for PAGE_IS_PFNZERO reports mappings of %s", zero_pages, kind)
{
	struct hp_area *area;
	struct hp_scan scan = {.want = PAGE_IS_PFNZERO, .report = ALL};

	hp_case_needs("zero-page");
	hp_khugepaged_calm();
	if (kind->memory == HP_MEMORY_THP)
		hp_thp_setting("use_zero_page", "1");
	area = hp_map_memory(kind->memory, hp_pmd_size);
	hp_check_zeros(area);
	if (hp_events_of_case("thp_zero_page_alloc_failed") > 0)
		hp_short_of(hp_pmd_size, "there was no huge zero page "
					 "(thp_zero_page_alloc_failed)");
	hp_require(hp_is_zero_page(area->addr), "a read does not map the zero page");
	hp_scan_pages(area, &scan);
	hp_check_one_region(&scan, 0, area->size, kind->is);
}

static struct hp_area *watched(enum hp_memory memory)
{
	struct hp_area *area = filled(memory);

	hp_uffd_for(area, UFFDIO_REGISTER_MODE_WP,
		    UFFD_FEATURE_WP_ASYNC | UFFD_FEATURE_WP_HUGETLBFS_SHMEM);
	return area;
}

/* Reports the written pages and write-protects them in the same call. */
static struct hp_scan take_written(const struct hp_area *area)
{
	struct hp_scan scan = {.flags = PM_SCAN_WP_MATCHING | PM_SCAN_CHECK_WPASYNC,
			       .want = PAGE_IS_WRITTEN,
			       .report = PAGE_IS_WRITTEN};

	hp_scan_pages(area, &scan);
	return scan;
}

/*
 * A write to a huge page of a file that is write-protected as a whole unmaps it, and
 * unmapped pages count as written (pagemap_page_category): more pages than written may be
 * reported, but never fewer.
 */
static void check_written(const struct hp_scan *scan, const struct kind *kind, size_t at)
{
	bool reported = false;

	if (kind->memory != HP_MEMORY_TMPFS) {
		hp_check_one_region(scan, at, hp_base_size, PAGE_IS_WRITTEN);
		return;
	}
	for (size_t i = 0; i < scan->regions; i++)
		reported |= scan->region[i].start <= at &&
			    at + hp_base_size <= scan->region[i].end;
	hp_check(reported);
}

HP_CASES(written,
	 "PAGEMAP_SCAN for PAGE_IS_WRITTEN reports pages written since the last scan, once",
	 kinds, kind)
{
	static const size_t pages[] = {0, 37, 255, 256, 511};
	struct hp_area *area = watched(kind->memory);
	struct hp_scan scan = take_written(area);

	hp_check_one_region(&scan, 0, area->size, PAGE_IS_WRITTEN);
	hp_check_eq(hp_sum_pages(area).uffd_wp, hp_base_pages(area));
	scan = take_written(area);
	hp_check_eq(scan.regions, 0);
	hp_check_filled(area, 's');
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		size_t at = pages[i] * hp_base_size;

		hp_fill(hp_part(area, at, hp_base_size), 's');
		scan = take_written(area);
		check_written(&scan, kind, at);
	}
	scan = take_written(area);
	hp_check_eq(scan.regions, 0);
	hp_check_filled(area, 's');
}

HP_CASES(written_part,
	 "PAGEMAP_SCAN with PM_SCAN_WP_MATCHING write-protects only the scanned part",
	 kinds, kind)
{
	struct hp_area *area = watched(kind->memory);
	struct hp_scan scan = take_written(hp_part(area, AT, BYTES));

	hp_check_one_region(&scan, 0, BYTES, PAGE_IS_WRITTEN);
	hp_check_eq(hp_sum_pages(area).uffd_wp, BYTES / hp_base_size);
	hp_check_eq(hp_sum_pages(hp_part(area, AT, BYTES)).uffd_wp, BYTES / hp_base_size);
	hp_fill(area, 't');
	hp_check_eq(hp_sum_pages(area).uffd_wp, 0);
	scan = take_written(hp_part(area, AT, BYTES));
	hp_check_one_region(&scan, 0, BYTES, PAGE_IS_WRITTEN);
	hp_check_filled(area, 't');
}

HP_PROGRAM(.summary = "PAGEMAP_SCAN reports exactly the pages that match",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/pagemap.rst",
				  "PAGEMAP_SCAN"}))
