// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A tmpfs mounted with noswap never goes to swap, whatever the size of its pages, and one
 * without the option does.
 */
#include "hugeproof.h"

#include <sys/mount.h>

static const struct size {
	struct hp_variant variant;
	const char *option;
	bool huge;
} sizes[] = {
	{{"base", "base pages"}, "huge=never", false},
	{{"huge", "huge pages"}, "huge=always", true},
};

static long swapped(const struct hp_area *area)
{
	return hp_area_smaps(area).swap;
}

static void need_noswap(void)
{
	if (!hp_kernel_from(6, 4))
		hp_skip_case("needs the mount option noswap (Linux 6.4): run it on a newer "
			     "kernel");
}

static const char *mounted(const char *options)
{
	hp_khugepaged_calm();
	hp_shmem_never();
	return hp_mount_tmpfs(options);
}

/* A new file, in huge pages or in others. */
static struct hp_area *filled(const char *mount_point, bool huge)
{
	struct hp_area *area = hp_map_all_shmem(hp_shmem_in(mount_point, 1), MAP_SHARED);

	if (huge)
		area->page_size = hp_pmd_size;
	hp_fill(area, 'n');
	if (huge)
		hp_require_huge(area);
	return area;
}

static void check_stays(const struct hp_area *area)
{
	for (int i = 0; i < 3; i++) {
		hp_check_ok(madvise(area->addr, area->size, MADV_PAGEOUT));
		hp_check_eq(swapped(area), 0);
		hp_check_filled(area, 'n');
	}
}

HP_CASES(kept, "pages of a tmpfs with noswap stay in memory when they are reclaimed", sizes,
	 size)
{
	char options[64];

	need_noswap();
	snprintf(options, sizeof(options), "noswap,%s", size->option);
	check_stays(filled(mounted(options), size->huge));
}

HP_CASES(not_kept, "pages of a tmpfs without noswap go to swap when they are reclaimed",
	 sizes, size)
{
	struct hp_area *area = filled(mounted(size->option), size->huge);

	hp_swap_out(area);
	hp_check_filled(area, 'n');
}

HP_CASE(remounted, "a remount can neither add noswap to a tmpfs nor remove it")
{
	const char *mount_point;

	need_noswap();
	mount_point = mounted("");
	hp_check_errno(mount(NULL, mount_point, NULL, MS_REMOUNT, "noswap"), EINVAL);
	mount_point = mounted("noswap");
	hp_check_ok(mount(NULL, mount_point, NULL, MS_REMOUNT, "noswap"));
	hp_check_ok(mount(NULL, mount_point, NULL, MS_REMOUNT, "huge=never"));
	check_stays(filled(mount_point, false));
}

HP_PROGRAM(.summary = "a tmpfs mounted with noswap does not go to swap",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_admin", "swap"),
	   .sources = HP_SOURCES({"doc", "Documentation/filesystems/tmpfs.rst", "noswap"},
				 {"commit", "2c6efe9cf2d7",
				  "shmem: add support to ignore swap"}))
