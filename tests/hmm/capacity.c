// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * All that a device can hold goes there, twice: the first time has left nothing behind, or
 * the device must take another region of memory.
 */
#include "hugeproof.h"

/* What the test device takes at a time. */
#define REGION_BYTES (256UL << 20)

HP_DEVICE_CASES(twice, "a whole region is filled, emptied and filled")
{
	struct hp_device *device = hp_device(kind, 0);
	size_t base = hp_base_page_size(), pages = REGION_BYTES / base;
	int regions = hp_device_regions();

	for (int i = 0; i < 2; i++) {
		struct hp_area *area = hp_map_base_pages(pages);

		hp_step("time %d", i + 1);
		hp_check_eq(hp_to_device(device, area->addr, pages, NULL), 0);
		hp_check_in_device(device, area);
		hp_unmap(area);
	}
	hp_check_eq(hp_device_regions(), regions);
}

HP_PROGRAM(.summary = "device memory that processes gave up is all there again",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp", "root"),
	   .seconds = 60, .source = "Documentation/mm/hmm.rst")
