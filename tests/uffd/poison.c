// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * UFFDIO_POISON marks missing pages as poisoned: an access gets SIGBUS as for a memory
 * error of a base page, and no memory is allocated.
 */
#include "hugeproof.h"

static struct hp_uffd_memory memory_for_poison(enum hp_memory memory)
{
	return hp_uffd_memory_for(memory, UFFDIO_REGISTER_MODE_MISSING,
				  UFFD_FEATURE_POISON);
}

static void check_bad(const struct hp_area *area, size_t page)
{
	hp_check_uffd_bad(hp_fault_in_thread(hp_page(area, page), HP_READ),
			  area->page_size);
}

HP_CASES(told, "UFFDIO_POISON gives only the access to its page SIGBUS", hp_uffd_kinds,
	 kind)
{
	struct hp_uffd_memory it = memory_for_poison(kind->memory);
	struct hp_faulting_thread *poisoned, *copied;

	poisoned = hp_fault_in_thread(hp_page(it.area, 3), HP_WRITE);
	hp_uffd_wait(it.uffd, 5);
	copied = hp_fault_in_thread(hp_page(it.area, 4), HP_READ);
	hp_uffd_wait(it.uffd, 5);
	hp_check_eq(hp_uffd_poison(it.uffd, hp_page(it.area, 3), it.area->page_size), 0);
	hp_check_uffd_bad(poisoned, it.area->page_size);
	hp_check_eq(hp_uffd_copy_pages(&it, 4, 1), 0);
	hp_check_goes_on(copied);
	hp_check_filled(hp_nth_page(it.area, 4), 'u');
	check_bad(it.area, 3);
	hp_check_eq(hp_area_smaps(it.area).rss, it.area->page_size / 1024);
}

HP_CASES(whole, "one UFFDIO_POISON poisons all base pages in the range of a huge page",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it = memory_for_poison(kind->memory);

	hp_check_eq(hp_uffd_poison(it.uffd, it.area->addr, it.area->size), 0);
	check_bad(it.area, 0);
	check_bad(it.area, hp_pages(it.area) / 2);
	check_bad(it.area, hp_pages(it.area) - 1);
	hp_check_eq(hp_area_smaps(it.area).rss, 0);
	hp_check(!hp_uffd_pending(it.uffd));
}

HP_CASES(present, "UFFDIO_POISON of a present or poisoned page fails with EEXIST",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it = memory_for_poison(kind->memory);
	char *second = hp_page(it.area, 1);
	size_t base = it.area->page_size;

	hp_check_eq(hp_uffd_copy_pages(&it, 0, 1), 0);
	hp_check_eq(hp_uffd_poison(it.uffd, it.area->addr, base), EEXIST);
	hp_check_filled(hp_nth_page(it.area, 0), 'u');
	hp_check_eq(hp_uffd_poison(it.uffd, second, base), 0);
	hp_check_eq(hp_uffd_poison(it.uffd, second, base), EEXIST);
	hp_check_eq(hp_uffd_zero(it.uffd, it.area->addr, base), EEXIST);
	check_bad(it.area, 1);
}

HP_CASES(dropped, "MADV_DONTNEED removes poison markers, and the next access waits",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it = memory_for_poison(kind->memory);
	struct hp_faulting_thread *thread;

	hp_check_eq(hp_uffd_poison(it.uffd, it.area->addr, it.area->size), 0);
	hp_check_ok(madvise(it.area->addr, it.area->size, MADV_DONTNEED));
	thread = hp_fault_in_thread(hp_page(it.area, 3), HP_READ);
	hp_uffd_fault(it.uffd, hp_page(it.area, 3));
	hp_check_eq(hp_uffd_copy_pages(&it, 0, hp_pages(it.area)), 0);
	hp_check_goes_on(thread);
	hp_check_filled(it.area, 'u');
}

HP_CASES(refused, "UFFDIO_POISON of bad ranges fails with EINVAL or ENOENT", hp_uffd_kinds,
	 kind)
{
	struct hp_uffd_memory it = memory_for_poison(kind->memory);
	char *addr = it.area->addr;
	size_t base = it.area->page_size;

	hp_check_eq(hp_uffd_poison(it.uffd, addr + 512, base), EINVAL);
	hp_check_eq(hp_uffd_poison(it.uffd, addr, base - 512), EINVAL);
	hp_check_eq(hp_uffd_unregister(it.uffd, addr, it.area->size), 0);
	hp_check_eq(hp_uffd_poison(it.uffd, addr, base), ENOENT);
	hp_check_no_wait(addr, HP_READ);
}

HP_CASE(forked, "a child inherits poison markers of anonymous memory")
{
	struct hp_uffd_memory it = memory_for_poison(HP_MEMORY_THP);

	hp_check_eq(hp_uffd_poison(it.uffd, it.area->addr, it.area->size), 0);
	hp_in_child() {
		check_bad(it.area, 3);
	}
	check_bad(it.area, 3);
}

HP_PROGRAM(.summary = "UFFDIO_POISON turns accesses to missing pages into SIGBUS",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root"),
	   .log_allows = HP_LINES("due to hardware memory corruption fault"),
	   .sources = HP_SOURCES({"commit", "fc71884a5f59",
				  "mm: userfaultfd: add new UFFDIO_POISON ioctl"}))
