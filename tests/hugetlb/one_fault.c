// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A fault maps a whole huge page: no other part of it faults afterwards. Where a page is
 * mapped by several contiguous entries (arm64, riscv64), all of them are set, also when the
 * mapping is copied, moved or protected.
 */
#include "hugeproof.h"

#include <sys/mman.h>
#include <sys/resource.h>

#define PAGES 2

static long faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

static void access_byte(char *at, bool write)
{
	if (write)
		*(volatile char *)at = 'w';
	else
		(void)*(volatile char *)at;
}

/*
 * The number of faults of the base pages behind the first one of a huge page. It is the
 * least of all pages, because a fault elsewhere, such as one of NUMA balancing, counts too.
 */
static long faults_of_rest(const struct hp_area *area, bool write)
{
	long least = -1;

	for (size_t page = 0; page < hp_pages(area); page++) {
		char *addr = hp_page(area, page);
		long before, more;

		access_byte(addr, write);
		before = faults();
		for (size_t at = hp_base_size; at < area->page_size; at += hp_base_size)
			access_byte(addr + at, write);
		more = faults() - before;
		if (least < 0 || more < least)
			least = more;
	}
	return least;
}

static const struct way {
	struct hp_variant variant;
	int flags;
	bool write;
} ways[] = {
	{{"private_read", "private memory that is read"}, MAP_PRIVATE, false},
	{{"private_written", "private memory that is written"}, MAP_PRIVATE, true},
	{{"shared_read", "shared memory that is read"}, MAP_SHARED, false},
	{{"shared_written", "shared memory that is written"}, MAP_SHARED, true},
};

HP_ROW_CASES(fault, "a huge page faults once:", ways, way)
{
	hp_check_eq(faults_of_rest(hp_map_hugetlb(PAGES, way->flags), way->write), 0);
}

HP_CASE(inherited, "a child reads all of an inherited huge page without a fault")
{
	struct hp_area *area = hp_filled_hugetlb(PAGES, MAP_PRIVATE, 'p');

	hp_in_child()
		hp_check_eq(faults_of_rest(area, false), 0);
}

HP_CASE(copied, "a huge page that is copied on write faults once")
{
	struct hp_area *area = hp_filled_hugetlb(PAGES, MAP_PRIVATE, 'p');

	hp_in_child()
		hp_check_eq(faults_of_rest(area, true), 0);
}

HP_CASE(no_longer_shared, "a huge page that is written after the child's exit faults once")
{
	struct hp_area *area = hp_filled_hugetlb(PAGES, MAP_PRIVATE, 'p');

	hp_in_child() {
		/* The child exits at once. */
	}
	hp_check_eq(faults_of_rest(area, true), 0);
}

HP_CASE(protected_again, "a huge page that is readable again is read without a fault")
{
	struct hp_area *area = hp_filled_hugetlb(PAGES, MAP_SHARED, 's');

	hp_protect(area, PROT_NONE);
	hp_protect(area, PROT_READ);
	hp_check_eq(faults_of_rest(area, false), 0);
}

HP_CASE(moved, "a huge page that mremap moved is read without a fault")
{
	struct hp_area *area = hp_filled_hugetlb(PAGES, MAP_PRIVATE, 'p');
	struct hp_area moved = *area;

	hp_need_hugetlb_mremap();
	moved.addr = hp_free_addresses(area->size, area->page_size);
	hp_check(mremap(area->addr, area->size, area->size, MREMAP_MAYMOVE | MREMAP_FIXED,
			moved.addr) == moved.addr);
	hp_check_eq(faults_of_rest(&moved, false), 0);
}

HP_PROGRAM(.summary = "one fault maps all of a huge page",
	   .needs = HP_NEEDS("hugetlb:4"), /* PAGES, and a copy of each */
	   .sources = HP_SOURCES({"commit", "66b3923a1a0f",
				  "arm64: hugetlb: add support for PTE contiguous bit"}))
