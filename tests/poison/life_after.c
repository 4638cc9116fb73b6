// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A page table entry of a bad huge page goes through fork, protection, moving and
 * unmapping like any other: it stays bad, and nothing else does.
 */
#include "hugeproof.h"

static int type;

/* Two pages; the first is bad. */
static struct hp_area *with_bad_page(void)
{
	struct hp_area *area = hp_map_hugetlb(2, type);

	hp_fill(area, 'l');
	hp_poison(area->addr);
	return area;
}

static void first_is_bad(const struct hp_area *area)
{
	hp_check_poisoned(area->addr, HP_READ, hp_page_size);
	hp_check_poisoned(area->addr + hp_page_size - 1, HP_WRITE, hp_page_size);
	hp_check_page_filled(area, 1, 'l');
}

static void look(void *area)
{
	first_is_bad(area);
}

static void forked(void)
{
	struct hp_area *area = with_bad_page();

	hp_wait_ok(hp_fork(look, area));
	hp_wait_ok(hp_fork(look, area));
	first_is_bad(area);
}

static void protected(void)
{
	struct hp_area *area = with_bad_page();

	hp_check_ok(mprotect(area->addr, area->size, PROT_NONE));
	hp_check_fault(area, hp_page(area, 1), HP_READ, SIGSEGV, SEGV_ACCERR);
	hp_check_ok(mprotect(area->addr, area->size, PROT_READ));
	hp_check_poisoned(area->addr, HP_READ, hp_page_size);
	hp_check_page_filled(area, 1, 'l');
	hp_check_ok(mprotect(area->addr, area->size, PROT_READ | PROT_WRITE));
	first_is_bad(area);
}

static void moved(void)
{
	struct hp_area *area = with_bad_page(),
		       *room = hp_map_hugetlb(2, MAP_SHARED | MAP_NORESERVE);

	room->addr = hp_check_ok(mremap(area->addr, area->size, area->size,
					MREMAP_MAYMOVE | MREMAP_FIXED, room->addr));
	first_is_bad(room);
}

static void unmapped(void)
{
	struct hp_hugetlb start = hp_hugetlb();
	struct hp_area *area = with_bad_page();

	hp_check_ok(munmap(area->addr, area->size));
	/* The good page is back; of the bad one a private mapping was the only user. */
	hp_check_hugetlb(start, .total = type == MAP_PRIVATE ? -1 : 0, .free = -1);
	area = with_bad_page();
	hp_check_ok(munmap(area->addr, hp_page_size));
	hp_check_page_filled(area, 1, 'l');
	hp_check_ok(munmap(hp_page(area, 1), hp_page_size));
}

static void shared(void (*what)(void))
{
	type = MAP_SHARED;
	what();
}

static void private(void (*what)(void))
{
	type = MAP_PRIVATE;
	what();
}

HP_CASE(forked_shared, "shared: children find it bad")
{
	shared(forked);
}

HP_CASE(forked_private, "private: children find it bad")
{
	private(forked);
}

HP_CASE(protected_shared, "shared: mprotect, to nothing and back")
{
	shared(protected);
}

HP_CASE(protected_private, "private: mprotect, to nothing and back")
{
	private(protected);
}

HP_CASE(moved_shared, "shared: mremap to another address")
{
	shared(moved);
}

HP_CASE(moved_private, "private: mremap to another address")
{
	private(moved);
}

HP_CASE(unmapped_shared, "shared: munmap, the bad page first")
{
	shared(unmapped);
}

HP_CASE(unmapped_private, "private: munmap, the bad page first")
{
	private(unmapped);
}

HP_PROGRAM(.summary = "a bad huge page stays bad through fork, mprotect and mremap",
	   .needs = HP_NEEDS("memory-failure", "pagemap", "hugetlb:3"), .poisons = true,
	   .source = "Documentation/mm/hwpoison.rst")
