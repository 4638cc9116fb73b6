// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * madvise on huge pages: DONTNEED gives private pages back and leaves a file's alone,
 * REMOVE takes the file's, POPULATE brings them in, WILLNEED takes none.
 */
#include "hugeproof.h"

/* Newer kernels keep the page reserved for the mapping, older ones do not. */
static void check_given_back(struct hp_hugetlb start)
{
	bool restored = hp_hugetlb().rsvd > start.rsvd;

	hp_observed("reservation_after_dontneed", restored ? "restored" : "used up");
	hp_check_hugetlb(start, .rsvd = restored ? +1 : 0);
}

HP_CASE(dontneed_private, "the page goes back to the pool, the next read finds zeros")
{
	struct hp_hugetlb start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);

	hp_fill(area, 'd');
	hp_check_hugetlb(start, .free = -1);
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	check_given_back(start);
	hp_check_page_zero(area, 0);
	hp_check_hugetlb(start, .free = -1);
	hp_unmap(area);
	hp_check_hugetlb(start);
}

HP_CASE(dontneed_shared, "the file keeps the page and its bytes")
{
	struct hp_hugetlb start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(1, MAP_SHARED);

	hp_fill(area, 's');
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(area, 's');
}

HP_CASE(dontneed_part, "a length that is no multiple of the page spares the last page")
{
	struct hp_hugetlb start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);
	size_t base = hp_base_page_size();

	hp_fill(area, 'p');
	hp_check_ok(madvise(area->addr, area->size - base, MADV_DONTNEED));
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(area, 'p');
	hp_check_errno(madvise(area->addr + base, area->size - base, MADV_DONTNEED),
		       EINVAL);
	hp_check_filled(area, 'p');
}

HP_CASE(remove_shared, "REMOVE takes the page out of the file, for everybody")
{
	struct hp_hugetlb start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(2, MAP_SHARED);

	hp_fill(area, 'r');
	hp_check_ok(madvise(hp_page(area, 1), hp_page_size, MADV_REMOVE));
	hp_check_hugetlb(start, .free = -1);
	hp_check_page_filled(area, 0, 'r');
	hp_check_page_zero(area, 1);
}

HP_CASE(remove_private, "REMOVE of a private mapping is refused")
{
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);

	hp_fill(area, 'p');
	hp_check_errno(madvise(area->addr, area->size, MADV_REMOVE), EACCES);
	hp_check_filled(area, 'p');
}

static void populates(int type, int advice)
{
	struct hp_hugetlb start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(2, type);

	hp_check_hugetlb(start, .rsvd = +2);
	hp_check_ok(madvise(area->addr, area->size, advice));
	hp_check_hugetlb(start, .free = -2);
	hp_touch(area);
	hp_check_hugetlb(start, .free = -2);
}

HP_CASE(populate_write, "POPULATE_WRITE brings private pages in, as a write would")
{
	populates(MAP_PRIVATE, MADV_POPULATE_WRITE);
}

HP_CASE(populate_read, "POPULATE_READ brings the file's pages in")
{
	populates(MAP_SHARED, MADV_POPULATE_READ);
}

HP_CASE(willneed, "WILLNEED takes neither page nor reservation")
{
	struct hp_hugetlb start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(1, MAP_SHARED);

	hp_check_ok(madvise(area->addr, area->size, MADV_WILLNEED));
	hp_check_hugetlb(start, .rsvd = +1);
	hp_touch(area);
	hp_check_hugetlb(start, .free = -1);
}

HP_PROGRAM(.summary = "madvise gives huge pages back, brings them in, and refuses the rest",
	   .needs = HP_NEEDS("hugetlb:2"), .source = "madvise(2)")
