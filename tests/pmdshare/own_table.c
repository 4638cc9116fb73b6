// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Only mappings that are alike share a page table: a private one, one that does not cover
 * the span, one at another offset in the span and one with other rights have tables of
 * their own.
 */
#include "hugeproof.h"

/*
 * Maps the file in addition to a mapping of its whole span: after the new mapping's first
 * touch only that page is in its table.
 */
static struct hp_area *check_own(int fd, size_t bytes, int prot, int flags)
{
	struct hp_area *other = hp_map_span(fd, bytes, 0, prot, flags);

	hp_check_filled(hp_nth_page(other, 0), 's');
	hp_check(hp_in_table(other->addr));
	hp_check(!hp_in_table(hp_page(other, 1)));
	hp_check_filled(hp_nth_page(other, 1), 't');
	hp_check(hp_in_table(hp_page(other, 1)));
	return other;
}

HP_CASE(private, "a private mapping of the file does not share the page table")
{
	int fd;

	hp_filled_span(&fd);
	check_own(fd, hp_table_span(), PROT_READ | PROT_WRITE, MAP_PRIVATE);
}

HP_CASE(shorter, "a mapping shorter than the span does not share the page table")
{
	int fd;

	hp_filled_span(&fd);
	check_own(fd, hp_table_span() - hp_page_size, PROT_READ | PROT_WRITE, MAP_SHARED);
}

HP_CASE(elsewhere,
	"a mapping whose file offset is one page further does not share the page tables")
{
	size_t span = hp_table_span(), last = span / hp_page_size - 1;
	struct hp_area *whole, *further;
	int fd = hp_span_file();

	whole = hp_map_span(fd, 2 * span, 0, PROT_READ | PROT_WRITE, MAP_SHARED);
	hp_fill(hp_nth_page(whole, 0), 's');
	hp_fill(hp_nth_page(whole, last), 't');
	/*
	 * The second span of this mapping begins with the last page of the other's first
	 * span.
	 */
	further =
		hp_map_span(fd, 2 * span, hp_page_size, PROT_READ | PROT_WRITE, MAP_SHARED);
	hp_check_filled(hp_nth_page(further, last), 't');
	hp_check_filled(hp_nth_page(further, 0), 's');
}

HP_CASE(read_only, "a read-only mapping does not share the page table of a writable one")
{
	int fd;
	struct hp_area *first = hp_filled_span(&fd);
	struct hp_area *reader = check_own(fd, hp_table_span(), PROT_READ, MAP_SHARED);

	hp_check_fault(reader, reader->addr, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_check_access(first->addr, HP_WRITE);
}

HP_PROGRAM(.summary = "mappings that are not alike share no page table",
	   .needs = HP_NEEDS("hugetlb:2"), .page_sizes = HP_PMD_SIZE,
	   .sources = HP_SOURCES({"commit", "39dde65c9940",
				  "[PATCH] shared page table for hugetlb page"}))
