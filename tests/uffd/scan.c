// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * PAGEMAP_SCAN with PM_SCAN_WP_MATCHING finds the pages written since the last scan and
 * write-protects them again in the same call: page by page, also where a scan begins or
 * ends inside a huge page.
 */
#include "hugeproof.h"

#include <sys/ioctl.h>

static int pagemap = -1;

/* Scans for written pages and write-protects all of them; returns the number of regions. */
static long scan(struct pm_scan_arg *arg, const void *start, size_t bytes,
		 struct page_region *regions, size_t n, size_t most)
{
	*arg = (struct pm_scan_arg){
		.size = sizeof(*arg),
		.flags = PM_SCAN_WP_MATCHING | PM_SCAN_CHECK_WPASYNC,
		.start = (uintptr_t)start,
		.end = (uintptr_t)start + bytes,
		.vec = (uintptr_t)regions,
		.vec_len = n,
		.max_pages = most,
		.category_mask = PAGE_IS_WRITTEN,
		.return_mask = PAGE_IS_WRITTEN,
	};
	return ioctl(pagemap, PAGEMAP_SCAN, arg);
}

/* A scan of the range finds exactly this region, and reaches the end. */
static void check_found(const void *start, size_t bytes, const void *found, size_t size)
{
	struct page_region regions[8] = {0};
	struct pm_scan_arg arg;

	hp_check_eq(scan(&arg, start, bytes, regions, 8, 0), size ? 1 : 0);
	hp_check_eq(arg.walk_end, (uintptr_t)start + bytes);
	if (!size)
		return;
	hp_check_eq(regions[0].start, (uintptr_t)found);
	hp_check_eq(regions[0].end, (uintptr_t)found + size);
	hp_check_eq(regions[0].categories, PAGE_IS_WRITTEN);
}

static void check_none(const struct hp_area *area)
{
	check_found(area->addr, area->size, NULL, 0);
}

/* PMD-mapped shared memory loses the state of its base pages: map it by PTEs. */
static void map_by_base_pages(int uffd, const struct hp_area *area)
{
	for (int i = 0; i < 2; i++) {
		char *addr = area->addr + i * area->size / 2;

		hp_check_eq(hp_uffd_protect(uffd, addr, hp_base_size, true), 0);
		hp_check_eq(hp_uffd_protect(uffd, addr, hp_base_size, false), 0);
	}
	hp_fill(area, 's');
	hp_check_eq(hp_mapped_huge(area), 0);
}

/* Maps two huge pages, none of them protected yet. */
static struct hp_area *watched(enum hp_memory memory)
{
	int uffd;
	size_t huge = memory == HP_MEMORY_HUGETLB ? hp_page_size : hp_pmd_size;
	struct hp_area *area = hp_map_filled_base(memory, 2 * huge, 's');

	hp_khugepaged_calm();
	pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	hp_require(pagemap >= 0, "cannot open pagemap: %s", strerror(errno));
	uffd = hp_uffd_for(area, UFFDIO_REGISTER_MODE_WP, UFFD_FEATURE_WP_ASYNC);
	if (memory == HP_MEMORY_TMPFS)
		map_by_base_pages(uffd, area);
	return area;
}

HP_CASES(written, "PAGEMAP_SCAN finds the pages written since the last scan, and no others",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = watched(kind->memory);
	size_t last = hp_pages(area) - 1, places[] = {0, 1, last / 2, last / 2 + 1, last};

	check_found(area->addr, area->size, area->addr, area->size);
	check_none(area);
	hp_check_filled(area, 's');
	for (int i = 0; i < 5; i++) {
		hp_step("page %zu of %zu is written", places[i], last + 1);
		hp_page(area, places[i])[16] = 's';
		hp_fill(hp_nth_page(area, places[i]), 's');
		check_found(area->addr, area->size, hp_page(area, places[i]),
			    area->page_size);
		check_none(area);
	}
	hp_check_filled(area, 's');
}

/* Scans the rest, which the first scan did not protect. */
static void check_around(const struct hp_area *area, size_t first, size_t pages)
{
	size_t base = hp_base_size, behind = first + pages;

	check_found(hp_page(area, first), pages * base, NULL, 0);
	check_found(area->addr, first * base, area->addr, first * base);
	check_found(hp_page(area, behind), area->size - behind * base,
		    hp_page(area, behind), area->size - behind * base);
	check_none(area);
	hp_check_filled(area, 's');
}

HP_CASES(part, "PAGEMAP_SCAN of a part of huge pages write-protects only that part",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area = watched(kind->memory);
	size_t first = 3, pages = hp_pages(area) / 2 + 10;

	check_found(hp_page(area, first), pages * hp_base_size, hp_page(area, first),
		    pages * hp_base_size);
	check_around(area, first, pages);
}

HP_CASES(limited, "PAGEMAP_SCAN with max_pages write-protects only the pages it reports",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area = watched(kind->memory);
	size_t most = hp_pages(area) / 2 + 5;
	struct page_region regions[8] = {0};
	struct pm_scan_arg arg;

	hp_check_eq(scan(&arg, area->addr, area->size, regions, 8, most), 1);
	hp_check_eq(regions[0].start, (uintptr_t)area->addr);
	hp_check_eq(regions[0].end, (uintptr_t)hp_page(area, most));
	hp_check_eq(arg.walk_end, (uintptr_t)hp_page(area, most));
	hp_check_eq(hp_uffd_protected(area->addr, area->size), most);
	check_found(hp_page(area, most), area->size - most * hp_base_size,
		    hp_page(area, most), area->size - most * hp_base_size);
	check_none(area);
}

