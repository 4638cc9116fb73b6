// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * O_DIRECT reads a file into memory and writes it from there, bypassing the page cache: all
 * data arrives, also at the ends of a page and across pages of different kinds.
 */
#include "hugeproof.h"

#define BYTES ((size_t)64 * 1024)

/* Transfers BYTES at `at` in both directions; the rest of the area keeps pattern 'd'. */
static void both_ways(int fd, const struct hp_area *area, char *at)
{
	size_t offset = (size_t)(at - area->addr);

	hp_fill(area, 'd');
	hp_check_eq(pread(fd, at, BYTES, 0), BYTES);
	hp_check_eq(hp_disk_differs(at, 0, BYTES), -1);
	hp_check_filled_around(area, hp_part(area, offset, BYTES), 'd');
	hp_check_eq(pwrite(fd, at, BYTES, (off_t)BYTES), BYTES);
	memset(at, 0, BYTES);
	hp_check_eq(pread(fd, at, BYTES, (off_t)BYTES), BYTES);
	hp_check_eq(hp_disk_differs(at, 0, BYTES), -1);
}

HP_CASES(ends, "O_DIRECT reads into and writes from any part of a mapping", hp_memory_kinds,
	 kind)
{
	int fd = hp_disk_file(2 * BYTES, true);
	struct hp_area *area = hp_map_memory(kind->memory, hp_pmd_size);

	hp_populate(kind->memory, area);
	for (int n = 0; n < 3; n++) {
		hp_step("place %d of 3", n + 1);
		both_ways(fd, area, area->addr + n * (area->size - BYTES) / 2);
	}
}

HP_CASES(untouched, "an O_DIRECT read into missing pages faults them in", hp_memory_kinds,
	 kind)
{
	int fd = hp_disk_file(BYTES, true);
	struct hp_area *area = hp_map_memory(kind->memory, hp_pmd_size);
	char *at = area->addr + area->size - BYTES;

	hp_check_eq(pread(fd, at, BYTES, 0), BYTES);
	hp_check_eq(hp_disk_differs(at, 0, BYTES), -1);
	hp_check_zeros(hp_part(area, 0, area->size - BYTES));
}

HP_CASE(given_back, "a hugetlb page used for O_DIRECT is freed at munmap")
{
	int fd = hp_disk_file(2 * BYTES, true);
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);

	hp_check_eq(pread(fd, area->addr, BYTES, 0), BYTES);
	hp_check_eq(pwrite(fd, area->addr, BYTES, (off_t)BYTES), BYTES);
	hp_check_hugetlb(start, .free = -1);
	hp_unmap(area);
	hp_check_hugetlb(start, .free = 0);
}

/*
 * Transfers across each boundary between two kinds of memory, starting before[i] bytes
 * ahead of it.
 */
static void across(const size_t *before, int n)
{
	int fd = hp_disk_file(2 * BYTES, true);
	struct hp_area *area = hp_map_neighbours();

	for (size_t edge = hp_pmd_size; edge < area->size; edge += hp_pmd_size) {
		for (int i = 0; i < n; i++) {
			hp_step("from %zu bytes before the edge at %zu kB", before[i],
				edge / 1024);
			both_ways(fd, area, area->addr + edge - before[i]);
		}
	}
}

HP_CASE(neighbours, "O_DIRECT crosses from one kind of page to the next, base-page-aligned")
{
	across((const size_t[]){BYTES / 2, hp_base_size, BYTES - hp_base_size}, 3);
}

HP_CASE(neighbours_sectors,
	"O_DIRECT crosses from one kind of page to the next, sector-aligned")
{
	across((const size_t[]){512, BYTES - 512, BYTES / 2 + 512}, 3);
}

HP_CASE(hole, "an O_DIRECT read into partly unmapped memory is short or fails with EFAULT")
{
	int fd = hp_disk_file(2 * BYTES, true);
	struct hp_area *area = hp_map_neighbours();
	char *edge = area->addr + 3 * hp_pmd_size;
	ssize_t got;

	hp_fill(area, 'd');
	hp_check_ok(munmap(edge, hp_pmd_size));
	got = pread(fd, edge - BYTES / 2, BYTES, 0);
	hp_observed("a read whose second half is unmapped", "%s",
		    got < 0 ? strerrorname_np(errno) : "short");
	if (got < 0)
		hp_check_eq(errno, EFAULT);
	else
		hp_check_eq(got, BYTES / 2);
	if (got > 0)
		hp_check_eq(hp_disk_differs(edge - BYTES / 2, 0, BYTES / 2), -1);
	/* Whether it was short or failed, it wrote nothing outside the range. */
	area->size = 3 * hp_pmd_size;
	hp_check_filled_around(area, hp_part(area, area->size - BYTES / 2, BYTES / 2), 'd');
}

HP_PROGRAM(.summary = "O_DIRECT transfers data between files and memory of every kind",
	   .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("hugetlb:2", "thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"man", "open(2)", "O_DIRECT"}))
