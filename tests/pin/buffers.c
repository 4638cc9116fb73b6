// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Many buffers registered with io_uring may share one page, cross a page boundary, or be
 * registered later. A transfer changes the registered range and nothing beyond it.
 */
#include "hugeproof.h"

#define MANY  64
#define BYTES 1000 /* of each buffer, which is not aligned */

static struct hp_area *filled(enum hp_memory memory)
{
	return hp_map_filled(memory, 2 * hp_pmd_size, 'b');
}

/* The nth buffer in the first huge page; none is page-aligned. */
static char *place(const struct hp_area *area, int n)
{
	return area->addr + (size_t)n * (hp_pmd_size / MANY) + 24;
}

HP_CASES(many, "reads into 64 buffers of one huge page fill each with its own data",
	 hp_memory_kinds, kind)
{
	int fd = hp_disk_file((size_t)MANY * BYTES, false);
	struct hp_ring *ring = hp_ring_open();
	struct hp_area *area = filled(kind->memory);
	struct iovec ranges[MANY];

	for (int n = 0; n < MANY; n++)
		ranges[n] = (struct iovec){place(area, n), BYTES};
	hp_check_eq(hp_ring_pin_all(ring, ranges, MANY), 0);
	/*
	 * In reverse order, so that a read that is too long is not overwritten by the next
	 * one.
	 */
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
	/* The bytes between the buffers are unchanged. */
	for (int n = 0; n < MANY; n++)
		for (size_t i = 0; i < BYTES; i += 8)
			*(uint64_t *)(place(area, n) + i) = hp_pattern(
				area, (size_t)(place(area, n) + i - area->addr), 'b');
	hp_check_filled(area, 'b');
	hp_ring_release(ring);
}

HP_CASES(across, "a read fills a buffer that crosses from one huge page into the next",
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

HP_CASES(beyond, "a transfer beyond the end of a registered buffer fails with EFAULT",
	 hp_memory_kinds, kind)
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

HP_CASES(sparse, "a slot of a sparse buffer table can be filled, replaced and cleared",
	 hp_memory_kinds, kind)
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

HP_PROGRAM(.summary = "a transfer reaches the bytes of its registered buffer and no others",
	   .needs = HP_NEEDS("hugetlb:3", "thp", "root", "pagemap"),
	   .sources = HP_SOURCES(
		   {"man", "io_uring_register(2)", "IORING_REGISTER_BUFFERS2"},
		   {"man", "io_uring_register(2)", "IORING_REGISTER_BUFFERS_UPDATE"}))
