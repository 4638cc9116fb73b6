// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Non-uniform split of a huge page at one of its base pages: the folio with this page gets
 * the requested order, the rest stays in folios that are as large as possible. Hole punch
 * and truncation of a tmpfs file split the same way. No mapping loses data.
 */
#include "hugeproof.h"

static struct hp_area *filled(enum hp_memory memory)
{
	struct hp_area *area = hp_map_filled_base(memory, hp_pmd_size, 's');

	hp_khugepaged_calm();
	hp_require_huge(area);
	return area;
}

/* The order of the folio of a page after a split at `at` to an order. */
static int order_around(enum hp_memory memory, size_t page, size_t at, int order)
{
	size_t differs = (page ^ at) >> order;
	int half = order;

	if (!differs)
		return order;
	while (differs >>= 1)
		half++;
	/* There are no anonymous folios of two base pages. */
	return memory == HP_MEMORY_THP && half == 1 ? 0 : half;
}

static void check_sizes(enum hp_memory memory, const struct hp_area *area, size_t at,
			int order)
{
	for (size_t page = 0; page < hp_pages(area); page++) {
		hp_step("page %zu of %zu after a split at %zu to order %d", page,
			hp_pages(area), at, order);
		hp_check_folio_size(hp_page(area, page),
				    hp_base_size << order_around(memory, page, at, order));
	}
}

static void split_at(enum hp_memory memory, size_t at, int order)
{
	struct hp_area *area = filled(memory);
	struct hp_vmstat start = hp_events();

	hp_split_folio_at(area->addr, order, at);
	hp_check_event(start, "thp_split_page", 1);
	hp_check_event(start, "thp_split_page_failed", 0);
	hp_check_filled(area, 's');
	check_sizes(memory, area, at, order);
	hp_check_unmoved(hp_contiguous(area->addr, hp_pages(area)));
	hp_check_writable(area, 't');
	hp_unmap(area);
}

static const struct hp_memory_kind kinds[] = {
	{{"thp", "anonymous THPs"}, HP_MEMORY_THP},
	{{"tmpfs", "huge tmpfs"}, HP_MEMORY_TMPFS},
};

HP_CASES(places, "a split at any page to order 0 keeps large folios around it", kinds, kind)
{
	size_t pages = hp_pmd_size / hp_base_size,
	       at[] = {0, 1, 5, pages / 2 - 1, pages / 2, pages - 1};

	for (int i = 0; i < 6; i++)
		split_at(kind->memory, at[i], 0);
}

HP_CASES(orders, "a split at a page to every order keeps large folios around it", kinds,
	 kind)
{
	int orders = __builtin_ctzl(hp_pmd_size / hp_base_size);

	for (int order = kind->memory == HP_MEMORY_THP ? 2 : 1; order < orders; order++)
		split_at(kind->memory, hp_pmd_size / hp_base_size / 2 + 5, order);
}

HP_CASES(beyond, "a split at a page outside the folio makes folios of one size", kinds,
	 kind)
{
	struct hp_area *area = filled(kind->memory);

	hp_split_folio_at(area->addr, 3, hp_pages(area));
	hp_check_filled(area, 's');
	for (size_t page = 0; page < hp_pages(area); page++)
		hp_check_folio_size(hp_page(area, page), hp_base_size << 3);
}

HP_CASES(again, "a folio from a split at a page can be split again", kinds, kind)
{
	struct hp_area *area = filled(kind->memory);
	size_t half = hp_pages(area) / 2, page;

	hp_split_folio_at(area->addr, 0, 0);
	hp_check_filled(area, 's');
	hp_split_folio_at(hp_page(area, half), 4, half - 1);
	hp_check_filled(area, 's');
	for (page = 0; page < half; page++)
		hp_check_folio_size(hp_page(area, page),
				    hp_base_size << order_around(kind->memory, page, 0, 0));
	for (; page < 2 * half; page++)
		hp_check_folio_size(
			hp_page(area, page),
			hp_base_size << order_around(kind->memory, page, 2 * half - 1, 4));
}

HP_CASES(forked, "parent and child map the same folios after a split at a page", kinds,
	 kind)
{
	struct hp_area *area = filled(kind->memory);
	struct hp_paused *child;

	hp_paused_child(child) {
		hp_check_filled(area, 's');
		hp_pause(child);
		hp_check_filled(area, 's');
		check_sizes(kind->memory, area, 77, 0);
		if (kind->memory == HP_MEMORY_THP)
			hp_check_writable(area, 'c');
	}
	hp_split_folio_at(area->addr, 0, 77);
	hp_resume_ok(child);
	hp_check_filled(area, 's');
	check_sizes(kind->memory, area, 77, 0);
}

