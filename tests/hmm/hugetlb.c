// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * hugetlb pages do not migrate to a device (EINVAL); the pool and the contents stay as they
 * are.
 */
#include "hugeproof.h"

static void check_refused(struct hp_device *device, int flags, bool touched)
{
	struct hp_area *area = hp_map_hugetlb(1, flags);
	size_t pages = 64;
	struct hp_hugetlb_counts start;

	if (touched)
		hp_fill(area, 'h');
	start = hp_hugetlb();
	hp_check_eq(hp_to_device(device, area->addr, pages, NULL), EINVAL);
	hp_check_eq(hp_pages_in_device(device, area->addr, pages), 0);
	hp_check_hugetlb(start, .free = 0);
	if (touched)
		hp_check_filled(area, 'h');
}

HP_DEVICE_CASES(private_untouched,
		"missing hugetlb pages of a private mapping do not migrate (EINVAL)")
{
	check_refused(device, MAP_PRIVATE, false);
}

HP_DEVICE_CASES(private_touched,
		"hugetlb pages of a private mapping do not migrate (EINVAL)")
{
	check_refused(device, MAP_PRIVATE, true);
}

HP_DEVICE_CASES(shared_touched, "hugetlb pages of a shared mapping do not migrate (EINVAL)")
{
	check_refused(device, MAP_SHARED, true);
}

HP_PROGRAM(.summary = "hugetlb pages do not migrate to a device", .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("hmm", "hugetlb:1"),
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hmm.rst",
				  "Migration to and from device memory"}))
