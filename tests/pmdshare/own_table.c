// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A page table is shared only by mappings that are alike: a private one, one that does
 * not cover the span, one elsewhere in the span or with other rights has its own.
 */
#include "hugeproof.h"

static int fd;
static size_t span;
static struct hp_area *first;

static void touch_first(void)
{
	span = hp_table_span();
	fd = hp_span_file();
	first = hp_map_span(fd, span, 0, PROT_READ | PROT_WRITE, MAP_SHARED);
	hp_fill_page(first, 0, 's');
	hp_fill_page(first, 1, 't');
}

/* After its own first touch the other mapping has that page, and no other. */
static void check_own(size_t bytes, size_t past, int prot, int flags)
{
	struct hp_area *other = hp_map_span(fd, bytes, past, prot, flags);

	hp_check_page_filled(other, 0, 's');
	hp_check(hp_in_table(other->addr));
	hp_check(!hp_in_table(hp_page(other, 1)));
	hp_check_page_filled(other, 1, 't');
	hp_check(hp_in_table(hp_page(other, 1)));
}

HP_CASE(private, "a private mapping of the file has a table of its own")
{
	touch_first();
	check_own(span, 0, PROT_READ | PROT_WRITE, MAP_PRIVATE);
}

HP_CASE(shorter, "a mapping of less than the span has a table of its own")
{
	touch_first();
	check_own(span - hp_page_size, 0, PROT_READ | PROT_WRITE, MAP_SHARED);
}

HP_CASE(elsewhere, "a mapping that lies a page further in its spans has tables of its own")
{
	struct hp_area *whole, *further;
	size_t last;

	span = hp_table_span();
	last = span / hp_page_size - 1;
	fd = hp_span_file();
	whole = hp_map_span(fd, 2 * span, 0, PROT_READ | PROT_WRITE, MAP_SHARED);
	hp_fill_page(whole, 0, 's');
	hp_fill_page(whole, last, 't');
	/* Its second span begins with the last page of the other's first. */
	further =
		hp_map_span(fd, 2 * span, hp_page_size, PROT_READ | PROT_WRITE, MAP_SHARED);
	hp_check_page_filled(further, last, 't');
	hp_check_page_filled(further, 0, 's');
}

HP_CASE(read_only, "a mapping with other rights has a table of its own")
{
	struct hp_area *reader;

	touch_first();
	check_own(span, 0, PROT_READ, MAP_SHARED);
	reader = hp_map_span(fd, span, 0, PROT_READ, MAP_SHARED);
	hp_check_page_filled(reader, 0, 's');
	hp_check_fault(reader, reader->addr, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_check_access(first->addr, HP_WRITE);
}

HP_PROGRAM(.summary = "mappings that are not alike share no page table",
	   .needs = HP_NEEDS("hugetlb:2"), .page_sizes = HP_PMD_SIZE,
	   .source = "shared page table for hugetlb page (2006)")
