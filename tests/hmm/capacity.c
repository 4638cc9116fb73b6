// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Pages that fill a region of device memory migrate twice: if the first pass leaked pages,
 * the second would need another region. The first pass may need one more, because since 7.3
 * regions of huge pages are separate from those of base pages.
 */
#include "hugeproof.h"

/* The test device adds memory in units of this size. */
#define REGION_BYTES (256UL << 20)

HP_DEVICE_CASES(twice, "a region of device memory is filled, freed and filled again")
{
	size_t pages = REGION_BYTES / hp_base_size;
	int regions = 0;

	for (int i = 0; i < 2; i++) {
		struct hp_area *area = hp_map_base_pages(pages);

		hp_step("pass %d", i + 1);
		hp_check_eq(hp_to_device(device, area->addr, pages, NULL), 0);
		hp_check_in_device(device, area);
		hp_unmap(area);
		if (i == 0)
			regions = hp_device_regions();
	}
	hp_check_eq(hp_device_regions(), regions);
}

HP_PROGRAM(.summary = "device memory that processes have freed is used again",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp", "root"),
	   .seconds = 60, .sources = HP_SOURCES({"doc", "Documentation/mm/hmm.rst"}))
