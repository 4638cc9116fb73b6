// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Pages moved by UFFDIO_MOVE belong to their new place in every respect: rmap finds them
 * there, and they are swapped, migrated, split, collapsed and copied there. Swapped-out
 * pages move too.
 */
#include "hugeproof.h"

struct move {
	struct hp_area *from, *to; /* pages filled with 'm', and a range without pages */
	int uffd;
};

static struct move room_for(enum hp_memory memory)
{
	struct move it = {hp_map_filled_base(memory, hp_pmd_size, 'm'),
			  hp_map_memory(memory, hp_pmd_size), -1};

	hp_khugepaged_calm();
	it.to->page_size = hp_base_size;
	it.uffd = hp_uffd_for(it.to, UFFDIO_REGISTER_MODE_MISSING, UFFD_FEATURE_MOVE);
	return it;
}

static int move(const struct move *it, size_t first, size_t pages)
{
	return hp_uffd_move(it->uffd, hp_page(it->to, first), hp_page(it->from, first),
			    pages * hp_base_size, false);
}

static const struct way {
	struct hp_variant variant;
	enum hp_memory memory;
	bool piecewise;
} ways[] = {
	{{"base", "base pages"}, HP_MEMORY_BASE, false},
	{{"mthp", "huge pages of 64 kB"}, HP_MEMORY_MTHP, false},
	{{"thp", "a whole THP"}, HP_MEMORY_THP, false},
	{{"thp_parts", "a THP in parts, the last first"}, HP_MEMORY_THP, true},
};

static struct move moved(const struct way *way)
{
	struct move it = room_for(way->memory);
	size_t pages = hp_pages(it.to), step = way->piecewise ? pages / 8 : pages;

	for (size_t first = pages; first; first -= step)
		hp_check_eq(move(&it, first - step, step), 0);
	hp_check_eq(hp_area_smaps(it.to).rss, it.to->size / 1024);
	hp_check_eq(hp_area_smaps(it.from).rss, 0);
	return it;
}

static void check_there(const struct move *it)
{
	hp_check_filled(it->to, 'm');
	hp_check_eq(hp_uffd_unregister(it->uffd, it->to->addr, it->to->size), 0);
	hp_check_zeros(it->from);
	hp_fill(it->from, 'f');
	hp_check_filled(it->to, 'm');
}

/* Swaps pages out, which only works if rmap finds them. */
static void swap_out(const struct hp_area *area)
{
	hp_eventually((hp_check_ok(madvise(area->addr, area->size, MADV_PAGEOUT)),
		       hp_area_smaps(area).rss == 0),
		      5);
}

HP_CASES(swapped, "pages moved by UFFDIO_MOVE are swapped out and come back", ways, way)
{
	struct move it;

	hp_case_needs("swap");
	it = moved(way);
	swap_out(it.to);
	hp_check_eq(hp_area_smaps(it.to).swap, it.to->size / 1024);
	check_there(&it);
}

HP_CASES(from_swap, "UFFDIO_MOVE moves swapped-out pages without reading them", ways, way)
{
	struct move it;
	size_t pages, half;

	hp_case_needs("swap");
	it = room_for(way->memory);
	pages = hp_pages(it.to);
	half = pages / 2 + 5;
	swap_out(it.from);
	hp_check_eq(move(&it, half, pages - half), 0);
	hp_check_eq(move(&it, 0, half), 0);
	hp_check_eq(hp_area_smaps(it.to).rss, 0);
	hp_check_eq(hp_area_smaps(it.to).swap, it.to->size / 1024);
	hp_check_eq(hp_area_smaps(it.from).swap, 0);
	check_there(&it);
}

