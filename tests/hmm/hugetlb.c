// SPDX-License-Identifier: LGPL-2.1-or-later
/* Pages of hugetlb are not for a device: EINVAL, and pool and bytes are as they were. */
#include "hugeproof.h"

static void check_refused(enum hp_device_kind kind, int flags, bool touched)
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = hp_map_hugetlb(1, flags);
	size_t pages = 64;
	struct hp_hugetlb start;

	if (touched)
		hp_fill(area, 'h');
	start = hp_hugetlb();
	hp_check_eq(hp_to_device(device, area->addr, pages, NULL), EINVAL);
	hp_check_eq(hp_pages_in_device(device, area->addr, pages), 0);
	hp_check_hugetlb(start, .free = 0);
	if (touched)
		hp_check_filled(area, 'h');
}

HP_DEVICE_CASES(private_untouched, "private, never touched")
{
	check_refused(kind, MAP_PRIVATE, false);
}

HP_DEVICE_CASES(private_touched, "private, touched")
{
	check_refused(kind, MAP_PRIVATE, true);
}

HP_DEVICE_CASES(shared_touched, "shared, touched")
{
	check_refused(kind, MAP_SHARED, true);
}

HP_PROGRAM(.summary = "pages of hugetlb do not go to a device", .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("hmm", "hugetlb:1"),
	   .source = "Documentation/mm/hmm.rst, Migration to and from device memory")
