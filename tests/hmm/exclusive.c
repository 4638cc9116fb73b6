// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A device takes pages for itself alone, for atomic operations: until a processor touches
 * them, which then has them back with every byte.
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

HP_CASE(processor_touches, "a processor's touch ends it, page by page")
{
	struct hp_device *device = hp_device(HP_DEVICE_PRIVATE, 0);
	struct hp_area *area = taken(device);

	hp_check_page_filled(area, 0, 'e');
	hp_check_eq(hp_device_check_exclusive(device, area->addr, 1), 0);
	hp_check_eq(hp_device_check_exclusive(device, area->addr, PAGES), EPERM);
	hp_fill(area, 'f');
	hp_check_eq(hp_device_check_exclusive(device, area->addr, PAGES), 0);
	hp_check_filled(area, 'f');
}

HP_CASE(protected, "mprotect leaves the bytes as they are")
{
	struct hp_device *device = hp_device(HP_DEVICE_PRIVATE, 0);
	struct hp_area *area = taken(device);

	hp_check_ok(mprotect(area->addr, area->size, PROT_READ));
	hp_check_filled(area, 'e');
	hp_check_fault(area, area->addr, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_check_eq(hp_device_check_exclusive(device, area->addr, PAGES), 0);
}

static void has_its_own(void *arg)
{
	struct hp_area *area = arg;

	hp_check_filled(area, 'e');
	hp_fill(area, 'c');
	hp_check_filled(area, 'c');
}

HP_CASE(forked, "a fork gives both sides ordinary pages of their own")
{
	struct hp_device *device = hp_device(HP_DEVICE_PRIVATE, 0);
	struct hp_area *area = taken(device);

	hp_wait_ok(hp_fork(has_its_own, area));
	hp_check_filled(area, 'e');
	hp_fill(area, 'p');
	hp_check_filled(area, 'p');
}

HP_CASE(unmapped, "munmap of pages that the device has")
{
	struct hp_device *device = hp_device(HP_DEVICE_PRIVATE, 0);
	struct hp_area *area;
	long before;

	/* First, for it touches what is there. */
	hp_map_rest();
	area = taken(device);
	before = hp_rss_anon(0);
	hp_unmap(area);
	hp_check_eq(hp_rss_anon(0) - before, -(long)(PAGES * hp_base_page_size() / 1024));
}

HP_PROGRAM(.summary = "what a device has to itself alone a processor gets back whole",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp", "root"),
	   .source = "Documentation/mm/hmm.rst, Exclusive access memory")
