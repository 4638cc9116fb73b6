// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mremap moves huge pages to another address and shrinks their mapping: no contents, page
 * or reservation is lost.
 */
#include "hugeproof.h"

/* Moves two pages of which only the first one was touched. */
HP_CASES(moves, "mremap moves a mapping with its huge page and its reservation",
	 hp_sharings, way)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(2, way->flag);
	struct hp_area old = *area;

	hp_fill(hp_nth_page(area, 0), 'm');
	hp_check_hugetlb(start, .free = -1, .rsvd = +1);
	area->addr = hp_check_ok(mremap(old.addr, old.size, old.size,
					MREMAP_MAYMOVE | MREMAP_FIXED,
					hp_free_addresses(old.size, hp_page_size)));
	hp_check_hugetlb(start, .free = -1, .rsvd = +1);
	hp_check_filled(hp_nth_page(area, 0), 'm');
	hp_check_fault(&old, old.addr, HP_READ, SIGSEGV, SEGV_MAPERR);

	hp_step("touches the page that was reserved before the move");
	hp_fill(hp_nth_page(area, 1), 'n');
	hp_check_hugetlb(start, .free = -2);
	hp_check_filled(hp_nth_page(area, 0), 'm');
	hp_unmap(area);
	hp_check_hugetlb(start);
}

HP_CASE(stays, "mremap to the same size without a new address changes nothing")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_filled_hugetlb(1, MAP_PRIVATE, 's');

	hp_check(mremap(area->addr, area->size, area->size, 0) == area->addr);
	hp_check_filled(area, 's');
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(shrinks_private, "mremap that shrinks a private mapping frees its huge pages")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_filled_hugetlb(2, MAP_PRIVATE, 's');

	hp_check_hugetlb(start, .free = -2);
	hp_check(mremap(area->addr, area->size, hp_page_size, 0) == area->addr);
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(hp_nth_page(area, 0), 's');
	hp_check_fault(area, hp_page(area, 1), HP_READ, SIGSEGV, SEGV_MAPERR);
}

HP_CASE(shrinks_untouched, "mremap that shrinks releases reservations of untouched pages")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(2, MAP_PRIVATE);

	hp_check_hugetlb(start, .rsvd = +2);
	hp_check(mremap(area->addr, area->size, hp_page_size, 0) == area->addr);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_fill(hp_nth_page(area, 0), 't');
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(onto_another, "mremap onto another mapping frees the huge pages of that one")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *from = hp_filled_hugetlb(1, MAP_PRIVATE, 'f');
	struct hp_area *onto = hp_filled_hugetlb(1, MAP_PRIVATE, 'o');

	hp_check_hugetlb(start, .free = -2);
	hp_check_ok(mremap(from->addr, from->size, from->size,
			   MREMAP_MAYMOVE | MREMAP_FIXED, onto->addr));
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(onto, 'f');
}

HP_PROGRAM(.summary = "mremap moves and shrinks huge page mappings without losses",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .sources = HP_SOURCES(
		   {"man", "mremap(2)"},
		   {"commit", "550a7d60bd5e",
		    "mm, hugepages: add mremap() support for hugepage backed vma"}))
