// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A device gets exclusive access to pages for atomic operations, until a processor touches
 * them; their contents stay intact.
 */
#include "hugeproof.h"

#define PAGES 16

static struct hp_area *taken(struct hp_device *device)
{
	struct hp_area *area = hp_map_base_pages(PAGES), *copy = hp_copy_of(area);

	hp_fill(area, 'e');
	hp_check_eq(hp_device_check_exclusive(device, area->addr, PAGES), 0);
	hp_check_eq(hp_device_exclusive(device, area->addr, PAGES, copy->addr), 0);
	hp_check_filled(copy, 'e');
	hp_check_eq(hp_device_check_exclusive(device, area->addr, PAGES), EPERM);
	return area;
}

HP_CASE(processor_touches,
	"a processor's access ends the device's exclusive access, page by page")
{
	struct hp_device *device = hp_device_open(HP_DEVICE_PRIVATE, 0);
	struct hp_area *area = taken(device);

	hp_check_filled(hp_nth_page(area, 0), 'e');
	hp_check_eq(hp_device_check_exclusive(device, area->addr, 1), 0);
	hp_check_eq(hp_device_check_exclusive(device, area->addr, PAGES), EPERM);
	hp_fill(area, 'f');
	hp_check_eq(hp_device_check_exclusive(device, area->addr, PAGES), 0);
	hp_check_filled(area, 'f');
}

HP_CASE(protected, "mprotect ends the device's exclusive access and keeps the contents")
{
	struct hp_device *device = hp_device_open(HP_DEVICE_PRIVATE, 0);
	struct hp_area *area = taken(device);

	hp_protect(area, PROT_READ);
	hp_check_filled(area, 'e');
	hp_check_fault(area, area->addr, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_check_eq(hp_device_check_exclusive(device, area->addr, PAGES), 0);
}

HP_CASE(forked, "fork ends the device's exclusive access: parent and child have ordinary "
		"pages of their own")
{
	struct hp_device *device = hp_device_open(HP_DEVICE_PRIVATE, 0);
	struct hp_area *area = taken(device);

	hp_in_child() {
		hp_check_filled(area, 'e');
		hp_check_writable(area, 'c');
	}
	hp_check_filled(area, 'e');
	hp_check_writable(area, 'p');
}

HP_CASE(unmapped, "munmap frees pages to which the device has exclusive access")
{
	struct hp_device *device = hp_device_open(HP_DEVICE_PRIVATE, 0);
	struct hp_area *area;
	long before;

	/* This comes first because it touches memory, which changes the RSS. */
	hp_map_rest();
	area = taken(device);
	before = hp_rss_anon(0);
	hp_unmap(area);
	hp_check_eq(hp_rss_anon(0) - before, -(long)(PAGES * hp_base_size / 1024));
}

HP_PROGRAM(.summary = "a processor's access ends a device's exclusive access and finds the "
		      "contents intact",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp", "root"),
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hmm.rst",
				  "Exclusive access memory"}))
