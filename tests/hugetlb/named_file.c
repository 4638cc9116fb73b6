// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A file in a hugetlbfs mount keeps its pages and bytes while it has a name or a
 * user: without a mapping, and after it was unlinked.
 */
#include "hugeproof.h"

static int open_in(const char *mount, int flags)
{
	return hp_check_ok(hp_open_file(mount, "file", flags | O_RDWR));
}

static void remove_in(const char *mount)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/file", mount);
	hp_check_ok(unlink(path));
}

HP_CASE(outlives_its_users, "closed and unmapped it keeps page and bytes until the unlink")
{
	const char *mount = hp_mount_hugetlbfs("");
	struct hp_hugetlb start = hp_hugetlb();
	int fd = open_in(mount, O_CREAT);
	struct hp_area *area;

	hp_check_ok(ftruncate(fd, (off_t)hp_page_size));
	area = hp_map_file(fd, 0, 1, MAP_SHARED);
	hp_fill(area, 'n');
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

HP_CASE(outlives_its_name, "unlinked it keeps page and bytes until the last user goes")
{
	const char *mount = hp_mount_hugetlbfs("");
	struct hp_hugetlb start = hp_hugetlb();
	int fd = open_in(mount, O_CREAT);
	struct hp_area *area;

	hp_check_ok(ftruncate(fd, (off_t)hp_page_size));
	area = hp_map_file(fd, 0, 1, MAP_SHARED);
	hp_fill(area, 'u');
	remove_in(mount);
	hp_check_ok(close(fd));
	hp_check_filled(area, 'u');
	hp_check_hugetlb(start, .free = -1);
	hp_unmap(area);
	hp_check_hugetlb(start);
}

static void other_opens(void *arg)
{
	const char *mount = arg;
	struct hp_area *area = hp_map_file(open_in(mount, 0), 0, 1, MAP_SHARED);

	hp_check_filled(area, 'o');
	hp_fill(area, 'n');
}

HP_CASE(opened_by_another, "another process that opens it has the same page")
{
	const char *mount = hp_mount_hugetlbfs("");
	struct hp_hugetlb start = hp_hugetlb();
	int fd = open_in(mount, O_CREAT);
	struct hp_area *area;

	hp_check_ok(ftruncate(fd, (off_t)hp_page_size));
	area = hp_map_file(fd, 0, 1, MAP_SHARED);
	hp_fill(area, 'o');
	hp_wait_ok(hp_fork(other_opens, (void *)mount));
	hp_check_filled(area, 'n');
	hp_check_hugetlb(start, .free = -1);
}

HP_PROGRAM(.summary = "a hugetlbfs file keeps its pages while it has a name or a user",
	   .needs = HP_NEEDS("hugetlb:1", "cap:sys_admin"),
	   .source = "Documentation/admin-guide/mm/hugetlbpage.rst")
