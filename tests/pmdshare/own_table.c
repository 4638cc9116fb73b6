// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A page table is shared only by mappings that are alike: a private one, one that does
 * not cover the span, one elsewhere in the span or with other rights has its own.
 */
#include "hugeproof.h"

/*
 * Beside a mapping of the whole span of a file, another: after its own first touch it has
 * that page, and no other.
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

HP_CASE(private, "a private mapping of the file has a table of its own")
{
	int fd;

	hp_filled_span(&fd);
	check_own(fd, hp_table_span(), PROT_READ | PROT_WRITE, MAP_PRIVATE);
}

HP_CASE(shorter, "a mapping of less than the span has a table of its own")
{
	int fd;

	hp_filled_span(&fd);
	check_own(fd, hp_table_span() - hp_page_size, PROT_READ | PROT_WRITE, MAP_SHARED);
}

HP_CASE(elsewhere, "a mapping that lies a page further in its spans has tables of its own")
{
	size_t span = hp_table_span(), last = span / hp_page_size - 1;
	struct hp_area *whole, *further;
	int fd = hp_span_file();

	whole = hp_map_span(fd, 2 * span, 0, PROT_READ | PROT_WRITE, MAP_SHARED);
	hp_fill(hp_nth_page(whole, 0), 's');
	hp_fill(hp_nth_page(whole, last), 't');
	/* Its second span begins with the last page of the other's first. */
	further =
		hp_map_span(fd, 2 * span, hp_page_size, PROT_READ | PROT_WRITE, MAP_SHARED);
	hp_check_filled(hp_nth_page(further, last), 't');
	hp_check_filled(hp_nth_page(further, 0), 's');
}

HP_CASE(read_only, "a mapping with other rights has a table of its own")
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
