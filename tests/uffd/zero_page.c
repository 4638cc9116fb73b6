// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * UFFDIO_ZEROPAGE fills missing pages with zeros: anonymous memory gets the zero page,
 * shared memory newly allocated pages. A write then gets a page of its own.
 */
#include "hugeproof.h"

HP_CASES(zeros,
	 "UFFDIO_ZEROPAGE makes a waiting access read zeros, and a write changes one page",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it = hp_uffd_memory_missing(kind->memory);
	struct hp_area *area = it.area;
	struct hp_faulting_thread *thread = hp_fault_in_thread(hp_page(area, 5), HP_READ);
	size_t base = area->page_size;

	hp_uffd_fault(it.uffd, hp_page(area, 5));
	hp_check_eq(hp_uffd_zero(it.uffd, hp_page(area, 5), base), 0);
	hp_check_goes_on(thread);
	hp_check_eq(hp_uffd_zero(it.uffd, hp_page(area, 6), 2 * base), 0);
	hp_check_zeros(hp_part(area, 5 * base, 3 * base));
	/* The zero page does not count in RSS. */
	hp_check_eq(hp_is_zero_page(hp_page(area, 7)), kind->memory == HP_MEMORY_THP);
	hp_check_eq(hp_area_smaps(area).rss,
		    kind->memory == HP_MEMORY_THP ? 0 : 3 * base / 1024);
	hp_fill(hp_nth_page(area, 6), 'z');
	hp_check_zeros(hp_part(area, 5 * base, base));
	hp_check_filled(hp_nth_page(area, 6), 'z');
	hp_check_zeros(hp_part(area, 7 * base, base));
	hp_check(!hp_is_zero_page(hp_page(area, 6)));
}

HP_CASES(whole, "UFFDIO_ZEROPAGE of the size of a huge page fills it with base pages",
	 hp_uffd_kinds, kind)
{
	struct hp_area *area = hp_uffd_room(kind->memory);

	hp_check_eq(hp_uffd_zero(hp_uffd_missing(area), area->addr, area->size), 0);
	hp_check_zeros(area);
	hp_check_eq(hp_area_smaps(area).rss,
		    kind->memory == HP_MEMORY_THP ? 0 : area->size / 1024);
	hp_check_writable(area, 'z');
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_eq(hp_area_smaps(area).rss, area->size / 1024);
}

HP_CASES(present, "UFFDIO_ZEROPAGE onto a huge page fails with EEXIST and leaves it huge",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it =
		hp_uffd_memory_filled(kind->memory, UFFDIO_REGISTER_MODE_MISSING, 0);

	hp_check_eq(hp_uffd_zero(it.uffd, it.area->addr, it.area->page_size), EEXIST);
	hp_check_eq(hp_uffd_zero(it.uffd, it.area->addr, it.area->size), EEXIST);
	hp_check_filled(it.area, 'p');
	hp_check_eq(hp_mapped_huge(it.area), it.area->size);
}

HP_CASES(refused, "UFFDIO_ZEROPAGE of bad ranges fails with EINVAL or ENOENT",
	 hp_uffd_kinds, kind)
{
	struct hp_area *area = hp_uffd_room(kind->memory);
	size_t base = area->page_size;
	int uffd = hp_uffd_missing(area);

	hp_check_eq(hp_uffd_zero(uffd, area->addr + 512, base), EINVAL);
	hp_check_eq(hp_uffd_zero(uffd, area->addr, base + 512), EINVAL);
	hp_check_eq(hp_uffd_unregister(uffd, area->addr, base), 0);
	hp_check_eq(hp_uffd_zero(uffd, area->addr, base), ENOENT);
	hp_check_eq(hp_area_smaps(area).rss, 0);
}

HP_PROGRAM(.summary = "UFFDIO_ZEROPAGE fills missing pages with zeros",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap", "root"),
	   .sources = HP_SOURCES({"man", "ioctl_userfaultfd(2)"}))
