// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * O_DIRECT reads into huge pages and writes from them: the device accesses the pages
 * themselves, and all data arrives, at any offset in the page.
 */
#include "hugeproof.h"

#define BYTES (64 * 1024)

/* The nth position of a transfer in the page: its start, and across its middle. */
static char *place_in(const struct hp_area *area, int n)
{
	return area->addr + (n ? hp_page_size / 2 - BYTES / 2 : 0);
}

HP_CASE_OF_ROWS(reads, "read",
		"an O_DIRECT read fills a huge page and allocates it if necessary",
		hp_sharings, way)
{
	int file = hp_disk_file(BYTES, true);
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(1, way->flag);

	for (int n = 0; n < 2; n++) {
		hp_step("reads into an untouched page, then across its middle (%d)", n);
		hp_check_eq(pread(file, place_in(area, n), BYTES, 0), BYTES);
		hp_check_eq(hp_disk_differs(place_in(area, n), 0, BYTES), -1);
		hp_check_hugetlb(start, .free = -1);
	}
}

HP_CASE(write_out, "an O_DIRECT write transfers the contents of a huge page")
{
	static unsigned char back[BYTES];
	int file = hp_nameless_file(hp_disk_folder(), O_DIRECT), cached;
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);
	char self[64];

	/* Reads the file through the page cache. */
	snprintf(self, sizeof(self), "/proc/self/fd/%d", file);
	cached = hp_check_ok(open(self, O_RDONLY | O_CLOEXEC));
	for (int n = 0; n < 2; n++) {
		for (size_t i = 0; i < BYTES; i++)
			place_in(area, n)[i] = (char)(hp_disk_byte(i) ^ n);
		hp_check_eq(pwrite(file, place_in(area, n), BYTES, 0), BYTES);
		hp_check_eq(pread(cached, back, BYTES, 0), BYTES);
		hp_check_eq(memcmp(back, place_in(area, n), BYTES), 0);
	}
}

HP_PROGRAM(.summary = "O_DIRECT transfers data between files and huge pages",
	   .needs = HP_NEEDS("hugetlb:1"),
	   .sources = HP_SOURCES({"man", "open(2)", "O_DIRECT"}))
