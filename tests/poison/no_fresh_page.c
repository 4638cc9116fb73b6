// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A poisoned huge page is not silently replaced by another: not in the mapping where it was
 * accessed, not in a second one, and not in a later one of the same file.
 */
#include "hugeproof.h"

static void stays_bad(const struct hp_area *area)
{
	struct hp_hugetlb_counts start = hp_hugetlb();

	for (int i = 0; i < 3; i++) {
		hp_check_poisoned(area->addr, HP_READ, hp_page_size);
		hp_check_poisoned(area->addr + hp_page_size - 1, HP_WRITE, hp_page_size);
	}
	/* No page was allocated in its place. */
	hp_check_hugetlb(start);
}

HP_CASE(private, "a poisoned private huge page gives SIGBUS at every access")
{
	struct hp_area *area = hp_filled_hugetlb(1, MAP_PRIVATE, 'n');

	hp_poison(area->addr);
	stays_bad(area);
}

HP_CASE(mapped_twice,
	"a poisoned shared huge page gives SIGBUS in both mappings of one process")
{
	int fd;
	struct hp_area *one = hp_filled_file(&fd, 1, 'n');
	struct hp_area *two = hp_map_file(fd, 0, 1, MAP_SHARED);

	hp_check_filled(two, 'n');
	hp_poison(one->addr);
	stays_bad(one);
	stays_bad(two);
}

HP_CASE(mapped_later, "a poisoned shared huge page gives SIGBUS in later mappings as well")
{
	int fd;
	struct hp_area *area = hp_filled_file(&fd, 1, 'n');

	hp_poison(area->addr);
	hp_unmap(area);
	stays_bad(hp_map_file(fd, 0, 1, MAP_SHARED));
	stays_bad(hp_map_file(fd, 0, 1, MAP_PRIVATE | MAP_NORESERVE));
}

HP_CASE(dropped,
	"MADV_DONTNEED drops a poisoned private page, and the next read sees zeros")
{
	struct hp_area *area = hp_filled_hugetlb(1, MAP_PRIVATE, 'n');

	hp_poison(area->addr);
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	hp_check_zeros(hp_nth_page(area, 0));
	hp_check_writable(area, 'm');
}

HP_CASE(cut_off,
	"truncation drops a poisoned shared page, and the extended file reads as zeros")
{
	int fd;
	struct hp_area *area = hp_filled_file(&fd, 1, 'n');

	hp_poison(area->addr);
	hp_check_ok(ftruncate(fd, 0));
	hp_check_fault(area, area->addr, HP_READ, SIGBUS, BUS_ADRERR);
	hp_resize_file(fd, 1);
	hp_check_zeros(hp_nth_page(area, 0));
	hp_check_writable(area, 'm');
}

HP_PROGRAM(.summary = "a poisoned huge page is never replaced silently",
	   .needs = HP_NEEDS("memory-failure", "pagemap", "hugetlb:2"), .poisons = true,
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hwpoison.rst"}))
