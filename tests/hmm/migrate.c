// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Pages go to a device's memory and come back, asked for or because a processor touches
 * them: each byte is there on both sides, and the process owns as much as before.
 */
#include "hugeproof.h"

/* All pages of a new area with the pattern 'm' go to the device. */
static struct hp_area *sent(struct hp_device *device, size_t pages)
{
	struct hp_area *area = hp_map_base_pages(pages), *copy = hp_copy_of(area);

	hp_fill(area, 'm');
	hp_check_not_in_device(device, area);
	hp_check_eq(hp_to_device(device, area->addr, pages, copy->addr), 0);
	hp_check_in_device(device, area);
	hp_check_filled(copy, 'm');
	return area;
}

static void there_and_back(enum hp_device_kind kind, size_t pages)
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = sent(device, pages);
	size_t back;

	/* What a processor touches comes back from private memory. */
	hp_check_filled(area, 'm');
	if (kind == HP_DEVICE_PRIVATE)
		hp_check_not_in_device(device, area);
	else
		hp_check_in_device(device, area);
	hp_fill(area, 'n');
	if (kind == HP_DEVICE_PRIVATE)
		hp_check_eq(hp_to_device(device, area->addr, pages, NULL), 0);
	hp_check_eq(hp_to_system(device, area->addr, pages, &back), 0);
	hp_check_eq(back, pages);
	hp_check_not_in_device(device, area);
	hp_check_filled(area, 'n');
}

HP_DEVICE_CASES(one_page, "one page there and back")
{
	there_and_back(kind, 1);
}

HP_DEVICE_CASES(some_pages, "more pages than the device takes at a time")
{
	there_and_back(kind, 67);
}

HP_DEVICE_CASES(many_pages, "many MB, over several page tables")
{
	there_and_back(kind, 2100);
}

HP_DEVICE_CASES(single_touch, "a touch brings back one page and no other")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = sent(device, 16);
	bool stays = kind == HP_DEVICE_COHERENT;

	hp_check_page_filled(area, 5, 'm');
	hp_check_eq(hp_pages_in_device(device, area->addr, 16), stays ? 16 : 15);
	hp_fill_page(area, 11, 'w');
	hp_check_eq(hp_pages_in_device(device, area->addr, 16), stays ? 16 : 14);
	hp_check_eq(hp_pages_in_device(device, area->addr, 5), 5);
	hp_check_page_filled(area, 11, 'w');
	hp_check_filled_around(area, 11 * area->page_size, area->page_size, 'm');
}

HP_DEVICE_CASES(device_writes, "what the device writes a processor reads, and the reverse")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = sent(device, 16), *copy = hp_copy_of(area);

	hp_fill(copy, 'd');
	hp_check_eq(hp_device_write(device, area->addr, 16, copy->addr, NULL), 0);
	hp_check_in_device(device, area);
	hp_check_filled(area, 'd');
	hp_fill(area, 'p');
	hp_check_eq(hp_device_read(device, area->addr, 16, copy->addr, NULL), 0);
	hp_check_filled(copy, 'p');
}

HP_DEVICE_CASES(where_it_is, "the device reads and writes pages that are not its own")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = hp_map_base_pages(16), *copy = hp_copy_of(area);
	size_t faults;

	hp_fill(area, 'a');
	hp_check_eq(hp_device_read(device, area->addr, 16, copy->addr, &faults), 0);
	hp_check_eq(faults, 1);
	hp_check_filled(copy, 'a');
	hp_check_eq(hp_device_read(device, area->addr, 16, copy->addr, &faults), 0);
	hp_check_eq(faults, 0);
	hp_fill(copy, 'b');
	hp_check_eq(hp_device_write(device, area->addr, 16, copy->addr, NULL), 0);
	hp_check_not_in_device(device, area);
	hp_check_filled(area, 'b');
}

HP_DEVICE_CASES(untouched_by_device, "what the device touches first is made by its fault")
{
	struct hp_device *device = hp_device(kind, 0);
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

HP_DEVICE_CASES(counted, "pages on the device count for the process as before")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = hp_map_base_pages(256), *copy = hp_copy_of(area);
	long before;
	size_t back;

	hp_fill(area, 'c');
	hp_map_rest();
	before = hp_rss_anon(0);
	hp_check_eq(hp_to_device(device, area->addr, 256, copy->addr), 0);
	hp_check_eq(hp_rss_anon(0) - before, 0);
	/* What is there already stays there. */
	hp_to_device(device, area->addr, 256, copy->addr);
	hp_check_in_device(device, area);
	hp_check_eq(hp_rss_anon(0) - before, 0);
	hp_check_eq(hp_to_system(device, area->addr, 256, &back), 0);
	hp_check_eq(hp_rss_anon(0) - before, 0);
	hp_unmap(area);
	hp_check_eq(hp_rss_anon(0) - before, -(long)(copy->size / 1024));
}

HP_DEVICE_CASES(two_devices, "what is on one device the other reads, by bringing it back")
{
	struct hp_device *device = hp_device(kind, 0), *other = hp_device(kind, 1);
	struct hp_area *area = sent(device, 16), *copy = hp_copy_of(area);
	unsigned char seen[16];

	hp_check_eq(hp_device_snapshot(other, area->addr, 16, seen), 0);
	/* Private memory is nobody else's business. */
	for (int i = 0; i < 16; i++)
		hp_check_eq(seen[i] & HP_SEEN_PLACE, kind == HP_DEVICE_COHERENT
							     ? HP_SEEN_COHERENT_REMOTE
							     : HP_SEEN_NOTHING);
	hp_check_not_in_device(other, area);
	hp_check_eq(hp_device_read(other, area->addr, 16, copy->addr, NULL), 0);
	hp_check_filled(copy, 'm');
	if (kind == HP_DEVICE_PRIVATE)
		hp_check_not_in_device(device, area);
	hp_check_filled(area, 'm');
}

HP_DEVICE_CASES(closed, "when the device is closed all of its memory comes back")
{
	struct hp_device *device = hp_device(kind, 0), *other = hp_device(kind, 1);
	struct hp_area *area = sent(device, 64);
	unsigned char seen[64];

	hp_device_close(device);
	hp_check_eq(hp_device_snapshot(other, area->addr, 64, seen), 0);
	for (int i = 0; i < 64; i++)
		hp_check_eq(seen[i] & HP_SEEN_PLACE, 0);
	hp_check_filled(area, 'm');
}

HP_PROGRAM(.summary = "pages go to a device and come back with every byte",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp"), .seconds = 60,
	   .source = "Documentation/mm/hmm.rst, Migration to and from device memory")
