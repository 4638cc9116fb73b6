// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An io_uring whose queues are in the program's own memory (IORING_SETUP_NO_MMAP): kernel
 * and program use the same page of a huge page, also after a fork, and the kernel keeps it
 * until the ring is closed, also when it is unmapped.
 */
#include "hugeproof.h"

#include <linux/io_uring.h>
#include <sys/syscall.h>

#ifndef IORING_SETUP_NO_MMAP
#define IORING_SETUP_NO_MMAP (1U << 14)
#endif
/* Both queues fit into one base page, and so do the submission entries. */
#define ENTRIES 8

/* A ring, and where its two base pages are. */
struct own_ring {
	int fd;
	size_t offset; /* in the area: the queues; behind them the submission entries */
	char *queues;
	struct io_uring_sqe *entries;
	struct io_uring_params params;
};

/* The last member of both structs of offsets, which older headers call reserved. */
static void set_address(void *offsets, size_t size, const void *addr)
{
	uint64_t value = (uintptr_t)addr;

	memcpy((char *)offsets + size - sizeof(value), &value, sizeof(value));
}

static struct own_ring open_in(const struct hp_area *area)
{
	struct own_ring ring = {.offset = area->size / 2 - hp_base_size};

	ring.queues = area->addr + ring.offset;
	ring.entries = (struct io_uring_sqe *)(ring.queues + hp_base_size);
	/* Linux 6.12 does not clear the queues. */
	memset(ring.queues, 0, 2 * hp_base_size);
	ring.params.flags = IORING_SETUP_NO_MMAP;
	set_address(&ring.params.cq_off, sizeof(ring.params.cq_off), ring.queues);
	set_address(&ring.params.sq_off, sizeof(ring.params.sq_off), ring.entries);
	ring.fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &ring.params);
	if (ring.fd < 0 && errno == EINVAL && !hp_kernel_from(6, 5))
		hp_skip_case("needs IORING_SETUP_NO_MMAP (Linux 6.5): run it in the lab");
	if (ring.fd < 0 && (errno == ENOSYS || errno == EPERM))
		hp_skip_case("needs io_uring, which this kernel refuses (%s): see "
			     "kernel.io_uring_disabled, or run it in the lab",
			     strerrorname_np(errno));
	hp_check_ok(ring.fd);
	return ring;
}

static _Atomic uint32_t *queue_word(const struct own_ring *ring, uint32_t offset)
{
	return (_Atomic uint32_t *)(ring->queues + offset);
}

/* Submits an operation that does nothing, and checks that its completion arrives. */
static void check_completes(const struct own_ring *ring, uint64_t tag)
{
	const struct io_sqring_offsets *sq = &ring->params.sq_off;
	const struct io_cqring_offsets *cq = &ring->params.cq_off;
	uint32_t tail = *queue_word(ring, sq->tail), head = *queue_word(ring, cq->head);
	uint32_t slot = tail % ring->params.sq_entries;
	const struct io_uring_cqe *done;

	ring->entries[slot] =
		(struct io_uring_sqe){.opcode = IORING_OP_NOP, .user_data = tag};
	*queue_word(ring, sq->array + slot * sizeof(uint32_t)) = slot;
	*queue_word(ring, sq->tail) = tail + 1;
	hp_check_eq(syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS,
			    NULL, 0),
		    1);
	hp_check_eq(*queue_word(ring, sq->head), tail + 1);
	hp_check_eq(*queue_word(ring, cq->tail), head + 1);
	done = (const struct io_uring_cqe *)(ring->queues + cq->cqes) +
	       head % ring->params.cq_entries;
	hp_check_eq(done->user_data, tag);
	hp_check_eq(done->res, 0);
	*queue_word(ring, cq->head) = head + 1;
}

/* Everything but the two base pages of the ring is as it was. */
static void check_around(const struct hp_area *area, const struct own_ring *ring)
{
	hp_check_filled_around(area, hp_part(area, ring->offset, 2 * hp_base_size), 'q');
}

#define ROUNDS (3 * ENTRIES)

HP_CASES(used,
	 "completions arrive in the program's own huge page, and nothing else changes",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = hp_map_filled(kind->memory, 2 * hp_pmd_size, 'q');
	struct own_ring ring = open_in(area);

	for (uint64_t n = 1; n <= ROUNDS; n++)
		check_completes(&ring, n);
	check_around(area, &ring);
	hp_check_ok(close(ring.fd));
	check_around(area, &ring);
}

HP_CASES(forked, "after a fork the ring still uses the page of the parent", hp_memory_kinds,
	 kind)
{
	struct hp_area *area = hp_map_filled(kind->memory, 2 * hp_pmd_size, 'q');
	struct own_ring ring = open_in(area);
	struct hp_paused *child;

	check_completes(&ring, 1);
	hp_paused_child(child) {
		hp_pause(child);
	}
	for (uint64_t n = 2; n <= ROUNDS; n++)
		check_completes(&ring, n);
	hp_resume_ok(child);
	for (uint64_t n = 2; n <= ROUNDS; n++)
		check_completes(&ring, n);
	check_around(area, &ring);
	hp_check_ok(close(ring.fd));
}

HP_CASES(unmapped, "hugetlb pages with a ring stay in use after munmap, until it is closed",
	 hp_sharings, sharing)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_filled_hugetlb(2, sharing->flag, 'q');
	struct own_ring ring = open_in(area);

	check_completes(&ring, 1);
	hp_unmap(area);
	hp_check_hugetlb(start, .free = -2);
	hp_check_ok(close(ring.fd));
	/* The kernel releases a ring from a worker. */
	hp_eventually(hp_hugetlb().free == start.free, 10);
	hp_check_hugetlb(start, );
}

HP_CASES(no_memory_there,
	 "EFAULT for queues where nothing is mapped, and the rest is unchanged",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = hp_map_filled(kind->memory, 2 * hp_pmd_size, 'q');
	const struct hp_area *half = hp_part(area, 0, area->size / 2);
	struct own_ring ring = open_in(area);
	struct io_uring_params params = {.flags = IORING_SETUP_NO_MMAP};

	hp_check_ok(close(ring.fd));
	hp_check_ok(munmap(area->addr + area->size / 2, area->size / 2));
	set_address(&params.cq_off, sizeof(params.cq_off), ring.queues);
	set_address(&params.sq_off, sizeof(params.sq_off), ring.entries);
	hp_check_errno(syscall(SYS_io_uring_setup, ENTRIES, &params), EFAULT);
	hp_check_filled_around(half, hp_part(half, ring.offset, hp_base_size), 'q');
}

HP_PROGRAM(.summary = "io_uring works with its queues in the program's own huge pages",
	   .page_sizes = HP_PMD_SIZE, .seconds = 20,
	   .needs = HP_NEEDS("thp", "root", "pagemap", "hugetlb:4"),
	   .sources = HP_SOURCES({"man", "io_uring_setup(2)", "IORING_SETUP_NO_MMAP"},
				 {"doc", "Documentation/core-api/pin_user_pages.rst"}))
