// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * io_uring reads a file into a registered buffer and writes it from there: all data
 * arrives, at the ends of a page and across two, whatever kind of pages the buffer has.
 */
#include "hugeproof.h"

#define BYTES ((size_t)64 * 1024)

/* The nth position of a transfer: the start of the area, across its middle, its end. */
static char *place(const struct hp_area *area, int n)
{
	return area->addr + n * (area->size - BYTES) / 2;
}

static void both_ways(enum hp_memory memory, bool direct)
{
	static unsigned char back[BYTES];
	int fd = hp_disk_file(3 * BYTES, direct), out = hp_disk_file(BYTES, direct);
	struct hp_ring *ring = hp_ring_open();
	struct hp_area *area = hp_map_filled(memory, 2 * hp_pmd_size, 'b');

	hp_check_eq(hp_ring_pin(ring, area->addr, area->size), 0);
	for (int n = 0; n < 3; n++) {
		char *at = place(area, n);

		hp_step("place %d of 3", n + 1);
		hp_check_filled_around(
			area,
			hp_part(area, at - area->addr, area->size - (at - area->addr)),
			'b');
		hp_check_eq(hp_ring_read(ring, fd, at, BYTES, (off_t)(n * BYTES)), BYTES);
		hp_check_eq(hp_disk_differs(at, n * BYTES, BYTES), -1);
		hp_check_filled_around(area, hp_part(area, at - area->addr, BYTES), 'b');

		for (size_t i = 0; i < BYTES; i++)
			at[i] = (char)~at[i];
		hp_check_eq(hp_ring_write(ring, out, at, BYTES, 0), BYTES);
		hp_check_eq(pread(out, direct ? at : (char *)back, BYTES, 0), BYTES);
		if (direct)
			memcpy(back, at, BYTES);
		for (size_t i = 0; i < BYTES; i++)
			back[i] = (unsigned char)~back[i];
		hp_check_eq(hp_disk_differs(back, n * BYTES, BYTES), -1);
		hp_fill(area, 'b');
	}
	hp_ring_release(ring);
}

HP_CASES(cached,
	 "io_uring reads into and writes from a registered buffer through the page cache",
	 hp_memory_kinds, kind)
{
	both_ways(kind->memory, false);
}

HP_CASES(direct, "io_uring reads into and writes from a registered buffer with O_DIRECT",
	 hp_memory_kinds, kind)
{
	both_ways(kind->memory, true);
}

HP_PROGRAM(.summary = "io_uring transfers data between files and registered buffers",
	   .needs = HP_NEEDS("hugetlb:2", "thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"man", "io_uring_register(2)",
				  "IORING_REGISTER_BUFFERS"}))
