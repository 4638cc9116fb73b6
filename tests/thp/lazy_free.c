// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Memory freed by MADV_FREE reads as the old contents or zeros until it is written again,
 * and is then kept as any other memory. Nothing outside the range is freed, and nothing of
 * other processes.
 */
#include "hugeproof.h"

/* A part of the area: some base pages, not aligned to huge pages. */
#define AT    (hp_pmd_size / 4 + 3 * hp_base_size)
#define BYTES (9 * hp_base_size)

static struct hp_area *filled(const struct hp_memory_kind *kind)
{
	struct hp_area *area;

	hp_khugepaged_calm();
	area = hp_map_filled(kind->memory, hp_pmd_size, 'a');
	hp_drain_lru();
	return area;
}

static void lazy_free(const struct hp_area *area)
{
	hp_check_ok(madvise(area->addr, area->size, MADV_FREE));
}

HP_CASES(taken,
	 "MADV_FREE pages that are not written again are discarded and read as zeros",
	 hp_anonymous_kinds, kind)
{
	struct hp_area *area = filled(kind);

	lazy_free(area);
	hp_page_out(area);
	hp_check_eq(hp_sum_pages(area).swapped, 0);
	hp_check_eq(hp_area_smaps(area).rss, 0);
	hp_check_zeros(area);
}

HP_CASES(counted, "smaps counts MADV_FREE pages as LazyFree until they are written",
	 hp_anonymous_kinds, kind)
{
	struct hp_area *area = filled(kind);
	long kb = (long)(area->size / 1024),
	     least = kind->memory == HP_MEMORY_THP ? 0 : kb - 64;
	struct hp_smaps map;

	hp_check_eq(hp_area_smaps(area).lazyfree, 0);
	/*
	 * Pages that another CPU has not yet put on the LRU list are skipped; and the
	 * call's pages may be discarded at any time, and are faulted in by the next write.
	 */
	hp_eventually((hp_fill(area, 'a'), lazy_free(area), hp_drain_lru(),
		       map = hp_area_smaps(area), map.lazyfree == kb),
		      1);
	hp_check_eq(map.rss, kb);
	*(volatile char *)(area->addr + AT) = 1;
	map = hp_area_smaps(area);
	hp_check_range(map.lazyfree, 0, kb - hp_base_kb());
	/* Pages that are neither LazyFree nor discarded were kept by that write. */
	hp_check_range(map.rss - map.lazyfree, hp_base_size / 1024, kb - least);
}

/* A write to one base page may keep all of the huge page; no write may be lost. */
HP_CASES(rewritten, "a base page that is written after MADV_FREE is kept",
	 hp_anonymous_kinds, kind)
{
	static const size_t written[] = {0, 37, 255, 256, 511};
	struct hp_area *area = filled(kind);
	size_t n = hp_base_pages(area), from = 0;

	lazy_free(area);
	for (size_t i = 0; i < sizeof(written) / sizeof(*written); i++)
		hp_fill(hp_part(area, written[i] % n * hp_base_size, hp_base_size), 'b');
	for (int i = 0; i < 3; i++)
		hp_check_ok(madvise(area->addr, area->size, MADV_PAGEOUT));
	for (size_t i = 0; i < sizeof(written) / sizeof(*written); i++) {
		size_t at = written[i] % n * hp_base_size;

		hp_check_filled(hp_part(area, at, hp_base_size), 'b');
		hp_check_filled_or_zeros(hp_part(area, from, at - from), 'a');
		from = at + hp_base_size;
	}
}

HP_CASES(rewritten_all,
	 "pages written after MADV_FREE are swapped out, and none is discarded",
	 hp_anonymous_kinds, kind)
{
	struct hp_area *area;

	hp_case_needs("swap");
	area = filled(kind);
	for (int i = 0; i < 3; i++) {
		lazy_free(area);
		hp_fill(area, 'b');
		hp_page_out(area);
		hp_check_eq(hp_sum_pages(area).swapped, hp_base_pages(area));
		hp_check_filled(area, 'b');
	}
}

HP_CASES(part, "MADV_FREE of a part of huge pages discards only that part",
	 hp_anonymous_kinds, kind)
{
	struct hp_area *area = filled(kind), part = hp_part_of(area, AT, BYTES);
	long before = hp_area_smaps(area).rss;

	lazy_free(&part);
	hp_page_out(&part);
	hp_check_eq(hp_area_smaps(area).rss, before - (long)(BYTES / 1024));
	hp_check_eq(hp_sum_pages(area).swapped, 0);
	/* The rest must not be discarded, and without swap it stays in memory. */
	hp_check_ok(madvise(area->addr, area->size, MADV_PAGEOUT));
	hp_check_ok(madvise(area->addr, area->size, MADV_PAGEOUT));
	hp_check_filled_around(area, &part, 'a');
	hp_check_zeros(&part);
	hp_fill(area, 'c');
	hp_check_filled(area, 'c');
}

