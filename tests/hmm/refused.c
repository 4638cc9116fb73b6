// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Only anonymous memory migrates to a device: pages of files, shared memory and hugetlb
 * stay where they are with their contents, and holes stay holes.
 */
#include "hugeproof.h"

#define PAGES 16

/* No page of the area migrates, and the request fails with error (0: ENOENT). */
static void check_stays(struct hp_device *device, struct hp_area *area, int error)
{
	int got = hp_to_device(device, area->addr, PAGES, NULL);

	hp_check_eq(got, error ? error : ENOENT);
	hp_check_eq(hp_pages_in_device(device, area->addr, PAGES), 0);
}

/* Maps PAGES base pages of an empty memfd. */
static struct hp_area *map_file(struct hp_shmem **file, int flags)
{
	*file = hp_shmem_new(HP_MEMFD, 1);
	return hp_map_shmem_part(*file, 0, PAGES * hp_base_size, flags, 0);
}

HP_DEVICE_CASES(shared_hole,
		"a hole in a shared file mapping does not migrate and stays a hole")
{
	struct hp_shmem *file;
	struct hp_area *area = map_file(&file, MAP_SHARED);

	check_stays(device, area, 0);
	hp_check_eq(hp_shmem_blocks(file), 0);
	hp_check_zeros(area);
}

HP_DEVICE_CASES(private_hole, "missing pages of a private file mapping do not migrate")
{
	struct hp_shmem *file;
	struct hp_area *area = map_file(&file, MAP_PRIVATE);

	check_stays(device, area, 0);
	hp_check_eq(hp_shmem_blocks(file), 0);
	hp_check_eq(hp_area_smaps(area).anonymous, 0);
	hp_check_zeros(area);
}

HP_DEVICE_CASES(shared_pages,
		"pages of a shared file mapping do not migrate and keep their contents")
{
	struct hp_shmem *file;
	struct hp_area *area = map_file(&file, MAP_SHARED);

	hp_fill(area, 's');
	check_stays(device, area, 0);
	hp_check_eq(hp_shmem_blocks(file), area->size);
	hp_check_filled(area, 's');
}

HP_DEVICE_CASES(anonymous_shared, "pages of MAP_SHARED | MAP_ANONYMOUS do not migrate")
{
	struct hp_area *area;

	hp_shmem_never();
	area = hp_map_aligned(PAGES * hp_base_size, MAP_SHARED | MAP_ANONYMOUS, -1, 0, 0);
	area->page_size = hp_base_size;
	check_stays(device, area, 0);
	hp_check_eq(hp_area_smaps(area).rss, 0);
	hp_fill(area, 's');
	check_stays(device, area, 0);
	hp_check_filled(area, 's');
}

HP_DEVICE_CASES(copies, "copied pages of a private file mapping are anonymous and migrate")
{
	struct hp_shmem *file;
	struct hp_area *area = map_file(&file, MAP_PRIVATE), *copy = hp_copy_of(area);

	hp_fill(area, 'c');
	hp_check_eq(hp_to_device(device, area->addr, PAGES, copy->addr), 0);
	hp_check_in_device(device, area);
	hp_check_filled(copy, 'c');
	hp_check_filled(area, 'c');
	hp_check_eq(pread(file->fd, copy->addr, copy->size, 0), copy->size);
	hp_check_zeros(copy);
}

HP_DEVICE_CASES(unreadable, "a PROT_NONE mapping does not migrate (EINVAL)")
{
	struct hp_area *area = hp_map_base_pages(PAGES);

	hp_protect(area, PROT_NONE);
	check_stays(device, area, EINVAL);
	hp_protect(area, PROT_READ);
	hp_check_zeros(area);
}

HP_DEVICE_CASES(unmapped, "a partly unmapped range migrates up to the hole (EINVAL)")
{
	struct hp_area *area = hp_map_base_pages(2 * PAGES);

	hp_fill(area, 'u');
	hp_check_ok(munmap(area->addr + area->size / 2, area->size / 2));
	hp_check_eq(hp_to_device(device, area->addr, 2 * PAGES, NULL), EINVAL);
	area->size /= 2;
	hp_check_in_device(device, area);
	hp_check_filled(area, 'u');
}

HP_DEVICE_CASES(misaligned,
		"migration to a device from an address within a page fails with EINVAL")
{
	struct hp_area *area = hp_filled_base_pages(PAGES, 'x');

	hp_check_eq(hp_to_device(device, area->addr + 8, 1, NULL), EINVAL);
	hp_check_not_in_device(device, area);
	hp_check_filled(area, 'x');
}

HP_PROGRAM(.summary = "only anonymous memory migrates to a device",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp", "root"),
	   .sources = HP_SOURCES(
		   {"commit", "8315ada7f095",
		    "mm/migrate: allow migrate_vma() to alloc new page on empty entry"}))
