// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A file in a hugetlbfs mount keeps its pages and contents as long as it has a name or a
 * user: without a mapping, and after unlink.
 */
#include "hugeproof.h"

static int open_in(const char *mount, int flags)
{
	return hp_check_ok(hp_open_file(mount, "file", flags | O_RDWR));
}

/* Creates, maps and fills a file of one page. */
static struct hp_area *filled_in(const char *mount, int *fd, char tag)
{
	struct hp_area *area;

	*fd = open_in(mount, O_CREAT);
	area = hp_map_file(*fd, 0, 1, MAP_SHARED);
	hp_fill(area, tag);
	return area;
}

static void remove_in(const char *mount)
{
	hp_check_ok(unlink(hp_path_in(mount, "file")));
}

HP_CASE(outlives_its_users,
	"a hugetlbfs file that is neither open nor mapped keeps its page until unlink")
{
	const char *mount = hp_mount_hugetlbfs("");
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd;
	struct hp_area *area = filled_in(mount, &fd, 'n');

	hp_unmap(area);
	hp_check_ok(close(fd));
	hp_check_hugetlb(start, .free = -1);

	fd = open_in(mount, 0);
	area = hp_map_file(fd, 0, 1, MAP_SHARED);
	hp_check_filled(area, 'n');
	hp_unmap(area);
	hp_check_ok(close(fd));
	remove_in(mount);
	hp_check_hugetlb(start);
}

HP_CASE(outlives_its_name,
	"an unlinked hugetlbfs file keeps its page until the last user is gone")
{
	const char *mount = hp_mount_hugetlbfs("");
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd;
	struct hp_area *area = filled_in(mount, &fd, 'u');

	remove_in(mount);
	hp_check_ok(close(fd));
	hp_check_filled(area, 'u');
	hp_check_hugetlb(start, .free = -1);
	hp_unmap(area);
	hp_check_hugetlb(start);
}

HP_CASE(opened_by_another, "a process that opens the hugetlbfs file maps the same page")
{
	const char *mount = hp_mount_hugetlbfs("");
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd;
	struct hp_area *area = filled_in(mount, &fd, 'o');

	hp_in_child() {
		struct hp_area *its = hp_map_file(open_in(mount, 0), 0, 1, MAP_SHARED);

		hp_check_filled(its, 'o');
		hp_fill(its, 'n');
	}
	hp_check_filled(area, 'n');
	hp_check_hugetlb(start, .free = -1);
}

HP_PROGRAM(.summary = "a hugetlbfs file keeps its pages as long as it has a name or a user",
	   .needs = HP_NEEDS("hugetlb:1", "cap:sys_admin"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"}))
