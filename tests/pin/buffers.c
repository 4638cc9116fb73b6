// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Buffers that io_uring has registered need not be pages: many in one, one across two, or
 * none yet. Each reaches as far as it was registered, and not a byte further.
 */
#include "hugeproof.h"

#define MANY  64
#define BYTES 1000 /* of each, at odd places */

static struct hp_area *filled(enum hp_memory memory)
{
	struct hp_area *area = hp_map_memory(memory, 2 * hp_thp_size());

	hp_populate(memory, area);
	hp_fill(area, 'b');
	return area;
}

/* The nth of many places in the first huge page, none of which begins a page. */
static char *place(const struct hp_area *area, int n)
{
	return area->addr + (size_t)n * (hp_thp_size() / MANY) + 24;
}

HP_MEMORY_CASES(many, "64 buffers in one huge page")
{
	int fd = hp_disk_file((size_t)MANY * BYTES, false);
	struct hp_ring *ring = hp_ring();
	struct hp_area *area = filled(memory);
	struct iovec ranges[MANY];

	for (int n = 0; n < MANY; n++)
		ranges[n] = (struct iovec){place(area, n), BYTES};
	hp_check_eq(hp_ring_pin_all(ring, ranges, MANY), 0);
	/* Backwards, so that no read runs into the next. */
	for (int n = MANY - 1; n >= 0; n--) {
		hp_step("buffer %d", n);
		hp_ring_use(ring, n);
		hp_check_eq(hp_ring_read(ring, fd, place(area, n), BYTES, n * BYTES),
			    BYTES);
	}
	for (int n = 0; n < MANY; n++) {
		hp_step("buffer %d, looked at", n);
		hp_check_eq(hp_disk_differs(place(area, n), (size_t)n * BYTES, BYTES), -1);
	}
	/* What lies between them is as it was. */
	for (int n = 0; n < MANY; n++)
		for (size_t i = 0; i < BYTES; i += 8)
			*(uint64_t *)(place(area, n) + i) = hp_pattern(
				area, (size_t)(place(area, n) + i - area->addr), 'b');
	hp_check_filled(area, 'b');
	hp_check_eq(hp_ring_unpin(ring), 0);
	hp_ring_close(ring);
}

HP_MEMORY_CASES(across, "a buffer from the middle of a huge page to that of the next")
{
	const size_t huge = hp_thp_size();
	int fd = hp_disk_file(huge, false);
	struct hp_ring *ring = hp_ring();
	struct hp_area *area = filled(memory);
	char *from = area->addr + area->size / 2 - huge / 2;

	hp_check_eq(hp_ring_pin(ring, from, huge), 0);
	hp_check_eq(hp_ring_read(ring, fd, from, huge, 0), huge);
	hp_check_eq(hp_disk_differs(from, 0, huge), -1);
	hp_check_filled_around(area, from - area->addr, huge, 'b');
	hp_check_eq(hp_ring_unpin(ring), 0);
	hp_ring_close(ring);
}

HP_MEMORY_CASES(beyond, "a transfer that reaches beyond the buffer is refused")
{
	int fd = hp_disk_file(4096, false);
	struct hp_ring *ring = hp_ring();
	struct hp_area *area = filled(memory);
	char *from = area->addr + 4096;

	hp_check_eq(hp_ring_pin(ring, from, 4096), 0);
	hp_check_eq(hp_ring_read(ring, fd, from, 4097, 0), -EFAULT);
	hp_check_eq(hp_ring_read(ring, fd, from - 1, 1, 0), -EFAULT);
	hp_check_eq(hp_ring_read(ring, fd, from + 4096, 1, 0), -EFAULT);
	hp_check_eq(hp_ring_read(ring, fd, from + 4095, 2, 0), -EFAULT);
	hp_check_filled(area, 'b');
	hp_check_eq(hp_ring_read(ring, fd, from + 4095, 1, 0), 1);
	hp_check_eq(hp_disk_differs(from + 4095, 0, 1), -1);
	hp_check_eq(hp_ring_unpin(ring), 0);
	hp_ring_close(ring);
}

HP_MEMORY_CASES(sparse, "a table without memory is given some, other memory, and none")
{
	int fd = hp_disk_file(4096, false);
	struct hp_ring *ring = hp_ring();
	struct hp_area *area = filled(memory), *other = hp_map_memory(memory, 1);
	char *from = area->addr + 2 * hp_base_page_size();

	hp_check_eq(hp_ring_pin_sparse(ring, 3), 0);
	hp_ring_use(ring, 1);
	hp_check_eq(hp_ring_read(ring, fd, from, 4096, 0), -EFAULT);
	hp_check_eq(hp_ring_replace(ring, 1, from, 4096), 0);
	hp_check_eq(hp_ring_read(ring, fd, from, 4096, 0), 4096);
	hp_check_eq(hp_disk_differs(from, 0, 4096), -1);
	hp_ring_use(ring, 2);
	hp_check_eq(hp_ring_read(ring, fd, from, 4096, 0), -EFAULT);
	hp_ring_use(ring, 1);
	hp_check_eq(hp_ring_replace(ring, 1, other->addr, 4096), 0);
	hp_check_eq(hp_ring_read(ring, fd, from, 4096, 0), -EFAULT);
	hp_check_eq(hp_ring_read(ring, fd, other->addr, 4096, 0), 4096);
	hp_check_eq(hp_disk_differs(other->addr, 0, 4096), -1);
	hp_check_eq(hp_ring_replace(ring, 1, NULL, 0), 0);
	hp_check_eq(hp_ring_read(ring, fd, other->addr, 4096, 0), -EFAULT);
	hp_check_eq(hp_ring_replace(ring, 3, from, 4096), EINVAL);
	hp_check_filled_around(area, from - area->addr, 4096, 'b');
	hp_check_eq(hp_ring_unpin(ring), 0);
	hp_ring_close(ring);
}

HP_PROGRAM(.summary = "a registered buffer is what was registered, to the byte",
	   .needs = HP_NEEDS("hugetlb:3", "thp", "root", "pagemap"),
	   .source = "io_uring_register(2), IORING_REGISTER_BUFFERS2, _UPDATE")
