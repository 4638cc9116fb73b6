// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Punching a hole in a hugetlb file frees whole pages at once and zeroes the parts of pages
 * at its ends; everything outside stays as it is.
 */
#include "hugeproof.h"

HP_CASE(whole_page, "punching out a hugetlb page frees it, and the next read sees zeros")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd;
	struct hp_area *area = hp_filled_file(&fd, 2, 'h');

	hp_check_hugetlb(start, .free = -2);
	hp_check_ok(hp_punch(fd, hp_page_size, hp_page_size));
	/* The hole has no reservation any more: the next fault takes any free page. */
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(hp_nth_page(area, 0), 'h');
	hp_check_zeros(hp_nth_page(area, 1));
	hp_check_hugetlb(start, .free = -2);
	hp_check_ok(close(fd));
	hp_unmap(area);
	hp_check_hugetlb(start);
}

HP_CASE(inside_a_page,
	"punching a hole inside a hugetlb page frees none and zeroes exactly its bytes")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	size_t from = hp_page_size / 4, bytes = hp_page_size / 2;
	int fd;
	struct hp_area *area = hp_filled_file(&fd, 1, 'h');

	hp_check_ok(hp_punch(fd, from, bytes));
	hp_check_hugetlb(start, .free = -1);
	hp_check_zeros(hp_part(area, from, bytes));
	hp_check_filled_around(area, hp_part(area, from, bytes), 'h');
}

HP_CASE(across_pages,
	"punching across three hugetlb pages frees the middle one and zeroes the halves")
{
	struct hp_hugetlb_counts start;
	size_t half = hp_page_size / 2;
	int fd;
	struct hp_area *area;

	hp_case_needs("hugetlb:3");
	start = hp_hugetlb();
	area = hp_filled_file(&fd, 3, 'h');
	hp_check_ok(hp_punch(fd, half, 2 * hp_page_size));
	hp_check_hugetlb(start, .free = -2);
	hp_check(*(uint64_t *)(hp_page(area, 0) + half - 8) != 0);
	hp_check_eq(*(uint64_t *)(hp_page(area, 0) + half), 0);
	hp_check_eq(*(uint64_t *)(hp_page(area, 2) + half - 8), 0);
	hp_check(*(uint64_t *)(hp_page(area, 2) + half) != 0);
}

HP_CASE(beyond_the_end, "punching a hole beyond the end of a hugetlb file does nothing")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd;
	struct hp_area *area = hp_filled_file(&fd, 1, 'h');

	hp_check_ok(hp_punch(fd, hp_page_size, 4 * hp_page_size));
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(area, 'h');
}

HP_CASE(private_copy_too,
	"punching a hole in a hugetlb file also drops private copies of the page")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd;
	struct hp_area *own;

	hp_unmap(hp_filled_file(&fd, 1, 'h'));
	own = hp_map_file(fd, 0, 1, MAP_PRIVATE);
	hp_fill(own, 'c');
	hp_check_hugetlb(start, .free = -2);
	hp_check_ok(hp_punch(fd, 0, hp_page_size));
	hp_step("reads through the private mapping after the hole was punched");
	hp_check_zeros(hp_nth_page(own, 0));
}

HP_PROGRAM(.summary = "punching a hole frees whole huge pages and zeroes parts",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .sources = HP_SOURCES({"man", "fallocate(2)"},
				 {"title",
				  "hugetlbfs: New huge_add_to_page_cache helper routine",
				  "2015"}))
