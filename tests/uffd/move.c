// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * UFFDIO_MOVE moves pages of private anonymous memory to where they are missing, without a
 * copy: a THP as a whole, parts of one by base pages. Pages that are shared with a child or
 * pinned do not move, and neither does memory of any other kind.
 */
#include "hugeproof.h"

/* A THP filled with 'm', and a range without pages. */
struct ways {
	struct hp_area *from, *to;
	int uffd;
};

static struct ways ways(void)
{
	struct ways ways = {hp_uffd_room(HP_MEMORY_THP), hp_uffd_room(HP_MEMORY_THP), -1};

	hp_fill(ways.from, 'm');
	hp_require_huge(ways.from);
	ways.uffd = hp_uffd_for(ways.to, UFFDIO_REGISTER_MODE_MISSING, UFFD_FEATURE_MOVE);
	return ways;
}

/* Moves pages to the same offset in the other range. */
static int move(const struct ways *ways, size_t first, size_t pages, bool holes)
{
	return hp_uffd_move(ways->uffd, hp_page(ways->to, first),
			    hp_page(ways->from, first), pages * ways->to->page_size, holes);
}

static int move_all(const struct ways *ways)
{
	return move(ways, 0, hp_pages(ways->to), false);
}

/* No page was moved. */
static void check_stayed(const struct ways *ways)
{
	hp_check_eq(hp_area_smaps(ways->to).rss, 0);
	hp_check_filled(ways->from, 'm');
}

HP_CASE(whole, "UFFDIO_MOVE of a whole THP moves its frames, and it stays a THP")
{
	struct ways it = ways();
	uint64_t frame = hp_pfn(it.from->addr);

	hp_check_eq(move_all(&it), 0);
	hp_check_filled(it.to, 'm');
	hp_check_unmoved(hp_pfn(it.to->addr) == frame);
	hp_check_eq(hp_mapped_huge(it.to), it.to->size);
	hp_check_eq(hp_area_smaps(it.from).rss, 0);
	hp_check_zeros(it.from);
}

HP_CASE(part, "UFFDIO_MOVE of a part of a THP moves base pages, and the rest stays")
{
	struct ways it = ways();
	size_t base = it.to->page_size;
	uint64_t frame = hp_pfn(hp_page(it.from, 4));

	hp_check_eq(move(&it, 3, 5, false), 0);
	hp_check_unmoved(hp_pfn(hp_page(it.to, 4)) == frame);
	for (size_t page = 3; page < 8; page++)
		hp_check_filled(hp_nth_page(it.to, page), 'm');
	hp_check_eq(hp_area_smaps(it.to).rss, 5 * base / 1024);
	hp_check_eq(hp_area_smaps(it.from).rss, (it.from->size - 5 * base) / 1024);
	hp_check_filled_around(it.from, hp_part(it.from, 3 * base, 5 * base), 'm');
	hp_check_zeros(hp_part(it.from, 3 * base, 5 * base));
}

HP_CASE(shifted, "UFFDIO_MOVE of a THP to an unaligned address moves base pages")
{
	struct hp_area *to = hp_map_thp(2);
	struct ways it = ways();
	/* It has base pages, as its pages arrive as such. */
	struct hp_area there = hp_area_at(to->addr + it.from->page_size, it.from->size,
					  it.from->page_size);

	hp_check_eq(
		hp_uffd_register(it.uffd, to->addr, to->size, UFFDIO_REGISTER_MODE_MISSING),
		0);
	hp_check_eq(hp_uffd_move(it.uffd, there.addr, it.from->addr, it.from->size, false),
		    0);
	hp_check_filled(&there, 'm');
	hp_check_eq(hp_mapped_huge(to), 0);
	hp_check_eq(hp_area_smaps(to).rss, there.size / 1024);
	hp_check_eq(hp_area_smaps(it.from).rss, 0);
}

HP_CASE(told, "UFFDIO_MOVE wakes an access that waits at the destination")
{
	struct ways it = ways();
	struct hp_faulting_thread *thread = hp_fault_in_thread(hp_page(it.to, 9), HP_WRITE);

	hp_uffd_fault(it.uffd, hp_page(it.to, 9));
	hp_check_eq(move_all(&it), 0);
	hp_check_goes_on(thread);
	hp_check_eq(*hp_page(it.to, 9), 'w');
	hp_check_filled_around(it.to, hp_part(it.to, 9 * it.to->page_size, 8), 'm');
}

HP_CASE(present, "UFFDIO_MOVE onto a present page fails with EEXIST, and the page stays")
{
	struct ways it = ways();
	struct hp_area *source = hp_uffd_source(it.to, 'u');
	size_t base = it.to->page_size;

	hp_check_eq(hp_uffd_copy(it.uffd, hp_page(it.to, 2), hp_page(source, 2), 2 * base),
		    0);
	hp_check_eq(move(&it, 2, 1, false), EEXIST);
	hp_check_eq(move_all(&it), EAGAIN);
	hp_check_filled(hp_nth_page(it.to, 0), 'm');
	hp_check_filled(hp_nth_page(it.to, 1), 'm');
	hp_check_filled(hp_nth_page(it.to, 2), 'u');
	hp_check_filled(hp_nth_page(it.to, 3), 'u');
	hp_check_eq(hp_area_smaps(it.to).rss, 4 * base / 1024);
	hp_check_filled_around(it.from, hp_part(it.from, 0, 2 * base), 'm');
}

