// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a process may do with its memory a device may do, and no more, wherever the page is
 * and whenever that changed.
 */
#include "hugeproof.h"

#define PAGES 16

static void check_seen(struct hp_device *device, const struct hp_area *area, int expected)
{
	unsigned char seen[PAGES];

	hp_check_eq(hp_device_snapshot(device, area->addr, PAGES, seen), 0);
	for (int i = 0; i < PAGES; i++)
		hp_check_eq(seen[i], expected);
}

static void protect(const struct hp_area *area, int prot)
{
	hp_check_ok(mprotect(area->addr, area->size, prot));
}

/* A processor and the device may read the pattern 'p', and neither may write. */
static void check_read_only(struct hp_device *device, const struct hp_area *area)
{
	struct hp_area *copy = hp_copy_of(area);

	hp_check_filled(area, 'p');
	hp_check_eq(hp_device_read(device, area->addr, PAGES, copy->addr, NULL), 0);
	hp_check_filled(copy, 'p');
	hp_fill(copy, 'x');
	hp_check_eq(hp_device_write(device, area->addr, PAGES, copy->addr, NULL), EPERM);
	hp_check_fault(area, area->addr, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_check_filled(area, 'p');
}

HP_DEVICE_CASES(read_only, "a read-only mapping migrates and stays read-only")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = hp_map_base_pages(PAGES);

	hp_fill(area, 'p');
	protect(area, PROT_READ);
	hp_check_eq(hp_to_device(device, area->addr, PAGES, NULL), 0);
	check_seen(device, area, hp_seen_local(device) | HP_SEEN_READ);
	check_read_only(device, area);
}

HP_DEVICE_CASES(protected_there, "mprotect of pages that are on the device")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = hp_map_base_pages(PAGES), *copy = hp_copy_of(area);

	hp_fill(area, 'p');
	hp_check_eq(hp_to_device(device, area->addr, PAGES, NULL), 0);
	check_seen(device, area, hp_seen_local(device) | HP_SEEN_WRITE);
	protect(area, PROT_READ);
	check_seen(device, area, hp_seen_local(device) | HP_SEEN_READ);
	check_read_only(device, area);
	protect(area, PROT_READ | PROT_WRITE);
	hp_check_filled(area, 'p');
	hp_fill(copy, 'w');
	hp_check_eq(hp_device_write(device, area->addr, PAGES, copy->addr, NULL), 0);
	hp_check_filled(area, 'w');
	hp_fill(area, 'v');
	hp_check_filled(area, 'v');
}

HP_DEVICE_CASES(none, "PROT_NONE while pages are on the device, and back")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = hp_map_base_pages(PAGES), *copy = hp_copy_of(area);

	hp_fill(area, 'p');
	hp_check_eq(hp_to_device(device, area->addr, PAGES, NULL), 0);
	protect(area, PROT_NONE);
	hp_check_eq(hp_device_read(device, area->addr, PAGES, copy->addr, NULL), EFAULT);
	hp_check_fault(area, area->addr, HP_READ, SIGSEGV, SEGV_ACCERR);
	protect(area, PROT_READ | PROT_WRITE);
	hp_check_filled(area, 'p');
	hp_fill(area, 'q');
	hp_check_filled(area, 'q');
}

HP_DEVICE_CASES(write_kept, "what was writable is writable there, and after the way back")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = hp_map_base_pages(PAGES);
	size_t back;

	hp_fill(area, 'p');
	check_seen(device, area, HP_SEEN_WRITE);
	hp_check_eq(hp_to_device(device, area->addr, PAGES, NULL), 0);
	check_seen(device, area, hp_seen_local(device) | HP_SEEN_WRITE);
	hp_check_eq(hp_to_system(device, area->addr, PAGES, &back), 0);
	hp_check_eq(back, PAGES);
	check_seen(device, area, HP_SEEN_WRITE);
	hp_fill(area, 'w');
	hp_check_filled(area, 'w');
}

HP_DEVICE_CASES(device_unmapped, "what is unmapped is gone for the device: EFAULT")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = hp_map_base_pages(PAGES), *copy = hp_copy_of(area);

	hp_fill(area, 'p');
	hp_check_eq(hp_to_device(device, area->addr, PAGES, NULL), 0);
	hp_check_ok(munmap(area->addr, area->size));
	hp_check_eq(hp_device_read(device, area->addr, PAGES, copy->addr, NULL), EFAULT);
}

HP_PROGRAM(.summary = "a device may do with memory what its process may",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp"),
	   .source = "Documentation/mm/hmm.rst, Address space mirroring implementation and "
		     "API")
