// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * MADV_COLLAPSE makes one THP of the base pages in a range, whatever the settings are;
 * where it must not or cannot, it returns an error and changes nothing.
 */
#include "hugeproof.h"

#include <sys/prctl.h>

/*
 * Base pages in the room of `pages` THPs. The setting is never, so that khugepaged sleeps;
 * MADV_COLLAPSE ignores it.
 */
static struct hp_area *small(size_t pages, char tag)
{
	struct hp_area *area;

	hp_thp_enabled("never");
	area = hp_map_anon(pages * hp_pmd_size);
	hp_fill(area, tag);
	hp_check_eq(hp_folio_size(area->addr), hp_base_size);
	return area;
}

HP_CASE(base_pages, "MADV_COLLAPSE turns base pages into THPs with the same contents")
{
	struct hp_area *area = small(2, 'c');
	struct hp_vmstat start = hp_events();
	struct hp_thp_totals kb = hp_thp_kb();

	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_event(start, "thp_collapse_alloc", 2);
	hp_check_thp_kb(kb, .anon = (long)(area->size / 1024));
	hp_check_filled(area, 'c');
	hp_check_writable(area, 'd');
}

HP_CASE(huge_already, "MADV_COLLAPSE leaves a THP as it is")
{
	struct hp_area *area = hp_filled_thp(1, 'h');
	uint64_t frame;

	frame = hp_pfn(area->addr);
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_unmoved(hp_pfn(area->addr) == frame);
	hp_check_filled(area, 'h');
}

HP_CASE(holes, "MADV_COLLAPSE fills missing pages and mappings of the zero page with zeros")
{
	struct hp_area *area = small(1, 'z');
	const size_t hole = 16 * hp_base_size;

	hp_case_needs("zero-page");
	hp_check_ok(madvise(area->addr + hole, hole, MADV_DONTNEED));
	hp_check_eq(*(volatile char *)(area->addr + hole), 0);
	hp_check(hp_is_zero_page(area->addr + hole));
	hp_check_eq(hp_folio_size(area->addr + hole + hp_base_size), 0);
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_filled_around(area, hp_part(area, hole, hole), 'z');
	hp_check_zeros(hp_part(area, hole, hole));
}

HP_CASE(unwanted, "MADV_COLLAPSE fails with EINVAL for memory with MADV_NOHUGEPAGE")
{
	struct hp_area *area = small(1, 'u');

	hp_check_ok(madvise(area->addr, area->size, MADV_NOHUGEPAGE));
	hp_check_eq(hp_collapse(area), EINVAL);
	hp_check_eq(hp_folio_size(area->addr), hp_base_size);
	hp_check_filled(area, 'u');
}

HP_CASE(no_whole_page, "MADV_COLLAPSE of a range without a whole huge page does nothing")
{
	struct hp_area *area = small(2, 'w');
	const struct hp_area *part = hp_part(area, hp_base_size, area->page_size);

	hp_observed("a range across two halves", "%s",
		    hp_collapse(part) ? strerrorname_np(EINVAL) : "success");
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_filled(area, 'w');
}

HP_CASE(forked, "a child that collapses pages shared with its parent gets a THP of its own")
{
	struct hp_area *area = small(1, 'f');

	hp_in_child() {
		hp_check_filled(area, 'f');
		/* Before Linux 6.17 at least one page must be writable. */
		hp_fill(hp_part(area, 0, hp_base_size), 'f');
		hp_check_eq(hp_collapse(area), 0);
		hp_check_eq(hp_mapped_huge(area), area->size);
		hp_check_filled(area, 'f');
		hp_check_writable(area, 'g');
	}
	hp_check_filled(area, 'f');
	hp_check_eq(hp_folio_size(area->addr), hp_base_size);
	hp_check_eq(hp_mapped_huge(area), 0);
}

HP_CASE(locked, "MADV_COLLAPSE of mlocked memory leaves it mlocked")
{
	struct hp_area *area = small(1, 'l');

	hp_check_ok(mlock(area->addr, area->size));
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_filled(area, 'l');
	hp_check_eq(hp_area_smaps(area).locked, area->size / 1024);
}

HP_CASE(pinned, "MADV_COLLAPSE of a pinned base page fails until it is unpinned")
{
	struct hp_area *area = small(1, 'p');
	struct hp_ring *ring = hp_ring_open();
	uint64_t word = 0, *at = (uint64_t *)(area->addr + 7 * hp_base_size);
	uint64_t frame = hp_pfn(at);
	int error;

	hp_need_advice(MADV_COLLAPSE, "MADV_COLLAPSE (Linux 6.1)");
	hp_check_eq(hp_ring_pin(ring, at, hp_base_size), 0);
	error = madvise(area->addr, area->size, MADV_COLLAPSE) ? errno : 0;
	hp_check(error == EAGAIN || error == EBUSY || error == EINVAL);
	hp_observed("refused with", "%s", strerrorname_np(error));
	hp_check_unmoved(hp_pfn(at) == frame);
	hp_check_eq(hp_mapped_huge(area), 0);
	/* The ring and the process still share the page. */
	*at = 4711;
	hp_check_eq(hp_ring_load(ring, &at, &word, 1), 0);
	hp_check_eq(word, 4711);
	hp_check_eq(hp_ring_unpin(ring), 0);
	hp_eventually(madvise(area->addr, area->size, MADV_COLLAPSE) == 0, 5);
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_eq(*at, 4711);
	hp_check_filled_around(area, hp_part(area, 7 * hp_base_size, 8), 'p');
	hp_ring_close(ring);
}

HP_CASE(swapped, "MADV_COLLAPSE brings pages back from swap and collapses them as well")
{
	struct hp_area *area;

	hp_case_needs("swap");
	area = small(1, 's');
	hp_check_ok(madvise(area->addr, area->size / 4, MADV_PAGEOUT));
	hp_check(hp_area_smaps(area).swap > 0);
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_eq(hp_area_smaps(area).swap, 0);
	hp_check_filled(area, 's');
}

HP_CASE(read_only, "MADV_COLLAPSE leaves a read-only mapping read-only, collapsed or not")
{
	struct hp_area *area = small(1, 'r');
	int error;

	hp_protect(area, PROT_READ);
	/* Before Linux 6.17 at least one page must be writable. */
	error = hp_collapse(area);
	hp_check(error == 0 || error == EINVAL);
	hp_observed("a mapping without writable pages", "%s",
		    error ? "is left alone" : "is collapsed");
	hp_check_eq(hp_mapped_huge(area), error ? 0 : area->size);
	hp_check_filled(area, 'r');
	hp_check_fault(area, area->addr + area->size / 2, HP_WRITE, SIGSEGV, SEGV_ACCERR);
}

HP_CASES(no_further, "MADV_COLLAPSE collapses no more than it was asked for",
	 hp_collapsible_kinds, kind)
{
	struct hp_area *area = hp_map_collapsible(kind, 4, 'n');
	/* The base page behind is not a whole huge page. */
	struct hp_area part = hp_part_of(area, hp_pmd_size, 2 * hp_pmd_size + hp_base_size);

	hp_check_eq(hp_collapse(&part), 0);
	hp_check_eq(hp_mapped_huge(area), 2 * hp_pmd_size);
	hp_check_filled(area, 'n');
}

HP_PROGRAM(.summary = "MADV_COLLAPSE makes a THP of the base pages in its range",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap", "root"),
	   .sources = HP_SOURCES(
		   {"man", "madvise(2)", "MADV_COLLAPSE"},
		   {"commit", "7d8faaf15545",
		    "mm/madvise: introduce MADV_COLLAPSE sync hugepage collapse"}))
