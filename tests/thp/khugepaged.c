// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * khugepaged collapses memory with MADV_HUGEPAGE on its own, but not beyond its limits: too
 * many missing, shared or swapped-out pages.
 */
#include "hugeproof.h"

#define TIMEOUT_S 4

/* khugepaged scans without pauses, and with these limits. */
static void start_khugepaged(const char *none, const char *shared, const char *swap)
{
	hp_thp_setting("enabled", "madvise");
	hp_thp_setting("khugepaged/max_ptes_none", none);
	hp_thp_setting("khugepaged/max_ptes_shared", shared);
	hp_thp_setting("khugepaged/max_ptes_swap", swap);
	hp_khugepaged_hurry();
}

static struct hp_area *small(void)
{
	struct hp_area *area = hp_map_anon(hp_pmd_size);

	hp_check_ok(madvise(area->addr, area->size, MADV_NOHUGEPAGE));
	hp_fill(area, 'k');
	return area;
}

static void advise(const struct hp_area *area)
{
	hp_check_ok(madvise(area->addr, area->size, MADV_HUGEPAGE));
}

static void check_collapses(const struct hp_area *area)
{
	int64_t start = hp_now_ns();

	hp_drain_lru();
	hp_eventually(hp_khugepaged_collapsed(area), TIMEOUT_S);
	hp_observed("collapsed after", "%.1f ms", (hp_now_ns() - start) / 1e6);
}

static void check_leaves_alone(const struct hp_area *area)
{
	hp_khugepaged_scan(TIMEOUT_S);
	hp_check_eq(hp_mapped_huge(area), 0);
}

static void make_hole(const struct hp_area *area, size_t pages)
{
	hp_check_ok(
		madvise(area->addr + hp_base_size, pages * hp_base_size, MADV_DONTNEED));
}

HP_CASE(by_itself, "khugepaged collapses base pages in memory with MADV_HUGEPAGE")
{
	struct hp_area *area;

	start_khugepaged("511", "256", "64");
	area = small();
	advise(area);
	check_collapses(area);
	hp_check_filled(area, 'k');
}

HP_CASE(not_advised, "khugepaged does not collapse memory without MADV_HUGEPAGE")
{
	struct hp_area *area, *other;

	start_khugepaged("511", "256", "64");
	area = small();
	/* It only scans processes with such memory. */
	other = small();
	advise(other);
	check_collapses(other);
	check_leaves_alone(area);
	hp_check_filled(area, 'k');
	advise(area);
	check_collapses(area);
}

HP_CASE(max_ptes_none,
	"khugepaged does not collapse a range with more missing pages than max_ptes_none")
{
	struct hp_area *area;

	start_khugepaged("8", "256", "64");
	area = small();
	make_hole(area, 9);
	advise(area);
	check_leaves_alone(area);
	hp_thp_setting("khugepaged/max_ptes_none", "9");
	check_collapses(area);
	hp_check_filled_around(area, hp_part(area, hp_base_size, 9 * hp_base_size), 'k');
	hp_check_zeros(hp_part(area, hp_base_size, 9 * hp_base_size));
}

HP_CASE(max_ptes_shared,
	"khugepaged does not collapse a range with more shared pages than max_ptes_shared")
{
	struct hp_area *area;
	volatile char *last, was;
	struct hp_paused *child;

	start_khugepaged("511", "9", "64");
	area = small();
	/* The child drops all but ten of the shared pages. */
	hp_paused_child(child) {
		hp_check_ok(madvise(area->addr, area->size, MADV_NOHUGEPAGE));
		hp_check_ok(madvise(area->addr + 10 * hp_base_size,
				    area->size - 10 * hp_base_size, MADV_DONTNEED));
		hp_pause(child);
	}
	/*
	 * Before Linux 6.17 at least one page must be writable, and the fork
	 * write-protected all.
	 */
	last = (volatile char *)area->addr + area->size - 1;
	was = *last;
	*last = was;
	advise(area);
	check_leaves_alone(area);
	hp_thp_setting("khugepaged/max_ptes_shared", "10");
	check_collapses(area);
	hp_check_filled(area, 'k');
	hp_resume_ok(child);
}

HP_CASE(max_ptes_swap,
	"khugepaged does not collapse a range with more swapped pages than max_ptes_swap")
{
	struct hp_area *area;
	long page_kb;
	char limit[24];
	long swapped;

	hp_case_needs("swap");
	start_khugepaged("511", "256", "0");
	area = small();
	page_kb = hp_base_kb();
	hp_check_ok(madvise(area->addr, 6 * hp_base_size, MADV_PAGEOUT));
	swapped = hp_area_smaps(area).swap / page_kb;
	hp_check(swapped > 0);
	snprintf(limit, sizeof(limit), "%ld", swapped - 1);
	hp_thp_setting("khugepaged/max_ptes_swap", limit);
	advise(area);
	check_leaves_alone(area);
	hp_check_eq(hp_area_smaps(area).swap, swapped * page_kb);
	snprintf(limit, sizeof(limit), "%ld", swapped);
	hp_thp_setting("khugepaged/max_ptes_swap", limit);
	/*
	 * Pages in the swap cache have an extra reference, so the exact limit is not
	 * tested.
	 */
	check_collapses(area);
	hp_check_filled(area, 'k');
}

HP_CASE(pinned,
	"khugepaged does not collapse a range with a pinned page until it is unpinned")
{
	struct hp_area *area;
	struct hp_ring *ring = hp_ring_open();

	start_khugepaged("511", "256", "64");
	area = small();
	hp_check_eq(hp_ring_pin(ring, area->addr + 3 * hp_base_size, hp_base_size), 0);
	advise(area);
	check_leaves_alone(area);
	hp_check_eq(hp_ring_unpin(ring), 0);
	check_collapses(area);
	hp_check_filled(area, 'k');
	hp_ring_close(ring);
}

HP_PROGRAM(.summary = "khugepaged collapses memory with MADV_HUGEPAGE, within its limits",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap", "root"),
	   .seconds = 60,
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/transhuge.rst",
				  "Khugepaged controls"}))
