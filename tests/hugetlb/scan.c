// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * PAGEMAP_SCAN reports hugetlb pages as huge and present, also in ranges that begin and end
 * within them, and write-protects whole huge pages or none.
 */
#include "hugeproof.h"

#define ALL                                                                                \
	(PAGE_IS_FILE | PAGE_IS_PRESENT | PAGE_IS_SWAPPED | PAGE_IS_PFNZERO | PAGE_IS_HUGE)

HP_CASES(tells, "PAGEMAP_SCAN reports the categories of hugetlb pages and of parts of them",
	 hp_sharings, sharing)
{
	struct hp_area *area = hp_map_hugetlb(2, sharing->flag);
	struct hp_scan scan = {.want = PAGE_IS_PRESENT, .report = ALL};
	uint64_t is = PAGE_IS_PRESENT | PAGE_IS_HUGE |
		      (sharing->flag == MAP_SHARED ? PAGE_IS_FILE : 0);

	hp_scan_pages(area, &scan);
	hp_check_eq(scan.regions, 0);
	hp_touch(hp_nth_page(area, 1));
	hp_scan_pages(area, &scan);
	hp_check_one_region(&scan, hp_page_size, hp_page_size, is);
	hp_touch(area);
	hp_scan_pages(area, &scan);
	hp_check_one_region(&scan, 0, area->size, is);
	hp_scan_pages(hp_part(area, hp_page_size - hp_base_size, 3 * hp_base_size), &scan);
	hp_check_one_region(&scan, 0, 3 * hp_base_size, is);
	scan.max_pages = 5;
	hp_scan_pages(area, &scan);
	hp_check_one_region(&scan, 0, 5 * hp_base_size, is);
	hp_check_eq(scan.walked, 5 * hp_base_size);
}

static struct hp_scan take_written(const struct hp_area *area)
{
	struct hp_scan scan = {.flags = PM_SCAN_WP_MATCHING | PM_SCAN_CHECK_WPASYNC,
			       .want = PAGE_IS_WRITTEN,
			       .report = PAGE_IS_WRITTEN};

	hp_scan_pages(area, &scan);
	return scan;
}

HP_CASES(written, "PAGEMAP_SCAN for PAGE_IS_WRITTEN reports whole hugetlb pages, once",
	 hp_sharings, sharing)
{
	struct hp_area *area = hp_filled_hugetlb(2, sharing->flag, 's');
	struct hp_scan scan;

	hp_uffd_for(area, UFFDIO_REGISTER_MODE_WP,
		    UFFD_FEATURE_WP_ASYNC | UFFD_FEATURE_WP_HUGETLBFS_SHMEM);
	scan = take_written(area);
	hp_check_one_region(&scan, 0, area->size, PAGE_IS_WRITTEN);
	scan = take_written(area);
	hp_check_eq(scan.regions, 0);
	*(volatile char *)(area->addr + area->size - 1) = 1;
	/* A part of a page is not protected, and the scan stops where it begins. */
	scan = take_written(hp_part(area, hp_page_size, hp_page_size - hp_base_size));
	hp_check_eq(scan.pages, 0);
	hp_check_eq(scan.walked, 0);
	scan = take_written(area);
	hp_check_one_region(&scan, hp_page_size, hp_page_size, PAGE_IS_WRITTEN);
	scan = take_written(area);
	hp_check_eq(scan.regions, 0);
	hp_check_filled(hp_nth_page(area, 0), 's');
}

HP_PROGRAM(.summary = "PAGEMAP_SCAN reports the hugetlb pages that match",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/pagemap.rst",
				  "PAGEMAP_SCAN"}))
