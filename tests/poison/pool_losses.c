// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A pool that lost a page to a memory error still honours its reservations with the
 * remaining pages, and is resized by counts that include the loss.
 */
#include "hugeproof.h"

HP_CASE(promise_kept, "a reservation is honoured with another page than the poisoned one")
{
	struct hp_area *area;
	uint64_t frame;

	hp_need_resizable_pool();
	hp_pool_resize(3);
	frame = hp_free_frame() + 1;
	area = hp_map_hugetlb(1, MAP_PRIVATE);
	hp_check_pool(3, 3, 1, 0);
	hp_check_eq(hp_poison_pfn(frame), 0);
	hp_check_pool(2, 2, 1, 0);
	hp_fill(area, 'k');
	hp_check_pool(2, 1, 0, 0);
	hp_check_filled(area, 'k');
	hp_check(hp_pfn(area->addr) != frame - 1);
	hp_unmap(area);
	hp_check_pool(2, 2, 0, 0);
	hp_check_eq(hp_unpoison(frame), 0);
	hp_check_pool(2, 2, 0, 0);
}

/* Dissolving the page would break a reservation: it stays, and is not handed out. */
HP_CASE(all_promised,
	"a poisoned page of a fully reserved pool stays in it and is not handed out")
{
	struct hp_memory_failure_counts failures = hp_memory_failures();
	struct hp_area *area;
	uint64_t frame, head;
	int fd = hp_hugetlb_file();

	hp_need_resizable_pool();
	hp_pool_resize(2);
	hp_pool_overcommit(0);
	frame = hp_free_frame() + 3;
	head = frame - 3;
	area = hp_map_file(fd, 0, 2, MAP_SHARED);
	hp_check_pool(2, 2, 2, 0);
	hp_check_eq(hp_poison_pfn(frame), -EBUSY);
	hp_check_pool(2, 2, 2, 0);
	hp_check_eq(hp_memory_failures().corrupted_kb,
		    failures.corrupted_kb + hp_base_kb());
	hp_fill(hp_nth_page(area, 0), 'g');
	hp_check_pool(2, 1, 1, 0);
	hp_check(hp_pfn(area->addr) != head);
	hp_check_fault(area, hp_page(area, 1), HP_WRITE, SIGBUS, BUS_ADRERR);
	hp_check_pool(2, 1, 1, 0);
	hp_check_filled(hp_nth_page(area, 0), 'g');
	hp_unmap(area);
	hp_check_ok(close(fd));
	hp_check_pool(2, 2, 0, 0);
	/* It is freed with the others when the pool shrinks. */
	hp_pool_resize(0);
	hp_check_pool(0, 0, 0, 0);
	hp_check_eq(hp_memory_failures().corrupted_kb,
		    failures.corrupted_kb + hp_base_kb());
	hp_check(hp_pfn_poisoned(frame));
	hp_check_eq(hp_unpoison(frame), 0);
	hp_check_eq(hp_memory_failures().corrupted_kb, failures.corrupted_kb);
}

HP_CASE(resized,
	"nr_hugepages resizes a pool relative to the pages left after a memory error")
{
	uint64_t frame;

	hp_need_resizable_pool();
	hp_pool_resize(3);
	frame = hp_free_frame() + 2;
	hp_check_eq(hp_poison_pfn(frame), 0);
	hp_check_pool(2, 2, 0, 0);
	hp_pool_resize(2);
	hp_check_pool(2, 2, 0, 0);
	hp_pool_resize(4);
	hp_check_pool(4, 4, 0, 0);
	hp_pool_resize(1);
	hp_check_pool(1, 1, 0, 0);
	hp_check_eq(hp_unpoison(frame), 0);
	hp_check_pool(1, 1, 0, 0);
	hp_pool_resize(3);
	hp_check_pool(3, 3, 0, 0);
}

/* How many pages the pool is to have, where the files of sysfs report those it has. */
static long wanted_pages(void)
{
	long pages;
	int error = hp_read_long("/proc/sys/vm/nr_hugepages", &pages);

	hp_require(!error, "cannot read /proc/sys/vm/nr_hugepages: %s", strerror(-error));
	return pages;
}

HP_CASE(sysctl, "/proc/sys/vm/nr_hugepages leaves out a page that was dissolved")
{
	uint64_t frame;

	if (hp_page_size / 1024 != (size_t)hp_meminfo_kb("Hugepagesize"))
		hp_skip_case("is about the default huge page size: run it with that");
	hp_need_resizable_pool();
	hp_pool_resize(3);
	frame = hp_free_frame() + 2;
	hp_check_eq(wanted_pages(), 3);
	hp_check_eq(hp_poison_pfn(frame), 0);
	hp_check_pool(2, 2, 0, 0);
	hp_check_eq(wanted_pages(), 2);
	hp_check_eq(hp_unpoison(frame), 0);
	hp_check_pool(2, 2, 0, 0);
	hp_check_eq(wanted_pages(), 2);
}

HP_PROGRAM(.summary = "a pool honours its reservations after memory errors",
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap", "pool:control",
			     "overcommit", "hugetlb:3"),
	   .poisons = true,
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hwpoison.rst"},
				 {"doc", "Documentation/mm/hugetlbfs_reserv.rst"},
				 {"code", "mm/hugetlb.c", "dissolve_free_hugetlb_folio"}))
