// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Only anonymous memory goes to a device: of files, shared memory and hugetlb nothing
 * migrates, no page is made out of a hole, and every byte stays where it is.
 */
#include "hugeproof.h"

#define PAGES 16

static size_t base;

/* Nothing of the area migrates. `error`: of the request, besides "not all are there". */
static void check_stays(struct hp_device *device, struct hp_area *area, int error)
{
	int got = hp_to_device(device, area->addr, PAGES, NULL);

	hp_check_eq(got, error ? error : ENOENT);
	hp_check_eq(hp_pages_in_device(device, area->addr, PAGES), 0);
}

/* A file in memory, empty, of which so many base pages are mapped. */
static struct hp_area *map_file(struct hp_shmem **file, int flags)
{
	base = hp_base_page_size();
	*file = hp_shmem(HP_MEMFD, 1);
	return hp_map_shmem_part(*file, 0, PAGES * base, flags, 0);
}

HP_DEVICE_CASES(shared_hole, "a hole in a shared file stays a hole")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area;
	struct hp_shmem *file;

	area = map_file(&file, MAP_SHARED);
	check_stays(device, area, 0);
	hp_check_eq(hp_shmem_blocks(file), 0);
	hp_check_zeros(area, 0, area->size);
}

HP_DEVICE_CASES(private_hole, "a private mapping's untouched pages stay the file's")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area;
	struct hp_smaps map;
	struct hp_shmem *file;

	area = map_file(&file, MAP_PRIVATE);
	check_stays(device, area, 0);
	hp_check_eq(hp_shmem_blocks(file), 0);
	map = hp_area_smaps(area);
	hp_check_eq(map.anonymous, 0);
	hp_check_zeros(area, 0, area->size);
}

HP_DEVICE_CASES(shared_pages, "pages of a shared file stay, with their bytes")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area;
	struct hp_shmem *file;

	area = map_file(&file, MAP_SHARED);
	hp_fill(area, 's');
	check_stays(device, area, 0);
	hp_check_eq(hp_shmem_blocks(file), area->size);
	hp_check_filled(area, 's');
}

HP_DEVICE_CASES(anonymous_shared, "MAP_SHARED | MAP_ANONYMOUS is a file too")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area;

	base = hp_base_page_size();
	hp_shmem_never();
	area = hp_map_aligned(PAGES * base, MAP_SHARED | MAP_ANONYMOUS, -1, 0, 0);
	area->page_size = base;
	check_stays(device, area, 0);
	hp_check_eq(hp_area_smaps(area).rss, 0);
	hp_fill(area, 's');
	check_stays(device, area, 0);
	hp_check_filled(area, 's');
}

HP_DEVICE_CASES(copies, "a private mapping's own copies are anonymous, and migrate")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area, *copy;
	struct hp_shmem *file;

	area = map_file(&file, MAP_PRIVATE);
	copy = hp_copy_of(area);
	hp_fill(area, 'c');
	hp_check_eq(hp_to_device(device, area->addr, PAGES, copy->addr), 0);
	hp_check_in_device(device, area);
	hp_check_filled(copy, 'c');
	hp_check_filled(area, 'c');
	hp_check_eq(pread(file->fd, copy->addr, copy->size, 0), copy->size);
	hp_check_zeros(copy, 0, copy->size);
}

HP_DEVICE_CASES(unreadable, "what nobody may read: EINVAL")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = hp_map_base_pages(PAGES);

	hp_check_ok(mprotect(area->addr, area->size, PROT_NONE));
	check_stays(device, area, EINVAL);
	hp_check_ok(mprotect(area->addr, area->size, PROT_READ));
	hp_check_zeros(area, 0, area->size);
}

HP_DEVICE_CASES(unmapped,
		"a range that ends in nothing: EINVAL, and no more than its start")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = hp_map_base_pages(2 * PAGES);

	hp_fill(area, 'u');
	hp_check_ok(munmap(area->addr + area->size / 2, area->size / 2));
	hp_check_eq(hp_to_device(device, area->addr, 2 * PAGES, NULL), EINVAL);
	area->size /= 2;
	hp_check_in_device(device, area);
	hp_check_filled(area, 'u');
}

HP_DEVICE_CASES(misaligned, "an address within a page: EINVAL")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = hp_map_base_pages(PAGES);

	hp_fill(area, 'x');
	hp_check_eq(hp_to_device(device, area->addr + 8, 1, NULL), EINVAL);
	hp_check_not_in_device(device, area);
	hp_check_filled(area, 'x');
}

HP_PROGRAM(.summary = "no memory but anonymous goes to a device",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp", "root"),
	   .source = "mm/migrate: allow migrate_vma() to alloc new page on empty entry "
		     "(2017)")
