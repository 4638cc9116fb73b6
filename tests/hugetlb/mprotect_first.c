// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mprotect before a page is allocated or copied does not affect what the first access then
 * allocates.
 */
#include "hugeproof.h"

HP_CASE(untouched,
	"a huge page first read under PROT_READ is zero, and writable after PROT_WRITE")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(2, MAP_PRIVATE);

	hp_protect(area, PROT_READ);
	hp_check_zeros(hp_nth_page(area, 0));
	hp_check_fault(area, area->addr, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_protect(area, PROT_READ | PROT_WRITE);
	hp_check_writable(area, 'w');
	hp_check_hugetlb(start, .free = -2);
}

HP_CASE(across_fork, "making a private huge page writable again keeps its copy-on-write")
{
	struct hp_area *area = hp_filled_hugetlb(1, MAP_PRIVATE, 'm');

	hp_protect(area, PROT_READ);
	hp_protect(area, PROT_READ | PROT_WRITE);
	hp_in_child() {
		hp_check_writable(area, 'c');
	}
	hp_check_filled(area, 'm');
}

HP_PROGRAM(.summary = "mprotect before the first access or copy changes neither",
	   .needs = HP_NEEDS("hugetlb:2"), .sources = HP_SOURCES({"man", "mprotect(2)"}))
