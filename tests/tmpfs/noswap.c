// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A tmpfs mounted with noswap never goes to swap, whatever the size of its pages, and one
 * without the option does.
 */
#include "hugeproof.h"

#include <sys/mount.h>

static const struct size {
	struct hp_variant variant;
	const char *huge;
} sizes[] = {
	{{"base", "base pages"}, "huge=never"},
	{{"huge", "huge pages"}, "huge=always"},
};

static long swapped(const struct hp_area *area)
{
	return hp_area_smaps(area).swap;
}

static struct hp_area *filled(const char *options)
{
	struct hp_area *area;

	hp_khugepaged_calm();
	hp_shmem_never();
	area = hp_map_all_shmem(hp_shmem_in(hp_mount_tmpfs(options), 1), MAP_SHARED);
	hp_fill(area, 'n');
	return area;
}

HP_CASES(kept, "pages of a tmpfs with noswap stay in memory when they are reclaimed", sizes,
	 size)
{
	char options[64];
	struct hp_area *area;

	snprintf(options, sizeof(options), "noswap,%s", size->huge);
	area = filled(options);
	for (int i = 0; i < 3; i++) {
		hp_check_ok(madvise(area->addr, area->size, MADV_PAGEOUT));
		hp_check_eq(swapped(area), 0);
		hp_check_filled(area, 'n');
	}
}

HP_CASES(not_kept, "pages of a tmpfs without noswap go to swap when they are reclaimed",
	 sizes, size)
{
	struct hp_area *area = filled(size->huge);

	hp_swap_out(area);
	hp_check_eq(swapped(area), area->size / 1024);
	hp_check_filled(area, 'n');
}

HP_CASE(remounted, "noswap can be set and removed only by a new mount")
{
	const char *mount_point = hp_mount_tmpfs("noswap");

	hp_check_ok(mount(NULL, mount_point, NULL, MS_REMOUNT, "noswap"));
	mount_point = hp_mount_tmpfs("");
	hp_check_errno(mount(NULL, mount_point, NULL, MS_REMOUNT, "noswap"), EINVAL);
}

HP_PROGRAM(.summary = "a tmpfs mounted with noswap does not go to swap",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_admin", "swap"),
	   .sources = HP_SOURCES({"doc", "Documentation/filesystems/tmpfs.rst", "noswap"},
				 {"commit", "2c6efe9cf2d7",
				  "shmem: add support to ignore swap"}))
