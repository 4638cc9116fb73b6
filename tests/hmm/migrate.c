// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Pages migrate to device memory and back, on request or because a processor touches them:
 * contents and RSS stay the same.
 */
#include "hugeproof.h"

static void there_and_back(struct hp_device *device, size_t pages)
{
	struct hp_area *area = hp_map_on_device(device, pages, 'm');
	size_t back;

	/* A page in private memory comes back when a processor touches it. */
	hp_check_filled(area, 'm');
	if (device->kind == HP_DEVICE_PRIVATE)
		hp_check_not_in_device(device, area);
	else
		hp_check_in_device(device, area);
	hp_fill(area, 'n');
	if (device->kind == HP_DEVICE_PRIVATE)
		hp_check_eq(hp_to_device(device, area->addr, pages, NULL), 0);
	hp_check_eq(hp_to_system(device, area->addr, pages, &back), 0);
	hp_check_eq(back, pages);
	hp_check_not_in_device(device, area);
	hp_check_filled(area, 'n');
}

HP_DEVICE_CASES(one_page, "one page migrates to the device and back")
{
	there_and_back(device, 1);
}

HP_DEVICE_CASES(some_pages, "more pages than one batch migrate to the device and back")
{
	there_and_back(device, 67);
}

HP_DEVICE_CASES(many_pages, "pages of several page tables migrate to the device and back")
{
	there_and_back(device, 2100);
}

HP_DEVICE_CASES(single_touch,
		"a processor's access brings back the page that it touches and no other")
{
	struct hp_area *area = hp_map_on_device(device, 16, 'm');
	bool stays = device->kind == HP_DEVICE_COHERENT;

	hp_check_filled(hp_nth_page(area, 5), 'm');
	hp_check_eq(hp_pages_in_device(device, area->addr, 16), stays ? 16 : 15);
	hp_fill(hp_nth_page(area, 11), 'w');
	hp_check_eq(hp_pages_in_device(device, area->addr, 16), stays ? 16 : 14);
	hp_check_eq(hp_pages_in_device(device, area->addr, 5), 5);
	hp_check_filled(hp_nth_page(area, 11), 'w');
	hp_check_filled_around(area, hp_part(area, 11 * area->page_size, area->page_size),
			       'm');
}

HP_DEVICE_CASES(device_writes,
		"processor and device see each other's writes to device memory")
{
	struct hp_area *area = hp_map_on_device(device, 16, 'm');

	hp_check_eq(hp_device_fill(device, area, 'd'), 0);
	hp_check_in_device(device, area);
	hp_check_filled(area, 'd');
	hp_fill(area, 'p');
	hp_check_device_reads(device, area, 'p');
}

HP_DEVICE_CASES(where_it_is,
		"the device accesses pages in system memory without migrating them")
{
	struct hp_area *area = hp_map_base_pages(16), *copy = hp_copy_of(area);
	size_t faults;

	hp_fill(area, 'a');
	hp_check_eq(hp_device_read(device, area->addr, 16, copy->addr, &faults), 0);
	hp_check_eq(faults, 1);
	hp_check_filled(copy, 'a');
	hp_check_eq(hp_device_read(device, area->addr, 16, copy->addr, &faults), 0);
	hp_check_eq(faults, 0);
	hp_check_eq(hp_device_fill(device, area, 'b'), 0);
	hp_check_not_in_device(device, area);
	hp_check_filled(area, 'b');
}

HP_DEVICE_CASES(untouched_by_device, "a device's access to missing pages faults them in")
{
	struct hp_area *area = hp_map_base_pages(8), *copy = hp_copy_of(area);
	long before;

	hp_fill(copy, 'f');
	hp_map_rest();
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	before = hp_rss_anon(0);
	hp_check_eq(hp_device_write(device, area->addr, 8, copy->addr, NULL), 0);
	hp_check_eq(hp_rss_anon(0) - before, area->size / 1024);
	hp_check_not_in_device(device, area);
	hp_check_filled(area, 'f');
}

HP_DEVICE_CASES(counted, "pages in device memory count in the RSS of their process")
{
	struct hp_area *area = hp_map_base_pages(256), *copy = hp_copy_of(area);
	long before;
	size_t back;

	hp_fill(area, 'c');
	hp_map_rest();
	before = hp_rss_anon(0);
	hp_check_eq(hp_to_device(device, area->addr, 256, copy->addr), 0);
	hp_check_eq(hp_rss_anon(0) - before, 0);
	/* Pages that are in device memory already stay there. */
	hp_to_device(device, area->addr, 256, copy->addr);
	hp_check_in_device(device, area);
	hp_check_eq(hp_rss_anon(0) - before, 0);
	hp_check_eq(hp_to_system(device, area->addr, 256, &back), 0);
	hp_check_eq(hp_rss_anon(0) - before, 0);
	hp_unmap(area);
	hp_check_eq(hp_rss_anon(0) - before, -(long)(copy->size / 1024));
}

HP_DEVICE_CASES(two_devices, "a device reads pages that are in memory of another device")
{
	struct hp_device *other = hp_device_open(device->kind, 1);
	struct hp_area *area = hp_map_on_device(device, 16, 'm');

	/* Private memory of a device is invisible to others. */
	hp_check_seen(other, area, HP_SEEN_PLACE,
		      device->kind == HP_DEVICE_COHERENT ? HP_SEEN_COHERENT_REMOTE
							 : HP_SEEN_NOTHING);
	hp_check_not_in_device(other, area);
	hp_check_device_reads(other, area, 'm');
	if (device->kind == HP_DEVICE_PRIVATE)
		hp_check_not_in_device(device, area);
	hp_check_filled(area, 'm');
}

HP_DEVICE_CASES(closed,
		"closing the device migrates all of its pages back to system memory")
{
	struct hp_device *other = hp_device_open(device->kind, 1);
	struct hp_area *area = hp_map_on_device(device, 64, 'm');

	hp_device_close(device);
	hp_check_seen(other, area, HP_SEEN_PLACE, 0);
	hp_check_filled(area, 'm');
}

HP_PROGRAM(.summary = "pages migrate to a device and back with their contents",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp"), .seconds = 60,
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hmm.rst",
				  "Migration to and from device memory"}))
