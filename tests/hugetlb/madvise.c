// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * madvise on huge pages: DONTNEED frees private pages and keeps a file's, REMOVE frees a
 * file's pages, POPULATE faults pages in, WILLNEED allocates none.
 */
#include "hugeproof.h"

/* Newer kernels restore the mapping's reservation, older ones do not. */
static void check_given_back(struct hp_hugetlb_counts start)
{
	bool restored = hp_hugetlb().rsvd > start.rsvd;

	hp_observed("reservation_after_dontneed", restored ? "restored" : "used up");
	hp_check_hugetlb(start, .rsvd = restored ? +1 : 0);
	/* With surplus pages the one that is freed may be surplus, and no promise. */
	if (hp_kernel_from(6, 9) && !start.surp)
		hp_check(restored);
}

HP_CASE(dontneed_private,
	"MADV_DONTNEED of a private hugetlb page frees it, and the next read sees zeros")
{
	struct hp_hugetlb_counts start;
	struct hp_area *area;

	hp_need_hugetlb_dontneed();
	start = hp_hugetlb();
	area = hp_filled_hugetlb(1, MAP_PRIVATE, 'd');
	hp_check_hugetlb(start, .free = -1);
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	check_given_back(start);
	hp_check_zeros(hp_nth_page(area, 0));
	hp_check_hugetlb(start, .free = -1);
	hp_unmap(area);
	hp_check_hugetlb(start);
}

HP_CASE(dontneed_shared,
	"MADV_DONTNEED of a shared hugetlb page keeps it and its contents in the file")
{
	struct hp_hugetlb_counts start;
	struct hp_area *area;

	hp_need_hugetlb_dontneed();
	start = hp_hugetlb();
	area = hp_filled_hugetlb(1, MAP_SHARED, 's');
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(area, 's');
}

HP_CASE(dontneed_part,
	"MADV_DONTNEED keeps a hugetlb page that its length covers only in part")
{
	struct hp_hugetlb_counts start;
	struct hp_area *area;

	hp_need_hugetlb_dontneed();
	start = hp_hugetlb();
	area = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');
	hp_check_ok(madvise(area->addr, area->size - hp_base_size, MADV_DONTNEED));
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(area, 'p');
	hp_check_errno(madvise(area->addr + hp_base_size, area->size - hp_base_size,
			       MADV_DONTNEED),
		       EINVAL);
	hp_check_filled(area, 'p');
}

HP_CASE(remove_shared,
	"MADV_REMOVE frees a hugetlb page of a file, and all processes see zeros")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_filled_hugetlb(2, MAP_SHARED, 'r');

	hp_check_ok(madvise(hp_page(area, 1), hp_page_size, MADV_REMOVE));
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(hp_nth_page(area, 0), 'r');
	hp_check_zeros(hp_nth_page(area, 1));
}

HP_CASE(remove_private, "MADV_REMOVE of a private hugetlb mapping fails with EACCES")
{
	struct hp_area *area = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');

	hp_check_errno(madvise(area->addr, area->size, MADV_REMOVE), EACCES);
	hp_check_filled(area, 'p');
}

static const struct way {
	struct hp_variant variant;
	int type;
	int advice;
} ways[] = {
	{{"populate_write", "MADV_POPULATE_WRITE faults in private hugetlb pages"},
	 MAP_PRIVATE,
	 MADV_POPULATE_WRITE},
	{{"populate_read", "MADV_POPULATE_READ faults in hugetlb pages of a file"},
	 MAP_SHARED,
	 MADV_POPULATE_READ},
};

HP_NAMED_CASES(populates, ways, way)
{
	struct hp_hugetlb_counts start;
	struct hp_area *area;

	hp_need_advice(way->advice, "MADV_POPULATE_READ and _WRITE (Linux 5.14)");
	start = hp_hugetlb();
	area = hp_map_hugetlb(2, way->type);
	hp_check_hugetlb(start, .rsvd = +2);
	hp_check_ok(madvise(area->addr, area->size, way->advice));
	hp_check_hugetlb(start, .free = -2);
	hp_touch(area);
	hp_check_hugetlb(start, .free = -2);
}

HP_CASE(willneed, "MADV_WILLNEED of hugetlb allocates no page and keeps the reservation")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(1, MAP_SHARED);

	hp_check_ok(madvise(area->addr, area->size, MADV_WILLNEED));
	hp_check_hugetlb(start, .rsvd = +1);
	hp_touch(area);
	hp_check_hugetlb(start, .free = -1);
}

static const struct refusal {
	struct hp_variant variant;
	int advice;
} refusals[] = {
	{{"cold", "MADV_COLD of hugetlb fails with EINVAL and changes nothing"}, MADV_COLD},
	{{"free", "MADV_FREE of hugetlb fails with EINVAL and frees nothing"}, MADV_FREE},
	{{"pageout", "MADV_PAGEOUT of hugetlb fails with EINVAL"}, MADV_PAGEOUT},
};

/* hugetlb pages are neither reclaimed nor swapped. */
HP_NAMED_CASES(refuses, refusals, refusal)
{
	struct hp_hugetlb_counts start = hp_hugetlb();

	for (size_t i = 0; i < 2; i++) {
		struct hp_area *area = hp_filled_hugetlb(1, hp_sharings[i].flag, 'r');

		hp_step("in %s", hp_sharings[i].variant.summary);
		hp_check_errno(madvise(area->addr, area->size, refusal->advice), EINVAL);
		hp_check_errno(madvise(area->addr, hp_base_size, refusal->advice), EINVAL);
		hp_check_filled(area, 'r');
		hp_check_hugetlb(start, .free = -1);
		hp_unmap(area);
		hp_check_hugetlb(start);
	}
}

HP_PROGRAM(.summary = "madvise frees and populates hugetlb pages, and refuses other advice",
	   .needs = HP_NEEDS("hugetlb:2"), .sources = HP_SOURCES({"man", "madvise(2)"}))