HP_CASE(pinned, "a pinned THP is not split at a page until it is unpinned")
{
	struct hp_area *area = filled(HP_MEMORY_THP);
	struct hp_ring *ring = hp_ring_open();

	hp_check_eq(hp_ring_pin(ring, hp_page(area, 9), hp_base_size), 0);
	hp_split_folio_at(area->addr, 0, 5);
	hp_check_eq(hp_folio_size(area->addr), area->size);
	hp_check_filled(area, 's');
	hp_check_eq(hp_ring_unpin(ring), 0);
	/* The last reference is dropped asynchronously. */
	hp_eventually((hp_split_folio_at(area->addr, 0, 5),
		       hp_folio_size(area->addr) != area->size),
		      5);
	hp_check_filled(area, 's');
	check_sizes(HP_MEMORY_THP, area, 5, 0);
	hp_ring_close(ring);
}

/* Whether a page is in the folio that follows the hole, which may be split as well. */
static bool follows_hole(size_t page, size_t at)
{
	return !((page ^ (at + 1)) >> order_around(HP_MEMORY_TMPFS, at + 1, at, 0));
}

/* Checks all pages of the file except the hole, which is read last. */
static void check_hole(const struct hp_area *area, size_t at)
{
	size_t base = hp_base_size, behind = (at + 1) * base;

	hp_check_filled(hp_part(area, 0, at * base), 's');
	hp_check_filled(hp_part(area, behind, area->size - behind), 's');
	for (size_t page = 0; page < hp_pages(area); page++) {
		hp_step("page %zu of %zu with a hole at %zu", page, hp_pages(area), at);
		if (page != at && !follows_hole(page, at))
			hp_check_folio_size(
				hp_page(area, page),
				base << order_around(HP_MEMORY_TMPFS, page, at, 0));
	}
	hp_check_zeros(hp_nth_page(area, at));
}

HP_CASE(punched, "a one-page hole in huge tmpfs frees one page and keeps large folios")
{
	size_t pages = hp_pmd_size / hp_base_size, at[] = {0, 5, pages / 2, pages - 1};

	if (!hp_kernel_from(6, 15))
		hp_skip_case(
			"needs non-uniform splits by truncation (Linux 6.15): run it on a "
			"newer kernel");
	hp_khugepaged_calm();
	for (int i = 0; i < 4; i++) {
		struct hp_shmem *shmem = hp_shmem_new(HP_MEMFD, 1);
		struct hp_area *area = hp_map_all_shmem(shmem, MAP_SHARED);
		size_t before;

		hp_fill(area, 's');
		hp_require(!hp_collapse(area), "cannot collapse: %s", strerror(errno));
		hp_require_huge(area);
		before = hp_shmem_blocks(shmem);
		hp_punch_shmem(shmem, at[i] * hp_base_size, hp_base_size);
		hp_check_eq_split(hp_shmem_blocks(shmem), before - hp_base_size);
		check_hole(area, at[i]);
		hp_unmap(area);
	}
}

HP_CASE(truncated, "truncation inside a tmpfs huge page keeps large folios before the end")
{
	size_t at = hp_pmd_size / hp_base_size / 2 + 5;
	struct hp_shmem *shmem;
	struct hp_area *area;

	if (!hp_kernel_from(6, 15))
		hp_skip_case(
			"needs non-uniform splits by truncation (Linux 6.15): run it on a "
			"newer kernel");
	hp_khugepaged_calm();
	shmem = hp_shmem_new(HP_MEMFD, 1);
	area = hp_map_all_shmem(shmem, MAP_SHARED);
	hp_fill(area, 's');
	hp_require(!hp_collapse(area), "cannot collapse: %s", strerror(errno));
	hp_check_ok(ftruncate(shmem->fd, (off_t)(at * hp_base_size)));
	hp_check_eq_split(hp_shmem_blocks(shmem), at * hp_base_size);
	hp_check_filled(hp_part(area, 0, at * hp_base_size), 's');
	for (size_t page = 0; page < at; page++) {
		hp_step("page %zu of %zu", page, at);
		hp_check_folio_size(hp_page(area, page),
				    hp_base_size
					    << order_around(HP_MEMORY_TMPFS, page, at, 0));
	}
	hp_check_fault(area, hp_page(area, at), HP_READ, SIGBUS, BUS_ADRERR);
}

HP_PROGRAM(.summary = "a split of a huge page at a base page keeps large folios around it",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap", "root"),
	   .seconds = 30,
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/transhuge.rst"},
				 {"commit", "7460b470a131",
				  "mm/truncate: use folio_split() in truncate operation"}))
