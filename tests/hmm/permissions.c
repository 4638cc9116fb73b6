// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A device may access memory exactly as its process may, wherever the page is and whenever
 * mprotect changed the mapping.
 */
#include "hugeproof.h"

#define PAGES 16

/* Processor and device read 'p', and neither can write. */
static void check_read_only(struct hp_device *device, const struct hp_area *area)
{
	hp_check_filled(area, 'p');
	hp_check_device_reads(device, area, 'p');
	hp_check_eq(hp_device_fill(device, area, 'x'), EPERM);
	hp_check_fault(area, area->addr, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_check_filled(area, 'p');
}

HP_DEVICE_CASES(read_only, "pages of a read-only mapping stay read-only in device memory")
{
	struct hp_area *area = hp_filled_base_pages(PAGES, 'p');

	hp_protect(area, PROT_READ);
	hp_check_eq(hp_to_device(device, area->addr, PAGES, NULL), 0);
	hp_check_seen(device, area, 0xff, hp_seen_local(device) | HP_SEEN_READ);
	check_read_only(device, area);
}

HP_DEVICE_CASES(protected_there, "mprotect restricts both the processor and the device")
{
	struct hp_area *area = hp_map_on_device(device, PAGES, 'p');

	hp_check_seen(device, area, 0xff, hp_seen_local(device) | HP_SEEN_WRITE);
	hp_protect(area, PROT_READ);
	hp_check_seen(device, area, 0xff, hp_seen_local(device) | HP_SEEN_READ);
	check_read_only(device, area);
	hp_protect(area, PROT_READ | PROT_WRITE);
	hp_check_filled(area, 'p');
	hp_check_eq(hp_device_fill(device, area, 'w'), 0);
	hp_check_filled(area, 'w');
	hp_check_writable(area, 'v');
}

HP_DEVICE_CASES(none, "the device cannot read PROT_NONE pages (EFAULT), contents stay")
{
	struct hp_area *area = hp_map_on_device(device, PAGES, 'p');
	char *copy = hp_copy_of(area)->addr;

	hp_protect(area, PROT_NONE);
	hp_check_eq(hp_device_read(device, area->addr, PAGES, copy, NULL), EFAULT);
	hp_check_fault(area, area->addr, HP_READ, SIGSEGV, SEGV_ACCERR);
	hp_protect(area, PROT_READ | PROT_WRITE);
	hp_check_filled(area, 'p');
	hp_check_writable(area, 'q');
}

HP_DEVICE_CASES(write_kept,
		"writable pages stay writable in device memory and after they come back")
{
	struct hp_area *area = hp_filled_base_pages(PAGES, 'p');
	size_t back;

	hp_check_seen(device, area, 0xff, HP_SEEN_WRITE);
	hp_check_eq(hp_to_device(device, area->addr, PAGES, NULL), 0);
	hp_check_seen(device, area, 0xff, hp_seen_local(device) | HP_SEEN_WRITE);
	hp_check_eq(hp_to_system(device, area->addr, PAGES, &back), 0);
	hp_check_eq(back, PAGES);
	hp_check_seen(device, area, 0xff, HP_SEEN_WRITE);
	hp_check_writable(area, 'w');
}

HP_DEVICE_CASES(device_unmapped, "the device cannot read memory that was unmapped (EFAULT)")
{
	struct hp_area *area = hp_map_on_device(device, PAGES, 'p');
	char *copy = hp_copy_of(area)->addr;

	hp_check_ok(munmap(area->addr, area->size));
	hp_check_eq(hp_device_read(device, area->addr, PAGES, copy, NULL), EFAULT);
}

HP_PROGRAM(.summary = "a device has the same access to memory as its process",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp"),
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hmm.rst",
				  "Address space mirroring implementation and API"}))
