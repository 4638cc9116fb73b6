// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * As much as a region of device memory holds migrates there, twice: if the first time
 * leaked pages, the device would need another region. The first time it may, for since 7.3
 * it has regions of huge pages beside those of base pages.
 */
#include "hugeproof.h"

/* What the test device adds at a time. */
#define REGION_BYTES (256UL << 20)

HP_DEVICE_CASES(twice, "a region of device memory is filled, freed and filled again")
{
	size_t pages = REGION_BYTES / hp_base_size;
	int regions = 0;

	for (int i = 0; i < 2; i++) {
		struct hp_area *area = hp_map_base_pages(pages);

		hp_step("time %d", i + 1);
		hp_check_eq(hp_to_device(device, area->addr, pages, NULL), 0);
		hp_check_in_device(device, area);
		hp_unmap(area);
		if (i == 0)
			regions = hp_device_regions();
	}
	hp_check_eq(hp_device_regions(), regions);
}

HP_PROGRAM(.summary = "device memory that processes gave up can be used again",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp", "root"),
	   .seconds = 60, .sources = HP_SOURCES({"doc", "Documentation/mm/hmm.rst"}))