HP_CASES(swapped, "MADV_FREE of a part of swapped-out pages frees that part at once",
	 hp_anonymous_kinds, kind)
{
	struct hp_area *area, part;
	long kb;

	hp_case_needs("swap");
	area = filled(kind);
	part = hp_part_of(area, AT, BYTES);
	kb = (long)(area->size / 1024);
	hp_page_out(area);
	hp_check_eq(hp_area_smaps(area).swap, kb);
	lazy_free(&part);
	hp_check_eq(hp_area_smaps(area).swap, kb - (long)(BYTES / 1024));
	hp_check_eq(hp_sum_pages(&part).swapped, 0);
	hp_check_eq(hp_sum_pages(area).swapped, hp_base_pages(area) - hp_base_pages(&part));
	hp_check_zeros(&part);
	hp_check_filled_around(area, &part, 'a');
	hp_check_eq(hp_area_smaps(area).swap, 0);
}

static void give_up_all(void *arg)
{
	const struct hp_area *area = arg;

	lazy_free(area);
	hp_check_ok(madvise(area->addr, area->size, MADV_PAGEOUT));
	hp_check_filled_or_zeros(area, 'a');
	lazy_free(area);
}

static void give_up_part(void *arg)
{
	lazy_free(hp_part((struct hp_area *)arg, AT, BYTES));
}

static const struct give_up {
	struct hp_variant variant;
	void (*child)(void *arg);
	enum hp_memory memory;
	bool was_in_swap;
} ways[] = {
	{{"base", "all, base pages"}, give_up_all, HP_MEMORY_BASE, false},
	{{"base_swapped", "all, base pages that were in swap"},
	 give_up_all,
	 HP_MEMORY_BASE,
	 true},
	{{"mthp", "all, 64 kB"}, give_up_all, HP_MEMORY_MTHP, false},
	{{"mthp_part", "a part, 64 kB"}, give_up_part, HP_MEMORY_MTHP, false},
	{{"mthp_swapped", "all, 64 kB that were in swap"},
	 give_up_all,
	 HP_MEMORY_MTHP,
	 true},
	{{"thp", "all, a THP"}, give_up_all, HP_MEMORY_THP, false},
	{{"thp_part", "a part of a THP"}, give_up_part, HP_MEMORY_THP, false},
	{{"thp_swapped", "all, a THP that was in swap"}, give_up_all, HP_MEMORY_THP, true},
};

HP_CASES(forked, "a child's MADV_FREE does not discard its parent's pages", ways, way)
{
	struct hp_area *area;

	hp_case_needs("swap");
	hp_khugepaged_calm();
	area = hp_map_filled(way->memory, hp_pmd_size, 'a');
	if (way->was_in_swap) {
		hp_page_out(area);
		/* Reading leaves the PTEs clean. */
		hp_check_filled(area, 'a');
	}
	hp_drain_lru();
	hp_wait_ok(hp_fork(way->child, area));
	hp_page_out(area);
	hp_check_filled(area, 'a');
}

static void check_kept(void *arg)
{
	hp_check_filled((struct hp_area *)arg, 'a');
}

HP_CASES(parent_gives_up, "a parent's MADV_FREE does not discard its child's pages",
	 hp_anonymous_kinds, kind)
{
	struct hp_area *area = filled(kind);
	struct hp_paused *child = hp_fork_paused(NULL, check_kept, area);

	lazy_free(area);
	hp_check_ok(madvise(area->addr, area->size, MADV_PAGEOUT));
	hp_fill(hp_part(area, AT, BYTES), 'b');
	hp_check_filled(hp_part(area, AT, BYTES), 'b');
	hp_resume_ok(child);
}

HP_CASES(pinned,
	 "MADV_FREE does not discard pinned pages, which the device and process share",
	 hp_anonymous_kinds, kind)
{
	struct hp_area *area = filled(kind);
	struct hp_ring *ring = hp_ring_open();
	uint64_t *at = (uint64_t *)(area->addr + AT), word = 77;

	hp_check_eq(hp_ring_pin(ring, area->addr, area->size), 0);
	lazy_free(area);
	hp_check_ok(madvise(area->addr, area->size, MADV_PAGEOUT));
	lazy_free(hp_part(area, AT, BYTES));
	hp_check_ok(madvise(area->addr + AT, BYTES, MADV_PAGEOUT));
	hp_check_eq(hp_ring_store(ring, &at, &word, 1), 0);
	hp_check_eq(*at, word);
	hp_check_filled_around(area, hp_part(area, AT, sizeof(word)), 'a');
	hp_ring_release(ring);
}

static const struct refusal {
	struct hp_variant variant;
	enum hp_memory memory;
	bool locked;
} refusals[] = {
	{{"locked_mthp", "locked huge pages of 64 kB"}, HP_MEMORY_MTHP, true},
	{{"locked_thp", "a locked THP"}, HP_MEMORY_THP, true},
	{{"tmpfs", "huge tmpfs"}, HP_MEMORY_TMPFS, false},
};

HP_CASES(refused, "MADV_FREE is refused (EINVAL) and discards nothing", refusals, refusal)
{
	struct hp_area *area = hp_map_filled(refusal->memory, hp_pmd_size, 'r');

	if (refusal->locked)
		hp_check_ok(mlock(area->addr, area->size));
	hp_check_errno(madvise(area->addr, area->size, MADV_FREE), EINVAL);
	hp_check_errno(madvise(area->addr + AT, BYTES, MADV_FREE), EINVAL);
	hp_check_filled(area, 'r');
}

HP_PROGRAM(.summary = "MADV_FREE discards pages that are not written again, and no others",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"man", "madvise(2)", "MADV_FREE"},
				 {"doc", "Documentation/filesystems/proc.rst", "LazyFree"}))
