// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * O_DIRECT reads a file into memory and writes it from there, past the page cache: every
 * byte arrives, also at the ends of a page, and across pages of unlike kinds.
 */
#include "hugeproof.h"

#define BYTES ((size_t)64 * 1024)

/* Both ways for BYTES at `at`; the area's other bytes keep pattern 'd'. */
static void both_ways(int fd, const struct hp_area *area, char *at)
{
	size_t offset = (size_t)(at - area->addr);

	hp_fill(area, 'd');
	hp_check_eq(pread(fd, at, BYTES, 0), BYTES);
	hp_check_eq(hp_disk_differs(at, 0, BYTES), -1);
	hp_check_filled_around(area, offset, BYTES, 'd');
	hp_check_eq(pwrite(fd, at, BYTES, (off_t)BYTES), BYTES);
	memset(at, 0, BYTES);
	hp_check_eq(pread(fd, at, BYTES, (off_t)BYTES), BYTES);
	hp_check_eq(hp_disk_differs(at, 0, BYTES), -1);
}

HP_MEMORY_CASES(ends, "the beginning, the middle and the end")
{
	int fd = hp_disk_file(2 * BYTES, true);
	struct hp_area *area = hp_map_memory(memory, hp_thp_size());

	hp_populate(memory, area);
	for (int n = 0; n < 3; n++) {
		hp_step("place %d of 3", n + 1);
		both_ways(fd, area, area->addr + n * (area->size - BYTES) / 2);
	}
}

HP_MEMORY_CASES(untouched, "a read makes the pages that it fills")
{
	int fd = hp_disk_file(BYTES, true);
	struct hp_area *area = hp_map_memory(memory, hp_thp_size());
	char *at = area->addr + area->size - BYTES;

	hp_check_eq(pread(fd, at, BYTES, 0), BYTES);
	hp_check_eq(hp_disk_differs(at, 0, BYTES), -1);
	hp_check_zeros(area, 0, area->size - BYTES);
}

HP_CASE(given_back, "hugetlb: a page that was read into, or written from, is given back")
{
	int fd = hp_disk_file(2 * BYTES, true);
	struct hp_hugetlb start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);

	hp_check_eq(pread(fd, area->addr, BYTES, 0), BYTES);
	hp_check_eq(pwrite(fd, area->addr, BYTES, (off_t)BYTES), BYTES);
	hp_check_hugetlb(start, .free = -1);
	hp_unmap(area);
	hp_check_hugetlb(start, .free = 0);
}

/* Across each edge between kinds, beginning so many bytes before it. */
static void across(const size_t *before, int n)
{
	int fd = hp_disk_file(2 * BYTES, true);
	struct hp_area *area = hp_map_neighbours();

	for (size_t edge = hp_thp_size(); edge < area->size; edge += hp_thp_size()) {
		for (int i = 0; i < n; i++) {
			hp_step("from %zu bytes before the edge at %zu kB", before[i],
				edge / 1024);
			both_ways(fd, area, area->addr + edge - before[i]);
		}
	}
}

HP_CASE(neighbours, "across from each kind of page to the next, by whole base pages")
{
	size_t base = hp_base_page_size();

	across((const size_t[]){BYTES / 2, base, BYTES - base}, 3);
}

HP_CASE(neighbours_sectors,
	"the same, from within a base page: 512 bytes here, the rest there")
{
	across((const size_t[]){512, BYTES - 512, BYTES / 2 + 512}, 3);
}

HP_CASE(hole, "a transfer that runs into unmapped memory ends there")
{
	int fd = hp_disk_file(2 * BYTES, true);
	struct hp_area *area = hp_map_neighbours();
	char *edge = area->addr + 3 * hp_thp_size();
	ssize_t got;

	hp_fill(area, 'd');
	hp_check_ok(munmap(edge, hp_thp_size()));
	got = pread(fd, edge - BYTES / 2, BYTES, 0);
	hp_observed("a read into half a hole", "%s",
		    got < 0 ? strerrorname_np(errno) : "short");
	if (got < 0)
		hp_check_eq(errno, EFAULT);
	else
		hp_check_eq(got, BYTES / 2);
	if (got > 0)
		hp_check_eq(hp_disk_differs(edge - BYTES / 2, 0, BYTES / 2), -1);
	/* Short or refused: beside the range nothing is written. */
	area->size = 3 * hp_thp_size();
	hp_check_filled_around(area, area->size - BYTES / 2, BYTES / 2, 'd');
}

HP_PROGRAM(.summary = "O_DIRECT moves bytes between files and memory of every kind",
	   .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("hugetlb:2", "thp", "root", "pagemap"),
	   .source = "open(2), O_DIRECT")
