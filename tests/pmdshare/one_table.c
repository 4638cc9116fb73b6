// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Processes that map the same whole PUD-sized span of a hugetlb file share one page table:
 * a page that one of them has touched is mapped in all, without another fault.
 */
#include "hugeproof.h"

#define SHARERS 8

/* The first touch makes the process use the existing page table. */
static void check_shares(const struct hp_area *area)
{
	hp_check_filled(hp_nth_page(area, 0), 's');
	hp_step("looks for a page that only another process has touched");
	hp_check(hp_in_table(hp_page(area, 1)));
	hp_check_filled(hp_nth_page(area, 1), 't');
}

HP_CASE(forked, "a child that touches one page finds all pages in the shared table")
{
	int fd;
	struct hp_area *area = hp_filled_span(&fd);

	hp_in_child() {
		check_shares(area);
	}
}

HP_CASE(mapped_apart, "a process that maps the file elsewhere shares its page table")
{
	int fd;

	hp_filled_span(&fd);
	hp_in_child() {
		check_shares(hp_map_whole_span(fd));
	}
}

HP_CASE(mapped_twice, "two mappings of one process share the page table")
{
	int fd;

	hp_filled_span(&fd);
	check_shares(hp_map_whole_span(fd));
}

HP_CASE(counted_once, "the mapcount of a page in a table of nine processes is 1")
{
	int fd;
	struct hp_area *area;
	struct hp_paused *sharers[SHARERS];

	hp_case_needs("pagemap");
	area = hp_filled_span(&fd);
	for (int i = 0; i < SHARERS; i++)
		hp_paused_child(sharers[i]) {
			check_shares(hp_map_whole_span(fd));
			hp_pause(sharers[i]);
		}
	hp_check_eq(hp_frame_mappings(hp_pfn(area->addr)), 1);
	for (int i = 0; i < SHARERS; i++)
		hp_resume_ok(sharers[i]);
}

HP_CASE(written_by_one, "a page that one sharer faults in is mapped in the other at once")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd;
	struct hp_area *area = hp_filled_span(&fd), *other = hp_map_whole_span(fd);

	hp_check_filled(hp_nth_page(other, 0), 's');
	hp_check(!hp_in_table(hp_page(area, 2)));
	hp_fill(hp_nth_page(other, 2), 'u');
	hp_check(hp_in_table(hp_page(area, 2)));
	hp_check_filled(hp_nth_page(area, 2), 'u');
	hp_check_hugetlb(start, .free = -3);
}

HP_PROGRAM(.summary = "processes that map a span of a hugetlb file share its page table",
	   .needs = HP_NEEDS("hugetlb:3"), .page_sizes = HP_PMD_SIZE,
	   .sources = HP_SOURCES({"commit", "39dde65c9940",
				  "[PATCH] shared page table for hugetlb page"}))
