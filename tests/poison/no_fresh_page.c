// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A bad huge page is not replaced by another behind its users' back: not in the mapping
 * where it was met, nor in a second one, nor in one made later of the same file.
 */
#include "hugeproof.h"

static void stays_bad(const struct hp_area *area)
{
	struct hp_hugetlb_counts start = hp_hugetlb();

	for (int i = 0; i < 3; i++) {
		hp_check_poisoned(area->addr, HP_READ, hp_page_size);
		hp_check_poisoned(area->addr + hp_page_size - 1, HP_WRITE, hp_page_size);
	}
	/* No page was taken in its place. */
	hp_check_hugetlb(start);
}

HP_CASE(private, "a bad private page stays bad, however often it is touched")
{
	struct hp_area *area = hp_filled_hugetlb(1, MAP_PRIVATE, 'n');

	hp_poison(area->addr);
	stays_bad(area);
}

HP_CASE(mapped_twice, "a bad shared page is lost for both mappings of one process")
{
	int fd;
	struct hp_area *one = hp_filled_file(&fd, 1, 'n');
	struct hp_area *two = hp_map_file(fd, 0, 1, MAP_SHARED);

	hp_check_filled(two, 'n');
	hp_poison(one->addr);
	stays_bad(one);
	stays_bad(two);
}

HP_CASE(mapped_later, "a bad shared page is bad in a mapping made afterwards, too")
{
	int fd;
	struct hp_area *area = hp_filled_file(&fd, 1, 'n');

	hp_poison(area->addr);
	hp_unmap(area);
	stays_bad(hp_map_file(fd, 0, 1, MAP_SHARED));
	stays_bad(hp_map_file(fd, 0, 1, MAP_PRIVATE | MAP_NORESERVE));
}

HP_CASE(dropped, "MADV_DONTNEED drops a bad private page, and a new one is zero")
{
	struct hp_area *area = hp_filled_hugetlb(1, MAP_PRIVATE, 'n');

	hp_poison(area->addr);
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	hp_check_zeros(hp_nth_page(area, 0));
	hp_check_writable(area, 'm');
}

HP_CASE(cut_off, "truncation drops a bad shared page, and a new one is zero")
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

HP_PROGRAM(.summary = "a bad huge page is never replaced behind its users' back",
	   .needs = HP_NEEDS("memory-failure", "pagemap", "hugetlb:2"), .poisons = true,
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hwpoison.rst"}))
