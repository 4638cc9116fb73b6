// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Memory registered with userfaultfd: a missing page does not migrate to a device, its
 * fault goes to the handler, and write protection survives a migration.
 */
#include "hugeproof.h"

#define PAGES 16

HP_DEVICE_CASES(missing, "a missing page registered with userfaultfd does not migrate; its "
			 "fault goes to the handler")
{
	struct hp_area *area = hp_map_base_pages(PAGES),
		       *source = hp_uffd_source(area, 'u');
	struct hp_uffd_memory it = {area, source, hp_uffd_missing(area)};
	struct hp_faulting_thread *thread;

	hp_check_eq(hp_to_device(device, area->addr, PAGES, NULL), ENOENT);
	hp_check_not_in_device(device, area);
	hp_check_eq(hp_area_smaps(area).rss, 0);
	thread = hp_fault_in_thread(hp_page(area, 3), HP_READ);
	hp_check(!hp_uffd_fault(it.uffd, hp_page(area, 3)).write);
	hp_check_eq(hp_uffd_copy_pages(&it, 3, 1), 0);
	hp_check_goes_on(thread);
	hp_check_filled(hp_nth_page(area, 3), 'u');
}

HP_DEVICE_CASES(present,
		"only the present pages of a range registered with userfaultfd migrate")
{
	struct hp_area *area = hp_map_base_pages(PAGES);
	unsigned char seen[PAGES];

	for (size_t page = 0; page < PAGES; page += 2)
		hp_fill(hp_nth_page(area, page), 'u');
	hp_uffd_missing(area);
	hp_check_eq(hp_to_device(device, area->addr, PAGES, NULL), ENOENT);
	hp_check_eq(hp_device_snapshot(device, area->addr, PAGES, seen), 0);
	for (size_t page = 0; page < PAGES; page++)
		hp_check_eq(seen[page] & HP_SEEN_PLACE,
			    page % 2 ? 0 : hp_seen_local(device));
	for (size_t page = 0; page < PAGES; page += 2)
		hp_check_filled(hp_nth_page(area, page), 'u');
}

HP_DEVICE_CASES(zero_page, "zero page mappings registered with userfaultfd do not migrate")
{
	struct hp_area *area = hp_map_base_pages(PAGES);

	hp_check_zeros(area);
	hp_uffd_missing(area);
	hp_check_eq(hp_to_device(device, area->addr, PAGES, NULL), ENOENT);
	hp_check_not_in_device(device, area);
	hp_check_zeros(area);
}

HP_DEVICE_CASES(write_protected,
		"userfaultfd write protection of a page survives its migration")
{
	struct hp_area *area = hp_filled_base_pages(PAGES, 'w');
	struct hp_faulting_thread *thread;
	struct hp_uffd_event fault;
	int uffd;

	uffd = hp_uffd_write_protected(area);
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, true), 0);
	hp_check_eq(hp_to_device(device, area->addr, PAGES, NULL), 0);
	hp_check_in_device(device, area);
	hp_check_filled(area, 'w');
	thread = hp_fault_in_thread(hp_page(area, 5), HP_WRITE);
	fault = hp_uffd_fault(uffd, hp_page(area, 5));
	hp_check(fault.write && fault.write_protected);
	hp_check_filled(area, 'w');
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, false), 0);
	hp_check_goes_on(thread);
	hp_check_eq(*hp_page(area, 5), 'w');
}

HP_PROGRAM(.summary =
		   "a device does not populate memory that a userfaultfd handler must fill",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp", "root"),
	   .sources = HP_SOURCES(
		   {"commit", "8315ada7f095",
		    "mm/migrate: allow migrate_vma() to alloc new page on empty entry"}))
