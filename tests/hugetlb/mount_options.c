// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The options of a hugetlbfs mount take effect: owner and mode of its root directory, the
 * page size, and the number of inodes.
 */
#include "hugeproof.h"

#include <sys/vfs.h>

static struct statfs stat_mount(const char *mount)
{
	struct statfs status;

	hp_check_ok(statfs(mount, &status));
	return status;
}

HP_CASE(page_size, "a hugetlbfs mount with pagesize= uses pages of that size")
{
	const char *mount = hp_mount_hugetlbfs("");
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd = hp_check_ok(hp_open_file(mount, "file", O_CREAT | O_RDWR));

	hp_check_eq(stat_mount(mount).f_bsize, hp_page_size);
	hp_check_ok(fallocate(fd, 0, 0, (off_t)hp_page_size));
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(no_such_page_size,
	"mounting hugetlbfs with an unsupported pagesize= fails with EINVAL")
{
	/* The last of two options counts. */
	hp_check(!hp_try_mount_hugetlbfs(hp_size_option("pagesize", 3 * hp_page_size)));
	hp_check_eq(errno, EINVAL);
}

HP_CASE(owner_and_mode,
	"uid=, gid= and mode= apply to the root directory of a hugetlbfs mount")
{
	struct stat status;

	hp_check_ok(stat(hp_mount_hugetlbfs("uid=12,gid=34,mode=1750"), &status));
	hp_check_eq(status.st_uid, 12);
	hp_check_eq(status.st_gid, 34);
	hp_check_eq(status.st_mode & 07777, 01750);
}

HP_CASE(nr_inodes,
	"nr_inodes includes the root directory, and a file beyond it fails with ENOSPC")
{
	/* statfs reports no limit of inodes unless pages are limited, too. */
	const char *mount = hp_mount_hugetlbfs("nr_inodes=3,size=100%");
	char path[512];

	hp_check_eq(stat_mount(mount).f_files, 3);
	hp_check_eq(stat_mount(mount).f_ffree, 2);
	hp_check_ok(hp_open_file(mount, "one", O_CREAT | O_RDWR));
	hp_check_ok(close(hp_check_ok(hp_open_file(mount, "two", O_CREAT | O_RDWR))));
	hp_check_eq(stat_mount(mount).f_ffree, 0);
	hp_check_errno(hp_open_file(mount, "three", O_CREAT | O_RDWR), ENOSPC);
	snprintf(path, sizeof(path), "%s/two", mount);
	hp_check_ok(unlink(path));
	hp_check_eq(stat_mount(mount).f_ffree, 1);
	hp_check_ok(hp_open_file(mount, "three", O_CREAT | O_RDWR));
}

HP_CASE(unknown_option, "mounting hugetlbfs with an unknown option fails with EINVAL")
{
	hp_check(!hp_try_mount_hugetlbfs("no_such_option=1"));
	hp_check_eq(errno, EINVAL);
}

HP_PROGRAM(.summary = "mount options of hugetlbfs set page size, owner, mode and inodes",
	   .needs = HP_NEEDS("hugetlb:1", "cap:sys_admin"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"}))
