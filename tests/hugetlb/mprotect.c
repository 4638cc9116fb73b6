// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mprotect on huge pages: accesses without permission get SIGSEGV, and no others; the
 * contents stay.
 */
#include "hugeproof.h"

#define PAGES 2

static struct hp_area *filled_area(int type)
{
	return hp_filled_hugetlb(PAGES, type, 'm');
}

static void protect(const struct hp_area *area, size_t page, size_t pages, int prot)
{
	hp_check_ok(mprotect(hp_page(area, page), pages * area->page_size, prot));
}

HP_SUFFIX_CASES(read_only, "huge pages with PROT_READ can be read but not written",
		hp_sharings, way)
{
	struct hp_area *area = filled_area(way->flag);

	protect(area, 0, PAGES, PROT_READ);
	hp_check_filled(area, 'm');
	for (size_t page = 0; page < PAGES; page++)
		hp_check_fault(area, hp_page(area, page), HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_check_filled(area, 'm');
	protect(area, 0, PAGES, PROT_READ | PROT_WRITE);
	hp_check_filled(area, 'm');
	hp_check_writable(area, 'w');
}

HP_CASE(none, "huge pages with PROT_NONE keep their contents, and accesses get SIGSEGV")
{
	struct hp_area *area = filled_area(MAP_PRIVATE);
	struct hp_hugetlb_counts start = hp_hugetlb();

	protect(area, 0, PAGES, PROT_NONE);
	for (size_t page = 0; page < PAGES; page++) {
		hp_check_fault(area, hp_page(area, page), HP_READ, SIGSEGV, SEGV_ACCERR);
		hp_check_fault(area, hp_page(area, page), HP_WRITE, SIGSEGV, SEGV_ACCERR);
	}
	protect(area, 0, PAGES, PROT_READ);
	hp_check_filled(area, 'm');
	/* Nothing was copied, dropped or allocated. */
	hp_check_hugetlb(start);
}

HP_CASE(part, "mprotect of one huge page does not affect its neighbour")
{
	struct hp_area *area = filled_area(MAP_SHARED);
	char *border = hp_page(area, 1);

	protect(area, 1, 1, PROT_READ);
	hp_check_access(border - 1, HP_WRITE);
	hp_check_fault(area, border, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	protect(area, 0, 1, PROT_NONE);
	hp_check_fault(area, border - 1, HP_READ, SIGSEGV, SEGV_ACCERR);
	hp_check_filled(hp_nth_page(area, 1), 'm');
	protect(area, 0, PAGES, PROT_READ | PROT_WRITE);
	hp_check_writable(area, 'w');
}

HP_CASE(misaligned, "mprotect with an unaligned address or length fails with EINVAL")
{
	struct hp_area *area = filled_area(MAP_SHARED);

	hp_check_errno(mprotect(area->addr + hp_base_size, area->page_size, PROT_READ),
		       EINVAL);
	hp_check_errno(mprotect(area->addr, hp_base_size, PROT_READ), EINVAL);
	hp_check_writable(area, 'w');
}

HP_PROGRAM(.summary = "mprotect on huge pages restricts exactly the given range",
	   .needs = HP_NEEDS("hugetlb:2"), .sources = HP_SOURCES({"man", "mprotect(2)"}))
