// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Pages reserved for a mount by min_size stay in the pool when its files are removed,
 * whether they are persistent or surplus.
 */
#include "hugeproof.h"

#define PAGES 2

static const struct making {
	struct hp_variant variant;
	long persistent; /* the others are surplus */
} makings[] = {
	{{"persistent", "persistent pages"}, PAGES},
	{{"surplus", "surplus pages"}, 0},
};

/* A mount whose min_size reserves all pages of the pool, and a file that uses them. */
static struct hp_area *use_all(const struct making *making, int *fd)
{
	const char *mount;
	struct hp_area *area;

	hp_need_resizable_pool();
	hp_pool_resize(making->persistent);
	hp_pool_overcommit(PAGES - making->persistent);
	mount = hp_mount_hugetlbfs(hp_size_option("min_size", PAGES * hp_page_size));
	hp_check_pool(PAGES, PAGES, PAGES, PAGES - making->persistent);
	*fd = hp_open_file(mount, "file", O_RDWR | O_CREAT | O_EXCL);
	hp_require(*fd >= 0, "cannot make a file: %s", strerror(errno));
	hp_require(!unlink(hp_path_in(mount, "file")), "cannot remove it: %s",
		   strerror(errno));
	area = hp_map_file(*fd, 0, PAGES, MAP_SHARED);
	hp_fill(area, 'm');
	hp_check_pool(PAGES, 0, 0, PAGES - making->persistent);
	return area;
}

HP_CASES(file_gone, "min_size reserves the pages of a removed file again", makings, making)
{
	int fd;

	hp_unmap(use_all(making, &fd));
	hp_check_ok(close(fd));
	hp_check_pool(PAGES, PAGES, PAGES, PAGES - making->persistent);
}

HP_CASES(hole, "min_size reserves the page of a punched hole again", makings, making)
{
	off_t page = (off_t)hp_page_size;
	struct hp_area *area;
	int fd;

	area = use_all(making, &fd);
	hp_check_ok(hp_punch(fd, page, page));
	hp_check_pool(PAGES, 1, 1, PAGES - making->persistent);
	hp_fill(hp_nth_page(area, 1), 'h');
	hp_check_filled(hp_nth_page(area, 1), 'h');
	hp_check_filled(hp_nth_page(area, 0), 'm');
	hp_check_pool(PAGES, 0, 0, PAGES - making->persistent);
}

HP_PROGRAM(.summary = "a mount's min_size is honoured with surplus pages as well",
	   .needs = HP_NEEDS("pool:control", "overcommit", "hugetlb:2"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/hugetlbpage.rst",
				  "min_size"},
				 {"doc", "Documentation/mm/hugetlbfs_reserv.rst"}))
