// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A poisoned base page costs the pool its huge page and the machine one base page;
 * unpoisoning it makes both available again.
 */
#include "hugeproof.h"

/* The base page is usable again; the error remains counted. */
static void check_unpoisoned(uint64_t frame, struct hp_memory_failure_counts before)
{
	hp_check_eq(hp_unpoison(frame), 0);
	hp_check(!hp_pfn_poisoned(frame));
	hp_check_failures(before, .total = 1, .recovered = 1);
}

HP_CASE(private, "a poisoned private huge page leaves the pool, and one base page is lost")
{
	struct hp_memory_failure_counts failures = hp_memory_failures();
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');
	uint64_t frame = hp_pfn(area->addr);

	hp_check_recovers(area->addr, "huge page", NULL);
	hp_check_hugetlb(start, .total = -1, .free = -1);
	hp_unmap(area);
	hp_check_hugetlb(start, .total = -1, .free = -1);
	check_unpoisoned(frame, failures);
}

HP_CASE(shared, "a poisoned shared huge page stays in the pool until its file is closed")
{
	struct hp_memory_failure_counts failures = hp_memory_failures();
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd;
	struct hp_area *area = hp_filled_file(&fd, 1, 'p');
	uint64_t frame = hp_pfn(area->addr);

	hp_check_recovers(area->addr, "huge page", NULL);
	hp_check_hugetlb(start, .free = -1);
	/* The file holds the page: it cannot be unpoisoned yet. */
	hp_check_eq(hp_unpoison(frame), -EBUSY);
	hp_unmap(area);
	hp_check_ok(close(fd));
	hp_check_failures(failures, .corrupted_kb = hp_base_kb(), .total = 1,
			  .recovered = 1);
	check_unpoisoned(frame, failures);
}

HP_CASE(free_page, "a poisoned free huge page leaves the pool")
{
	struct hp_memory_failure_counts failures = hp_memory_failures();
	uint64_t frame = hp_free_frame();
	struct hp_hugetlb_counts start = hp_hugetlb();
	int log = hp_log();

	hp_check_eq(hp_poison_pfn(frame), 0);
	hp_check_recovery(log, frame, "free huge page", "Recovered");
	hp_check(hp_pfn_poisoned(frame));
	hp_check_hugetlb(start, .total = -1, .free = -1);
	hp_check_failures(failures, .corrupted_kb = hp_base_kb(), .total = 1,
			  .recovered = 1);
	check_unpoisoned(frame, failures);
}

HP_CASE(twice, "a second memory error in a huge page counts a second base page")
{
	long corrupted = hp_memory_failures().corrupted_kb;
	int fd;
	struct hp_area *area = hp_filled_file(&fd, 1, 'p');
	uint64_t frame = hp_pfn(area->addr);

	hp_poison(area->addr);
	hp_poison_pfn(frame + 3);
	hp_check_eq(hp_memory_failures().corrupted_kb, corrupted + 2 * hp_base_kb());
	hp_unmap(area);
	hp_check_ok(close(fd));
	hp_unpoison(frame);
	hp_unpoison(frame + 3);
	hp_check_eq(hp_memory_failures().corrupted_kb, corrupted);
}

HP_PROGRAM(.summary = "a memory error costs a huge page of the pool and one base page",
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap", "pool:control",
			     "hugetlb:2"),
	   .poisons = true, .sources = HP_SOURCES({"doc", "Documentation/mm/hwpoison.rst"}))
