// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Transparent huge pages go to a device, whole or split as the kernel does it, and come
 * back with every byte; what did not go stays as it was.
 */
#include "hugeproof.h"

static size_t base, huge;

static struct hp_area *made(size_t pages)
{
	struct hp_area *area = hp_map_thp(pages);

	base = hp_base_page_size();
	huge = hp_thp_size();
	hp_fill(area, 't');
	hp_require_huge(area);
	return area;
}

/* Whether the kernel took them whole. */
static void tell(struct hp_device *device, const struct hp_area *area)
{
	unsigned char seen;

	hp_check_eq(hp_device_snapshot(device, area->addr, 1, &seen), 0);
	hp_observed("on the device a huge page is", "%s",
		    seen & HP_SEEN_PMD ? "whole" : "split");
}

HP_DEVICE_CASES(whole, "two huge pages there and back")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = made(2), *copy = hp_copy_of(area);
	size_t pages = 2 * huge / base;

	hp_check_eq(hp_to_device(device, area->addr, pages, copy->addr), 0);
	hp_check_filled(copy, 't');
	hp_check_eq(hp_pages_in_device(device, area->addr, pages), pages);
	tell(device, area);
	hp_check_filled(area, 't');
	hp_fill(area, 'u');
	hp_check_filled(area, 'u');
}

HP_DEVICE_CASES(part, "a part of a huge page goes, the rest stays")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = made(1);
	const size_t first = 100, pages = 50;

	hp_check_eq(hp_to_device(device, area->addr + first * base, pages, NULL), 0);
	hp_check_eq(hp_pages_in_device(device, area->addr, huge / base), pages);
	hp_check_eq(hp_pages_in_device(device, area->addr + first * base, pages), pages);
	hp_check_eq(hp_area_smaps(area).rss, huge / 1024);
	hp_check_filled(area, 't');
	hp_fill(area, 'u');
	hp_check_filled(area, 'u');
}

HP_DEVICE_CASES(huge_again, "what has come back becomes a huge page again")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = made(1);
	size_t back;

	hp_check_eq(hp_to_device(device, area->addr, huge / base, NULL), 0);
	hp_check_eq(hp_to_system(device, area->addr, huge / base, &back), 0);
	hp_check_eq(hp_pages_in_device(device, area->addr, huge / base), 0);
	hp_check_filled(area, 't');
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), huge);
	hp_check_filled(area, 't');
}

static void keeps(void *area)
{
	hp_check_filled((struct hp_area *)area, 't');
}

HP_DEVICE_CASES(forked, "a huge page shared by a fork: bytes of both sides")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = made(1);

	hp_check_eq(hp_to_device(device, area->addr, huge / base, NULL), 0);
	hp_wait_ok(hp_fork(keeps, area));
	hp_check_filled(area, 't');
}

HP_PROGRAM(.summary = "transparent huge pages go to a device and come back",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp", "root"),
	   .source = "Documentation/mm/hmm.rst")
