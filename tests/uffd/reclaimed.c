// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a handler put into a file of shared memory is there to stay: it goes to swap when
 * memory is reclaimed, and comes back, whether or not anybody wrote to it.
 */
#include "hugeproof.h"

struct way {
	struct hp_variant variant;
	bool zero;
	int prot; /* of the mapping when the page is resolved */
};

static const struct way ways[] = {
	{{"copied", "by UFFDIO_COPY"}, false, PROT_READ | PROT_WRITE},
	{{"zeroed", "by UFFDIO_ZEROPAGE"}, true, PROT_READ | PROT_WRITE},
	{{"copied_read_only", "by UFFDIO_COPY to read-only memory"}, false, PROT_READ},
};

static void check_intact(const struct way *way, const struct hp_area *reader)
{
	if (way->zero)
		hp_check_zeros(reader);
	else
		hp_check_filled(reader, 'c');
}

/*
 * The contents are read through another mapping, so that nothing but the file can have kept
 * them.
 */
HP_CASES(intact, "pages that a handler filled are intact after a reclaim", ways, way)
{
	struct hp_area *area, *source, *reader;
	int fd = hp_shmem_file(1), uffd;

	hp_khugepaged_calm();
	area = hp_map_shmem(fd, 1, MAP_SHARED);
	reader = hp_map_shmem(fd, 1, MAP_SHARED);
	area->page_size = reader->page_size = hp_base_size;
	hp_check_ok(mprotect(area->addr, area->size, way->prot));
	source = hp_uffd_source(area, 'c');
	uffd = hp_uffd_missing(area);
	if (way->zero)
		hp_check_eq(hp_uffd_zero(uffd, area->addr, area->size), 0);
	else
		hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, area->size), 0);
	hp_check_ok(hp_uffd_unregister(uffd, area->addr, area->size));
	hp_step("reclaim");
	for (int i = 0; i < 3; i++)
		hp_check_ok(madvise(area->addr, area->size, MADV_PAGEOUT));
	hp_step("after the reclaim");
	check_intact(way, reader);
	hp_step("a reclaim through the other mapping");
	hp_swap_out(reader);
	check_intact(way, reader);
}

HP_PROGRAM(.summary = "reclaim keeps what a handler put into a file",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "swap"),
	   .tags = HP_TAGS("regression"),
	   .sources = HP_SOURCES({"commit", "dcf7fe9d8976",
				  "userfaultfd: shmem: UFFDIO_COPY: set the page dirty if "
				  "VM_WRITE is not set"}))
