// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A file is read into a buffer that io_uring has registered, and written from there: every
 * byte arrives, at the ends of a page and across two, whatever pages the buffer is of.
 */
#include "hugeproof.h"

#define BYTES ((size_t)64 * 1024)

/* Where in the area transfers go: its start, across its middle, its end. */
static char *place(const struct hp_area *area, int n)
{
	return area->addr + n * (area->size - BYTES) / 2;
}

static struct hp_area *buffer(enum hp_memory memory, struct hp_ring *ring)
{
	struct hp_area *area = hp_map_memory(memory, 2 * hp_thp_size());

	hp_populate(memory, area);
	hp_fill(area, 'b');
	hp_check_eq(hp_ring_pin(ring, area->addr, area->size), 0);
	return area;
}

static void both_ways(enum hp_memory memory, bool direct)
{
	static unsigned char back[BYTES];
	int fd = hp_disk_file(3 * BYTES, direct), out = hp_disk_file(BYTES, direct);
	struct hp_ring *ring = hp_ring();
	struct hp_area *area = buffer(memory, ring);

	for (int n = 0; n < 3; n++) {
		char *at = place(area, n);

		hp_step("place %d of 3", n + 1);
		hp_check_filled_around(area, at - area->addr,
				       area->size - (at - area->addr), 'b');
		hp_check_eq(hp_ring_read(ring, fd, at, BYTES, (off_t)(n * BYTES)), BYTES);
		hp_check_eq(hp_disk_differs(at, n * BYTES, BYTES), -1);
		hp_check_filled_around(area, at - area->addr, BYTES, 'b');

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
	hp_check_eq(hp_ring_unpin(ring), 0);
	hp_ring_close(ring);
}

HP_MEMORY_CASES(cached, "through the page cache")
{
	both_ways(memory, false);
}

HP_MEMORY_CASES(direct, "past the page cache (O_DIRECT)")
{
	both_ways(memory, true);
}

HP_PROGRAM(.summary = "io_uring moves bytes between files and registered buffers",
	   .needs = HP_NEEDS("hugetlb:2", "thp", "root", "pagemap"),
	   .source = "io_uring_register(2), IORING_REGISTER_BUFFERS")
