// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * UFFDIO_MOVE takes pages from one place of a process to another where they are missing,
 * and copies none: huge pages as they are, parts of them as base pages. What others have
 * as well, or a device has pinned, stays; so does all else than private anonymous memory.
 */
#include "hugeproof.h"

/* A huge page with pattern 'm', and room where it is missing. */
struct ways {
	struct hp_area *from, *to;
	int uffd;
};

static struct ways ways(void)
{
	struct ways ways = {hp_uffd_room(HP_MEMORY_THP), hp_uffd_room(HP_MEMORY_THP),
			    hp_uffd(UFFD_FEATURE_MOVE)};

	hp_fill(ways.from, 'm');
	hp_require_huge(ways.from);
	hp_check_eq(hp_uffd_register(ways.uffd, ways.to->addr, ways.to->size,
				     UFFDIO_REGISTER_MODE_MISSING),
		    0);
	return ways;
}

/* Moves pages to the same places of the other. */
static int move(const struct ways *ways, size_t first, size_t pages, bool holes)
{
	return hp_uffd_move(ways->uffd, hp_page(ways->to, first),
			    hp_page(ways->from, first), pages * ways->to->page_size, holes);
}

/* Nothing moved. */
static void check_stayed(const struct ways *ways)
{
	hp_check_eq(hp_area_smaps(ways->to).rss, 0);
	hp_check_filled(ways->from, 'm');
}

HP_CASE(whole, "a huge page moves as it is")
{
	struct ways it = ways();
	uint64_t frame = hp_frame(it.from->addr);

	hp_check_eq(move(&it, 0, hp_pages(it.to), false), 0);
	hp_check_filled(it.to, 'm');
	hp_check_unmoved(hp_frame(it.to->addr) == frame);
	hp_check_eq(hp_mapped_huge(it.to), it.to->size);
	hp_check_eq(hp_area_smaps(it.from).rss, 0);
	hp_check_zeros(it.from, 0, it.from->size);
}

HP_CASE(part, "a part moves by base pages, and the rest is what it was")
{
	struct ways it = ways();
	size_t base = it.to->page_size;
	uint64_t frame = hp_frame(hp_page(it.from, 4));

	hp_check_eq(move(&it, 3, 5, false), 0);
	hp_check_unmoved(hp_frame(hp_page(it.to, 4)) == frame);
	for (size_t page = 3; page < 8; page++)
		hp_check_page_filled(it.to, page, 'm');
	hp_check_eq(hp_area_smaps(it.to).rss, 5 * base / 1024);
	hp_check_eq(hp_area_smaps(it.from).rss, (it.from->size - 5 * base) / 1024);
	hp_check_filled_around(it.from, 3 * base, 5 * base, 'm');
	hp_check_zeros(it.from, 3 * base, 5 * base);
}

HP_CASE(shifted, "a huge page moves to where none can be, base page by base page")
{
	struct hp_area *to = hp_map_thp(2), there;
	struct ways it = ways();

	hp_check_eq(
		hp_uffd_register(it.uffd, to->addr, to->size, UFFDIO_REGISTER_MODE_MISSING),
		0);
	there = (struct hp_area){.addr = to->addr + it.from->page_size,
				 .size = it.from->size,
				 .page_size = it.from->page_size};
	hp_check_eq(hp_uffd_move(it.uffd, there.addr, it.from->addr, it.from->size, false),
		    0);
	hp_check_filled(&there, 'm');
	hp_check_eq(hp_mapped_huge(to), 0);
	hp_check_eq(hp_area_smaps(to).rss, there.size / 1024);
	hp_check_eq(hp_area_smaps(it.from).rss, 0);
}

HP_CASE(told, "who waits at the other place goes on")
{
	struct ways it = ways();
	struct hp_visitor *visitor = hp_visit(hp_page(it.to, 9), HP_WRITE);
	struct hp_uffd_event fault = hp_uffd_wait(it.uffd, 5);

	hp_check(fault.addr == hp_page(it.to, 9));
	hp_check_eq(move(&it, 0, hp_pages(it.to), false), 0);
	hp_check_eq(hp_visit_end(visitor).signo, 0);
	hp_check_eq(*hp_page(it.to, 9), 'w');
	hp_check_filled_around(it.to, 9 * it.to->page_size, 8, 'm');
}

HP_CASE(present, "EEXIST: what is there stays, and what should have come, too")
{
	struct ways it = ways();
	struct hp_area *source = hp_uffd_source(it.to, 'u');
	size_t base = it.to->page_size;

	hp_check_eq(hp_uffd_copy(it.uffd, hp_page(it.to, 2), hp_page(source, 2), 2 * base),
		    0);
	hp_check_eq(move(&it, 2, 1, false), EEXIST);
	hp_check_eq(move(&it, 0, hp_pages(it.to), false), EAGAIN);
	hp_check_page_filled(it.to, 0, 'm');
	hp_check_page_filled(it.to, 1, 'm');
	hp_check_page_filled(it.to, 2, 'u');
	hp_check_page_filled(it.to, 3, 'u');
	hp_check_eq(hp_area_smaps(it.to).rss, 4 * base / 1024);
	hp_check_filled_around(it.from, 0, 2 * base, 'm');
}

