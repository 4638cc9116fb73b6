// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A bad base page costs the pool its huge page and the machine one base page; unpoison
 * gives both back.
 */
#include "hugeproof.h"

static long base_kb(void)
{
	return (long)(hp_base_page_size() / 1024);
}

HP_CASE(private, "private: the huge page leaves the pool at once, one base page is lost")
{
	struct hp_memory_failures failures = hp_memory_failures();
	struct hp_hugetlb start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);
	uint64_t frame;
	int log = hp_log();

	hp_fill(area, 'p');
	frame = hp_frame(area->addr);
	hp_poison(area->addr);
	hp_check_recovery(log, frame, "huge page", "Recovered");
	hp_check(hp_frame_poisoned(frame));
	hp_check_hugetlb(start, .total = -1, .free = -1);
	hp_check_failures(failures, .corrupted_kb = base_kb(), .total = 1, .recovered = 1);
	hp_unmap(area);
	hp_check_hugetlb(start, .total = -1, .free = -1);
	hp_check_eq(hp_unpoison(frame), 0);
	hp_check(!hp_frame_poisoned(frame));
	hp_check_failures(failures, .total = 1, .recovered = 1);
}

HP_CASE(shared,
	"shared: the page stays in its file, and in the pool's count, until that goes")
{
	struct hp_memory_failures failures = hp_memory_failures();
	struct hp_hugetlb start = hp_hugetlb();
	int fd = hp_hugetlb_file();
	struct hp_area *area = hp_map_file(fd, 0, 1, MAP_SHARED);
	uint64_t frame;
	int log = hp_log();

	hp_fill(area, 'p');
	frame = hp_frame(area->addr);
	hp_poison(area->addr);
	hp_check_recovery(log, frame, "huge page", "Recovered");
	hp_check(hp_frame_poisoned(frame));
	hp_check_hugetlb(start, .free = -1);
	hp_check_failures(failures, .corrupted_kb = base_kb(), .total = 1, .recovered = 1);
	/* The file has it: nothing can be taken back yet. */
	hp_check_eq(hp_unpoison(frame), -EBUSY);
	hp_unmap(area);
	hp_check_ok(close(fd));
	hp_check_failures(failures, .corrupted_kb = base_kb(), .total = 1, .recovered = 1);
	hp_check_eq(hp_unpoison(frame), 0);
	hp_check_failures(failures, .total = 1, .recovered = 1);
	hp_check(!hp_frame_poisoned(frame));
}

HP_CASE(free_page, "a free huge page of the pool is taken out of it")
{
	struct hp_memory_failures failures = hp_memory_failures();
	struct hp_hugetlb start;
	struct hp_area *area;
	uint64_t frame;
	int log = hp_log();

	area = hp_map_hugetlb(1, MAP_PRIVATE);
	hp_touch(area);
	frame = hp_frame(area->addr);
	hp_unmap(area);
	start = hp_hugetlb();
	hp_check_eq(hp_poison_frame(frame), 0);
	hp_check_recovery(log, frame, "free huge page", "Recovered");
	hp_check(hp_frame_poisoned(frame));
	hp_check_hugetlb(start, .total = -1, .free = -1);
	hp_check_failures(failures, .corrupted_kb = base_kb(), .total = 1, .recovered = 1);
	hp_check_eq(hp_unpoison(frame), 0);
	hp_check_failures(failures, .total = 1, .recovered = 1);
}

HP_CASE(twice, "a second error in one huge page counts a second base page")
{
	struct hp_memory_failures failures = hp_memory_failures();
	int fd = hp_hugetlb_file();
	struct hp_area *area = hp_map_file(fd, 0, 1, MAP_SHARED);
	uint64_t frame;

	hp_fill(area, 'p');
	frame = hp_frame(area->addr);
	hp_poison(area->addr);
	hp_poison_frame(frame + 3);
	hp_check_eq(hp_memory_failures().corrupted_kb,
		    failures.corrupted_kb + 2 * base_kb());
	hp_unmap(area);
	hp_check_ok(close(fd));
	hp_unpoison(frame);
	hp_unpoison(frame + 3);
	hp_check_eq(hp_memory_failures().corrupted_kb, failures.corrupted_kb);
}

HP_PROGRAM(.summary = "an error costs the pool a huge page and the machine a base page",
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap", "pool:control",
			     "hugetlb:2"),
	   .poisons = true, .source = "Documentation/mm/hwpoison.rst")