HP_CASES(from_swap_and_memory,
	 "UFFDIO_MOVE moves a range of which every second page has come back from swap",
	 ways, way)
{
	struct move it;

	hp_case_needs("swap");
	it = room_for(way->memory);
	swap_out(it.from);
	for (size_t page = 0; page < hp_pages(it.from); page += 2)
		hp_check_filled(hp_nth_page(it.from, page), 'm');
	hp_check_eq(move(&it, 0, hp_pages(it.to)), 0);
	hp_check_eq(hp_area_smaps(it.from).rss, 0);
	hp_check_eq(hp_area_smaps(it.from).swap, 0);
	swap_out(it.to);
	check_there(&it);
}

HP_CASES(migrated, "pages moved by UFFDIO_MOVE migrate to another node", ways, way)
{
	struct move it;
	int to;

	hp_case_needs("nodes:2");
	to = hp_node(1);
	hp_bind_process(hp_node(0));
	it = moved(way);
	for (size_t page = 0; page < hp_pages(it.to); page++)
		hp_check_eq(hp_move_to_node(hp_page(it.to, page), to), to);
	check_there(&it);
}

HP_CASES(moved_on, "pages moved by UFFDIO_MOVE move on by mremap, and back by UFFDIO_MOVE",
	 ways, way)
{
	struct move it = moved(way), back;
	struct hp_area *place = hp_map_anon(it.to->size);
	struct hp_area at = *it.to;

	at.addr = hp_check_ok(mremap(at.addr, at.size, at.size,
				     MREMAP_MAYMOVE | MREMAP_FIXED, place->addr));
	hp_check_filled(&at, 'm');
	back = (struct move){&at, it.from, it.uffd};
	hp_check_eq(hp_uffd_register(it.uffd, it.from->addr, it.from->size,
				     UFFDIO_REGISTER_MODE_MISSING),
		    0);
	hp_check_eq(move(&back, 0, hp_pages(&at)), 0);
	check_there(&back);
}

static void child_writes(void *arg)
{
	const struct hp_area *area = arg;

	hp_check_filled(area, 'm');
	hp_fill(area, 'c');
	hp_check_filled(area, 'c');
}

HP_CASES(forked, "pages moved by UFFDIO_MOVE are shared by fork and copied on write", ways,
	 way)
{
	struct move it = moved(way);

	hp_wait_ok(hp_fork(child_writes, it.to));
	check_there(&it);
}

HP_CASES(collapsed, "pages moved by UFFDIO_MOVE are collapsed into a THP and split again",
	 ways, way)
{
	struct move it = moved(way);

	hp_check_eq(hp_uffd_unregister(it.uffd, it.to->addr, it.to->size), 0);
	hp_check_ok(madvise(it.to->addr, it.to->size, MADV_HUGEPAGE));
	hp_check_eq(hp_collapse(it.to), 0);
	hp_check_eq(hp_mapped_huge(it.to), it.to->size);
	hp_check_filled(it.to, 'm');
	hp_split_to_base(it.to);
	hp_check_filled(it.to, 'm');
}

HP_CASE(zeros, "UFFDIO_MOVE moves mappings of the zero page, and a write replaces them")
{
	struct hp_area *from = hp_map_base_pages(16), *to = hp_map_base_pages(16);
	int uffd = hp_uffd_for(to, UFFDIO_REGISTER_MODE_MISSING, UFFD_FEATURE_MOVE);

	hp_case_needs("zero-page");
	hp_check_zeros(from);
	hp_check(hp_is_zero_page(hp_page(from, 3)));
	hp_check_eq(hp_uffd_move(uffd, to->addr, from->addr, to->size, false), 0);
	hp_check(hp_is_zero_page(hp_page(to, 3)));
	hp_check_eq(hp_area_smaps(to).rss, 0);
	hp_check_zeros(to);
	hp_fill(to, 'z');
	hp_check_filled(to, 'z');
	hp_check_zeros(from);
}

HP_PROGRAM(.summary = "pages moved by UFFDIO_MOVE belong to their new place",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap", "root"),
	   .seconds = 20,
	   .sources = HP_SOURCES({"commit", "adef440691ba",
				  "userfaultfd: UFFDIO_MOVE uABI"}))