HP_CASE(limited_hugetlb,
	"PAGEMAP_SCAN with max_pages inside a hugetlb page stops before that page")
{
	struct hp_area *area = watched(HP_MEMORY_HUGETLB);
	size_t within = hp_page_size / hp_base_size, found = 0;
	struct page_region regions[8] = {0};
	struct pm_scan_arg arg;
	uintptr_t end;

	/* The second page cannot be protected in part: the scan stops before it. */
	hp_check_eq(scan(&arg, area->addr, area->size, regions, 8, within + 5), 1);
	hp_check_eq(regions[0].end - regions[0].start, hp_page_size);
	hp_check_eq(arg.walk_end, (uintptr_t)hp_page(area, 1));
	check_found(hp_page(area, 1), hp_page_size, hp_page(area, 1), hp_page_size);
	check_none(area);
	hp_fill(area, 's');
	/* Not even one page fits: walk_end must not pass over it. */
	end = (uintptr_t)area->addr;
	if (scan(&arg, area->addr, area->size, regions, 8, 5) == 1)
		found = regions[0].end - regions[0].start;
	hp_check_eq(arg.walk_end, end + found);
}

HP_CASES(swapped, "PAGEMAP_SCAN does not report swapped-out pages that were not written",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area;

	hp_case_needs("swap");
	area = watched(kind->memory);
	check_found(area->addr, area->size, area->addr, area->size);
	hp_page_out(area);
	check_none(area);
	hp_fill(hp_nth_page(area, 7), 's');
	check_found(area->addr, area->size, hp_page(area, 7), hp_base_size);
	check_none(area);
	hp_check_filled(area, 's');
	check_none(area);
}

HP_CASES(migrated, "PAGEMAP_SCAN does not report pages that migrated but were not written",
	 hp_memory_kinds, kind)
{
	struct hp_area *area;
	int to;

	hp_case_needs("nodes:2");
	if (kind->memory == HP_MEMORY_HUGETLB)
		hp_pool_of_nodes(2, 2);
	to = hp_node(1);
	hp_bind_process(hp_node(0));
	area = watched(kind->memory);
	check_found(area->addr, area->size, area->addr, area->size);
	hp_check_eq(hp_move_to_node(area->addr, to), to);
	check_none(area);
	hp_fill(hp_nth_page(area, 1), 's');
	check_found(area->addr, area->size, hp_page(area, 1), area->page_size);
	hp_check_filled(area, 's');
}

static const struct hp_memory_kind files[] = {
	{{"hugetlb", "hugetlb"}, HP_MEMORY_HUGETLB},
	{{"tmpfs", "huge tmpfs"}, HP_MEMORY_TMPFS},
};

HP_CASES(dropped,
	 "PAGEMAP_SCAN does not report file pages that were mapped again but not written",
	 files, kind)
{
	struct hp_area *area = watched(kind->memory);

	if (kind->memory == HP_MEMORY_HUGETLB) {
		hp_unmap(area);
		area = hp_filled_hugetlb(2, MAP_SHARED, 's');
		hp_uffd_for(area, UFFDIO_REGISTER_MODE_WP, UFFD_FEATURE_WP_ASYNC);
	}
	check_found(area->addr, area->size, area->addr, area->size);
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	check_none(area);
	hp_check_filled(area, 's');
	check_none(area);
	hp_fill(hp_nth_page(area, 1), 's');
	check_found(area->addr, area->size, hp_page(area, 1), area->page_size);
}

HP_CASE(whole_tmpfs,
	"PAGEMAP_SCAN of a PMD-mapped tmpfs page reports at least the written base page")
{
	struct page_region region = {0};
	struct pm_scan_arg arg;
	struct hp_area *area;
	uintptr_t at;

	watched(HP_MEMORY_BASE);
	area = hp_map_filled(HP_MEMORY_TMPFS, hp_pmd_size, 's');
	hp_uffd_for(area, UFFDIO_REGISTER_MODE_WP, UFFD_FEATURE_WP_ASYNC);
	check_found(area->addr, area->size, area->addr, area->size);
	check_none(area);
	hp_check_filled(area, 's');
	at = (uintptr_t)area->addr + 9 * hp_base_size;
	hp_check_no_wait((char *)at + 8, HP_WRITE);
	hp_check_eq(scan(&arg, area->addr, area->size, &region, 1, 0), 1);
	hp_check(region.start <= at && at + hp_base_size <= region.end);
	hp_observed("base pages reported after a write to one base page of a huge page",
		    "%zu", (size_t)(region.end - region.start) / hp_base_size);
}

HP_CASE(not_async,
	"PAGEMAP_SCAN with PM_SCAN_CHECK_WPASYNC fails with EPERM without WP_ASYNC")
{
	struct hp_area *area = hp_map_filled(HP_MEMORY_THP, hp_pmd_size, 's');
	struct pm_scan_arg arg;

	/* Skips the case on kernels without UFFD_FEATURE_WP_ASYNC. */
	close(hp_uffd(UFFD_FEATURE_WP_ASYNC));
	pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	hp_require(pagemap >= 0, "cannot open pagemap: %s", strerror(errno));
	hp_uffd_write_protected(area);
	hp_check_errno(scan(&arg, area->addr, area->size, NULL, 0, 0), EPERM);
	hp_check_eq(hp_uffd_protected(area->addr, area->size), 0);
}

HP_PROGRAM(.summary = "PAGEMAP_SCAN finds the pages written since the last scan",
	   .needs = HP_NEEDS("hugetlb:2", "thp", "pagemap", "root"), .seconds = 40,
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/pagemap.rst",
				  "Pagemap Scan IOCTL"},
				 {"commit", "52526ca7fdb9",
				  "fs/proc/task_mmu: implement IOCTL to get and optionally "
				  "clear info about PTEs"}))