HP_CASE(holes,
	"UFFDIO_MOVE of a hole fails with ENOENT, or skips it if ALLOW_SRC_HOLES is set")
{
	struct ways it = ways();
	size_t base = it.to->page_size;

	hp_check_ok(madvise(hp_page(it.from, 4), base, MADV_DONTNEED));
	hp_check_eq(move(&it, 4, 2, false), ENOENT);
	hp_check_eq(move(&it, 0, hp_pages(it.to), true), 0);
	hp_check_eq(hp_area_smaps(it.to).rss, (it.to->size - base) / 1024);
	hp_check_eq(hp_uffd_zero(it.uffd, hp_page(it.to, 4), base), 0);
	hp_check_filled_around(it.to, hp_part(it.to, 4 * base, base), 'm');
	hp_check_zeros(hp_part(it.to, 4 * base, base));
}

HP_CASE(zeros, "UFFDIO_MOVE moves the huge zero page, and the destination reads as zeros")
{
	struct ways it = ways();

	hp_case_needs("zero-page");
	hp_thp_setting("use_zero_page", "1");
	hp_check_ok(madvise(it.from->addr, it.from->size, MADV_DONTNEED));
	hp_check_zeros(hp_part(it.from, 0, 8));
	hp_check(hp_is_zero_page(hp_page(it.from, 3)));
	hp_check_eq(move_all(&it), 0);
	hp_check_zeros(it.to);
	hp_check_writable(it.to, 'z');
	hp_check_zeros(it.from);
}

static void check_filled(void *area)
{
	hp_check_filled((struct hp_area *)area, 'm');
}

HP_CASE(forked, "UFFDIO_MOVE of pages shared with a child fails with EBUSY until it exits")
{
	struct ways it = ways();
	struct hp_paused *child = hp_fork_paused(NULL, check_filled, it.from);

	hp_check_eq(move_all(&it), EBUSY);
	hp_check_eq(move(&it, 3, 1, false), EBUSY);
	check_stayed(&it);
	hp_resume_ok(child);
	hp_fill(it.from, 'm');
	hp_check_eq(move_all(&it), 0);
	hp_check_filled(it.to, 'm');
}

HP_CASE(pinned, "UFFDIO_MOVE of pinned pages fails with EBUSY")
{
	struct ways it = ways();
	struct hp_ring *ring = hp_ring_open();
	uint64_t word = 4711, *at = (uint64_t *)it.from->addr;

	hp_check_eq(hp_ring_pin(ring, it.from->addr, it.from->page_size), 0);
	hp_check_eq(move_all(&it), EBUSY);
	check_stayed(&it);
	hp_check_eq(hp_ring_store(ring, &at, &word, 1), 0);
	hp_check_eq(*at, 4711);
	hp_ring_release(ring);
}

HP_CASE(shared, "UFFDIO_MOVE of shared memory fails with EINVAL")
{
	struct ways it = ways();
	struct hp_area *shmem = hp_uffd_room(HP_MEMORY_TMPFS);

	hp_fill(shmem, 's');
	hp_check_eq(hp_uffd_move(it.uffd, it.to->addr, shmem->addr, shmem->size, false),
		    EINVAL);
	check_stayed(&it);
	hp_check_filled(shmem, 's');
}

HP_CASE(unregistered, "UFFDIO_MOVE to an unregistered destination fails with EINVAL")
{
	struct ways it = ways();

	hp_check_eq(hp_uffd_unregister(it.uffd, it.to->addr, it.to->size), 0);
	hp_check_eq(move_all(&it), EINVAL);
	check_stayed(&it);
}

HP_CASE(unlike,
	"UFFDIO_MOVE of read-only memory, or mlocked on one side, fails with EINVAL")
{
	struct ways it = ways();

	hp_protect(it.from, PROT_READ);
	hp_check_eq(move_all(&it), EINVAL);
	hp_protect(it.from, PROT_READ | PROT_WRITE);
	hp_check_ok(mlock(it.from->addr, it.from->size));
	hp_check_eq(move_all(&it), EINVAL);
	check_stayed(&it);
}

HP_CASE(misaligned,
	"UFFDIO_MOVE of unaligned ranges fails with EINVAL, and of holes with ENOENT")
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

static const struct place {
	struct hp_variant variant;
	bool swapped, read;
} places[] = {
	{{"written", "written to"}, false, false},
	{{"swapped", "in swap"}, true, false},
	{{"read_back", "read back from swap"}, true, true},
};

/* So that a checkpoint finds them at their new address. */
HP_CASES(soft_dirty, "UFFDIO_MOVE marks the pages that it moves as soft-dirty", places,
	 place)
{
	struct hp_area *from, *to;
	int uffd;

	hp_case_needs("soft-dirty");
	if (place->swapped)
		hp_case_needs("swap");
	from = hp_filled_base_pages(16, 'm');
	to = hp_map_base_pages(16);
	uffd = hp_uffd_for(to, UFFDIO_REGISTER_MODE_MISSING, UFFD_FEATURE_MOVE);
	if (place->swapped)
		hp_page_out(from);
	if (place->read)
		hp_check_filled(from, 'm');
	hp_clear_refs("4");
	hp_check_eq(hp_sum_pages(from).soft_dirty, 0);
	hp_check_eq(hp_uffd_move(uffd, to->addr, from->addr, to->size, false), 0);
	hp_check_eq(hp_sum_pages(to).soft_dirty, hp_pages(to));
	hp_check_filled(to, 'm');
}

HP_PROGRAM(.summary = "UFFDIO_MOVE moves anonymous pages to another address without a copy",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap", "root"),
	   .sources = HP_SOURCES({"commit", "adef440691ba",
				  "userfaultfd: UFFDIO_MOVE uABI"}))
