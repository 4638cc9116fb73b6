// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mremap moves huge pages to another address and shrinks their mapping: no byte, no
 * page and no reservation is lost on the way.
 */
#include "hugeproof.h"

/* A free stretch of addresses for `pages` pages, aligned to their size. */
static char *free_addresses(size_t pages)
{
	size_t size = (pages + 1) * hp_page_size;
	char *addr = hp_check_ok(mmap(NULL, size, PROT_NONE,
				      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));

	return (char *)(((uintptr_t)addr + hp_page_size - 1) & ~(hp_page_size - 1));
}

/* Moves an area of pages whose first one alone was touched. */
static void moves(int type)
{
	struct hp_hugetlb start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(2, type);
	struct hp_area old = *area;

	hp_fill_page(area, 0, 'm');
	hp_check_hugetlb(start, .free = -1, .rsvd = +1);
	area->addr = hp_check_ok(mremap(old.addr, old.size, old.size,
					MREMAP_MAYMOVE | MREMAP_FIXED, free_addresses(2)));
	hp_check_hugetlb(start, .free = -1, .rsvd = +1);
	hp_check_page_filled(area, 0, 'm');
	hp_check_fault(&old, old.addr, HP_READ, SIGSEGV, SEGV_MAPERR);

	hp_step("touches the page that was reserved before the move");
	hp_fill_page(area, 1, 'n');
	hp_check_hugetlb(start, .free = -2);
	hp_check_page_filled(area, 0, 'm');
	hp_unmap(area);
	hp_check_hugetlb(start);
}

HP_CASE(moves_private, "a private mapping moves with its page and its reservation")
{
	moves(MAP_PRIVATE);
}

HP_CASE(moves_shared, "a shared mapping moves with its page and its reservation")
{
	moves(MAP_SHARED);
}

HP_CASE(stays, "the same size at no new address changes nothing")
{
	struct hp_hugetlb start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);

	hp_fill(area, 's');
	hp_check(mremap(area->addr, area->size, area->size, 0) == area->addr);
	hp_check_filled(area, 's');
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(shrinks_private, "the pages cut off a private mapping go back to the pool")
{
	struct hp_hugetlb start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(2, MAP_PRIVATE);

	hp_fill(area, 's');
	hp_check_hugetlb(start, .free = -2);
	hp_check(mremap(area->addr, area->size, hp_page_size, 0) == area->addr);
	hp_check_hugetlb(start, .free = -1);
	hp_check_page_filled(area, 0, 's');
	hp_check_fault(area, hp_page(area, 1), HP_READ, SIGSEGV, SEGV_MAPERR);
}

HP_CASE(shrinks_untouched, "the reservation of private pages cut off is given up")
{
	struct hp_hugetlb start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(2, MAP_PRIVATE);

	hp_check_hugetlb(start, .rsvd = +2);
	hp_check(mremap(area->addr, area->size, hp_page_size, 0) == area->addr);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_fill_page(area, 0, 't');
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(onto_another, "what lay at the new address is unmapped, pages and all")
{
	struct hp_hugetlb start = hp_hugetlb();
	struct hp_area *from = hp_map_hugetlb(1, MAP_PRIVATE);
	struct hp_area *onto = hp_map_hugetlb(1, MAP_PRIVATE);

	hp_fill(from, 'f');
	hp_fill(onto, 'o');
	hp_check_hugetlb(start, .free = -2);
	hp_check_ok(mremap(from->addr, from->size, from->size,
			   MREMAP_MAYMOVE | MREMAP_FIXED, onto->addr));
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(onto, 'f');
}

HP_PROGRAM(.summary = "mremap moves and shrinks huge page mappings and loses nothing",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .source = "mremap(2); mm, hugepages: add mremap() support for hugepage backed "
		     "vma (2021)")
