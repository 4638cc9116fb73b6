// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Transparent huge pages migrate to a device, whole or split as the kernel chooses, and
 * come back with their contents; the parts that do not migrate stay as they are.
 */
#include "hugeproof.h"

/* Records whether the huge page migrated as one. */
static void observe_size(struct hp_device *device, const struct hp_area *area)
{
	unsigned char seen;

	hp_check_eq(hp_device_snapshot(device, area->addr, 1, &seen), 0);
	hp_observed("on the device a huge page is", "%s",
		    seen & HP_SEEN_PMD ? "whole" : "split");
}

HP_DEVICE_CASES(whole, "two huge pages migrate to the device and back with their contents")
{
	struct hp_area *area = hp_filled_thp(2, 't'), *copy = hp_copy_of(area);
	size_t pages = 2 * hp_pmd_size / hp_base_size;

	hp_check_eq(hp_to_device(device, area->addr, pages, copy->addr), 0);
	hp_check_filled(copy, 't');
	hp_check_eq(hp_pages_in_device(device, area->addr, pages), pages);
	observe_size(device, area);
	hp_check_filled(area, 't');
	hp_check_writable(area, 'u');
}

HP_DEVICE_CASES(part, "a part of a huge page migrates to the device, and the rest stays")
{
	struct hp_area *area = hp_filled_thp(1, 't');
	const size_t first = 100, pages = 50;

	hp_check_eq(hp_to_device(device, area->addr + first * hp_base_size, pages, NULL),
		    0);
	hp_check_eq(hp_pages_in_device(device, area->addr, hp_pmd_size / hp_base_size),
		    pages);
	hp_check_eq(hp_pages_in_device(device, area->addr + first * hp_base_size, pages),
		    pages);
	hp_check_eq(hp_area_smaps(area).rss, hp_pmd_size / 1024);
	hp_check_filled(area, 't');
	hp_check_writable(area, 'u');
}

HP_DEVICE_CASES(huge_again,
		"pages that came back from the device collapse into a huge page again")
{
	struct hp_area *area = hp_filled_thp(1, 't');
	size_t back;

	hp_check_eq(hp_to_device(device, area->addr, hp_pmd_size / hp_base_size, NULL), 0);
	hp_check_eq(hp_to_system(device, area->addr, hp_pmd_size / hp_base_size, &back), 0);
	hp_check_eq(hp_pages_in_device(device, area->addr, hp_pmd_size / hp_base_size), 0);
	hp_check_filled(area, 't');
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), hp_pmd_size);
	hp_check_filled(area, 't');
}

HP_DEVICE_CASES(forked, "a huge page in device memory keeps its contents after fork")
{
	struct hp_area *area = hp_filled_thp(1, 't');

	hp_check_eq(hp_to_device(device, area->addr, hp_pmd_size / hp_base_size, NULL), 0);
	hp_in_child() {
		hp_check_filled(area, 't');
	}
	hp_check_filled(area, 't');
}

/* The device keeps the addresses of the pages that it has seen, until it is told. */
HP_CASES(collapsed,
	 "a device sees the huge page after a collapse, and not the pages before",
	 hp_collapsible_kinds, kind)
{
	struct hp_device *device = hp_device_open(HP_DEVICE_PRIVATE, 0);
	struct hp_area *area = hp_map_collapsible(kind, 1, 'b'), *copy = hp_copy_of(area);
	size_t pages = hp_pmd_size / hp_base_size;

	hp_check_eq(hp_device_read(device, area->addr, pages, copy->addr, NULL), 0);
	hp_check_filled(copy, 'b');
	hp_check_eq(hp_device_fill(device, area, 'd'), 0);
	hp_check_filled(area, 'd');
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), hp_pmd_size);
	hp_fill(area, 'c');
	hp_check_eq(hp_device_read(device, area->addr, pages, copy->addr, NULL), 0);
	hp_check_filled(copy, 'c');
	hp_check_eq(hp_device_fill(device, area, 'e'), 0);
	hp_check_filled(area, 'e');
}

HP_PROGRAM(.summary = "transparent huge pages migrate to a device and back",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp", "root"),
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hmm.rst"}))