HP_CASE(holes, "ENOENT: a hole; a hole that may be stays one")
{
	struct ways it = ways();
	size_t base = it.to->page_size;

	hp_check_ok(madvise(hp_page(it.from, 4), base, MADV_DONTNEED));
	hp_check_eq(move(&it, 4, 2, false), ENOENT);
	hp_check_eq(move(&it, 0, hp_pages(it.to), true), 0);
	hp_check_eq(hp_area_smaps(it.to).rss, (it.to->size - base) / 1024);
	hp_check_eq(hp_uffd_zero(it.uffd, hp_page(it.to, 4), base), 0);
	hp_check_filled_around(it.to, 4 * base, base, 'm');
	hp_check_zeros(it.to, 4 * base, base);
}

HP_CASE(zeros, "the huge zero page moves as zeros")
{
	struct ways it = ways();

	hp_thp_setting("use_zero_page", "1");
	hp_check_ok(madvise(it.from->addr, it.from->size, MADV_DONTNEED));
	hp_check_zeros(it.from, 0, 8);
	hp_require(hp_is_zero_page(hp_page(it.from, 3)), "no huge zero page");
	hp_check_eq(move(&it, 0, hp_pages(it.to), false), 0);
	hp_check_zeros(it.to, 0, it.to->size);
	hp_fill(it.to, 'z');
	hp_check_filled(it.to, 'z');
	hp_check_zeros(it.from, 0, it.from->size);
}

struct family {
	struct hp_area *area;
	struct hp_barrier *turn;
};

static void child_has_it(void *arg)
{
	const struct family *family = arg;

	hp_meet(family->turn);
	hp_check_filled(family->area, 'm');
}

HP_CASE(forked, "EBUSY: pages that a child has, too, until they are the parent's alone")
{
	struct ways it = ways();
	struct family family = {it.from, hp_barrier(2)};
	pid_t child = hp_fork(child_has_it, &family);

	hp_check_eq(move(&it, 0, hp_pages(it.to), false), EBUSY);
	hp_check_eq(move(&it, 3, 1, false), EBUSY);
	check_stayed(&it);
	hp_meet(family.turn);
	hp_wait_ok(child);
	hp_fill(it.from, 'm');
	hp_check_eq(move(&it, 0, hp_pages(it.to), false), 0);
	hp_check_filled(it.to, 'm');
}

HP_CASE(pinned, "EBUSY: pages that a device has pinned")
{
	struct ways it = ways();
	struct hp_ring *ring = hp_ring();
	uint64_t word = 4711, *at = (uint64_t *)it.from->addr;

	hp_check_eq(hp_ring_pin(ring, it.from->addr, it.from->page_size), 0);
	hp_check_eq(move(&it, 0, hp_pages(it.to), false), EBUSY);
	check_stayed(&it);
	hp_check_eq(hp_ring_store(ring, &at, &word, 1), 0);
	hp_check_eq(*at, 4711);
	hp_check_eq(hp_ring_unpin(ring), 0);
	hp_ring_close(ring);
}

HP_CASE(shared, "EINVAL: shared memory")
{
	struct ways it = ways();
	struct hp_area *shmem = hp_uffd_room(HP_MEMORY_TMPFS);

	hp_fill(shmem, 's');
	hp_check_eq(hp_uffd_move(it.uffd, it.to->addr, shmem->addr, shmem->size, false),
		    EINVAL);
	check_stayed(&it);
	hp_check_filled(shmem, 's');
}

HP_CASE(unregistered, "EINVAL: where to is not this descriptor's")
{
	struct ways it = ways();

	hp_check_eq(hp_uffd_unregister(it.uffd, it.to->addr, it.to->size), 0);
	hp_check_eq(move(&it, 0, hp_pages(it.to), false), EINVAL);
	check_stayed(&it);
}

HP_CASE(unlike, "EINVAL: memory that may not be written, or is locked on one side")
{
	struct ways it = ways();

	hp_check_ok(mprotect(it.from->addr, it.from->size, PROT_READ));
	hp_check_eq(move(&it, 0, hp_pages(it.to), false), EINVAL);
	hp_check_ok(mprotect(it.from->addr, it.from->size, PROT_READ | PROT_WRITE));
	hp_check_ok(mlock(it.from->addr, it.from->size));
	hp_check_eq(move(&it, 0, hp_pages(it.to), false), EINVAL);
	check_stayed(&it);
}

HP_CASE(misaligned, "EINVAL: parts of base pages; ENOENT: nothing mapped")
{
	struct ways it = ways();
	size_t base = it.to->page_size;

	hp_check_eq(hp_uffd_move(it.uffd, it.to->addr + 8, it.from->addr, base, false),
		    EINVAL);
	hp_check_eq(hp_uffd_move(it.uffd, it.to->addr, it.from->addr + 8, base, false),
		    EINVAL);
	hp_check_eq(hp_uffd_move(it.uffd, it.to->addr, it.from->addr, base / 2, false),
		    EINVAL);
	check_stayed(&it);
	hp_check_ok(munmap(it.from->addr, it.from->size));
	hp_check_eq(move(&it, 0, 1, false), ENOENT);
}

HP_PROGRAM(.summary = "anonymous pages move from place to place without a copy",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap", "root"),
	   .source = "userfaultfd: UFFDIO_MOVE uABI (2023)")
