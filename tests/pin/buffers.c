// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Buffers registered with io_uring may lie many in one page, across two, or be added later.
 * A transfer reaches the registered bytes and none beyond.
 */
#include "hugeproof.h"

#define MANY  64
#define BYTES 1000 /* of each, at odd places */

static struct hp_area *filled(enum hp_memory memory)
{
	return hp_map_filled(memory, 2 * hp_pmd_size, 'b');
}

/* The nth of many places in the first huge page, none of which begins a page. */
static char *place(const struct hp_area *area, int n)
{
	return area->addr + (size_t)n * (hp_pmd_size / MANY) + 24;
}

HP_CASES(many, "64 buffers in one huge page each take their own bytes", hp_memory_kinds,
	 kind)
{
	int fd = hp_disk_file((size_t)MANY * BYTES, false);
	struct hp_ring *ring = hp_ring_open();
	struct hp_area *area = filled(kind->memory);
	struct iovec ranges[MANY];

	for (int n = 0; n < MANY; n++)
		ranges[n] = (struct iovec){place(area, n), BYTES};
	hp_check_eq(hp_ring_pin_all(ring, ranges, MANY), 0);
	/* Backwards, so that no read overwrites an earlier one. */
	for (int n = MANY - 1; n >= 0; n--) {
		hp_step("buffer %d", n);
		hp_ring_use(ring, n);
		hp_check_eq(hp_ring_read(ring, fd, place(area, n), BYTES, n * BYTES),
			    BYTES);
	}
	for (int n = 0; n < MANY; n++) {
		hp_step("contents of buffer %d", n);
		hp_check_eq(hp_disk_differs(place(area, n), (size_t)n * BYTES, BYTES), -1);
	}
	/* The bytes between them are unchanged. */
	for (int n = 0; n < MANY; n++)
		for (size_t i = 0; i < BYTES; i += 8)
			*(uint64_t *)(place(area, n) + i) = hp_pattern(
				area, (size_t)(place(area, n) + i - area->addr), 'b');
	hp_check_filled(area, 'b');
	hp_ring_release(ring);
}

HP_CASES(across, "a buffer reaches from the middle of one huge page to that of the next",
	 hp_memory_kinds, kind)
{
	int fd = hp_disk_file(hp_pmd_size, false);
	struct hp_ring *ring = hp_ring_open();
	struct hp_area *area = filled(kind->memory);
	char *from = area->addr + area->size / 2 - hp_pmd_size / 2;

	hp_check_eq(hp_ring_pin(ring, from, hp_pmd_size), 0);
	hp_check_eq(hp_ring_read(ring, fd, from, hp_pmd_size, 0), hp_pmd_size);
	hp_check_eq(hp_disk_differs(from, 0, hp_pmd_size), -1);
	hp_check_filled_around(area, hp_part(area, from - area->addr, hp_pmd_size), 'b');
	hp_ring_release(ring);
}

HP_CASES(beyond, "a transfer beyond the end of a buffer is refused", hp_memory_kinds, kind)
{
	int fd = hp_disk_file(4096, false);
	struct hp_ring *ring = hp_ring_open();
	struct hp_area *area = filled(kind->memory);
	char *from = area->addr + 4096;

	hp_check_eq(hp_ring_pin(ring, from, 4096), 0);
	hp_check_eq(hp_ring_read(ring, fd, from, 4097, 0), -EFAULT);
	hp_check_eq(hp_ring_read(ring, fd, from - 1, 1, 0), -EFAULT);
	hp_check_eq(hp_ring_read(ring, fd, from + 4096, 1, 0), -EFAULT);
	hp_check_eq(hp_ring_read(ring, fd, from + 4095, 2, 0), -EFAULT);
	hp_check_filled(area, 'b');
	hp_check_eq(hp_ring_read(ring, fd, from + 4095, 1, 0), 1);
	hp_check_eq(hp_disk_differs(from + 4095, 0, 1), -1);
	hp_ring_release(ring);
}

HP_CASES(sparse, "a sparse table takes a buffer, another one, and none", hp_memory_kinds,
	 kind)
{
	int fd = hp_disk_file(4096, false);
	struct hp_ring *ring = hp_ring_open();
	struct hp_area *area = filled(kind->memory),
		       *other = hp_map_memory(kind->memory, 1);
	char *from = area->addr + 2 * hp_base_size;

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
	hp_check_filled_around(area, hp_part(area, from - area->addr, 4096), 'b');
	hp_ring_release(ring);
}

HP_PROGRAM(.summary = "a registered buffer is what was registered, to the byte",
	   .needs = HP_NEEDS("hugetlb:3", "thp", "root", "pagemap"),
	   .sources = HP_SOURCES(
		   {"man", "io_uring_register(2)", "IORING_REGISTER_BUFFERS2"},
		   {"man", "io_uring_register(2)", "IORING_REGISTER_BUFFERS_UPDATE"}))
