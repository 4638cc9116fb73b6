// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A THP of which a part was unmapped is split under memory pressure, and the unmapped part
 * is freed; so is, where the kernel supports it, a THP that is mostly zero-filled.
 */
#include "hugeproof.h"

#include <linux/kernel-page-flags.h>

static struct hp_area *filled(void)
{
	struct hp_area *area = hp_map_thp(1);

	hp_fill(area, 'd');
	hp_khugepaged_calm();
	hp_require_huge(area);
	return area;
}

/* The frame is still part of a THP. */
static bool in_huge_page(uint64_t frame)
{
	return hp_frame_flags(frame) >> KPF_THP & 1;
}

HP_CASE(partly_unmapped,
	"a partly unmapped THP is split under pressure, and its unmapped half is freed")
{
	struct hp_area *area = filled();
	struct hp_vmstat start = hp_events();
	size_t half = area->size / 2;
	uint64_t gone = hp_pfn(area->addr + half), kept = hp_pfn(area->addr);

	hp_check_ok(munmap(area->addr + half, half));
	hp_check_event(start, "thp_deferred_split_page", 1);
	hp_check(in_huge_page(gone));
	hp_eventually((hp_drop_slab(), !in_huge_page(gone)), 5);
	hp_check_event(start, "thp_split_page", 1);
	area->size = half;
	hp_check_filled(area, 'd');
	hp_check_unmoved(hp_pfn(area->addr) == kept);
	hp_check_eq(hp_folio_size(area->addr), hp_base_size);
}

HP_CASE(whole_again, "a THP that is PTE-mapped in full is not split under pressure")
{
	struct hp_area *area = filled();
	struct hp_vmstat start = hp_events();

	hp_check_ok(mprotect(area->addr, hp_base_size, PROT_READ));
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_drop_slab();
	hp_check_eq(hp_folio_size(area->addr), area->page_size);
	hp_check_event(start, "thp_split_page", 0);
	hp_check_filled(area, 'd');
}

HP_CASE(mapped_by_others,
	"a half of a THP that another process still maps is not freed under pressure")
{
	struct hp_area *area = filled();
	uint64_t frame = hp_pfn(area->addr);

	hp_in_child() {
		size_t half = area->size / 2;

		hp_check_ok(munmap(area->addr, half));
		hp_drop_slab();
		hp_check_filled(hp_part(area, half, half), 'd');
	}
	hp_check_filled(area, 'd');
	hp_check_unmoved(hp_pfn(area->addr) == frame);
	hp_check_eq(hp_folio_size(area->addr), area->page_size);
}

HP_CASE(underused,
	"a mostly zero-filled THP is split under pressure into zero pages and base pages")
{
	struct hp_area *area;
	struct hp_vmstat start;

	hp_thp_setting("shrink_underused", "1");
	hp_thp_setting("khugepaged/max_ptes_none", "64");
	area = hp_map_thp(1);
	start = hp_events();
	/* All but two base pages of the THP are zero-filled. */
	*(volatile char *)(area->addr + 5 * hp_base_size + 9) = 'u';
	*(volatile char *)(area->addr + area->size - 1) = 'v';
	hp_require_huge(area);
	hp_eventually((hp_drop_slab(),
		       hp_folio_size(area->addr + 5 * hp_base_size) == hp_base_size),
		      5);
	hp_check_event(start, "thp_underused_split_page", 1);
	hp_check_eq(*(volatile char *)(area->addr + 5 * hp_base_size + 9), 'u');
	hp_check_eq(*(volatile char *)(area->addr + area->size - 1), 'v');
	hp_check_eq(hp_area_smaps(area).anonymous, 2 * hp_base_kb());
	hp_check_eq(*(volatile char *)area->addr, 0);
	*(volatile char *)area->addr = 'w';
	hp_check_eq(*(volatile char *)area->addr, 'w');
	hp_check_eq(*(volatile char *)(area->addr + hp_base_size), 0);
}

HP_CASE(underused_by_one,
	"a THP with max_ptes_none + 1 zero-filled pages is split under pressure")
{
	struct hp_area *area;

	hp_case_needs("zero-page");
	hp_thp_setting("shrink_underused", "1");
	hp_thp_setting("khugepaged/max_ptes_none", "64");
	area = hp_map_thp(1);
	for (size_t page = 65; page < area->size / hp_base_size; page++)
		*(volatile char *)(area->addr + page * hp_base_size) = 'f';
	hp_require_huge(area);
	hp_eventually((hp_drop_slab(), hp_mapped_huge(area) == 0), 5);
	/* The zero-filled pages are freed, and still read as zeros. */
	hp_check_eq(hp_area_smaps(area).anonymous,
		    (long)((area->size - 65 * hp_base_size) / 1024));
	for (size_t page = 0; page < area->size / hp_base_size; page++)
		hp_check_eq(*(volatile char *)(area->addr + page * hp_base_size),
			    page < 65 ? 0 : 'f');
}

HP_CASE(used_enough, "a THP with fewer zero-filled pages than max_ptes_none is not split")
{
	struct hp_area *area;
	struct hp_vmstat start;

	hp_thp_setting("shrink_underused", "1");
	hp_thp_setting("khugepaged/max_ptes_none", "64");
	area = hp_map_thp(1);
	start = hp_events();
	for (size_t page = 64; page < area->size / hp_base_size; page++)
		*(volatile char *)(area->addr + page * hp_base_size) = 'f';
	hp_require_huge(area);
	hp_drop_slab();
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_event(start, "thp_split_page", 0);
}

HP_PROGRAM(.summary = "unused parts of THPs are reclaimed under memory pressure",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap", "root"),
	   .sources = HP_SOURCES({"doc", "Documentation/mm/transhuge.rst", "Partial unmap"},
				 {"doc", "Documentation/admin-guide/mm/transhuge.rst",
				  "shrink_underused"}))
