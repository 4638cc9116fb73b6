// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A hugetlbfs mount provides no more pages than its size, keeps its min_size reserved from
 * mount to unmount, and statfs reports both exactly.
 */
#include "hugeproof.h"

#include <sys/mount.h>

static int file_in(const char *mount)
{
	return hp_check_ok(hp_open_file(mount, "file", O_CREAT | O_RDWR));
}

HP_CASE(size_limits_fallocate,
	"fallocate beyond size= of a hugetlbfs mount fails with ENOSPC")
{
	const char *mount = hp_mount_hugetlbfs(hp_size_option("size", hp_page_size));
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd = file_in(mount);

	hp_check_blocks(mount, 1, 1);
	hp_check_ok(fallocate(fd, 0, 0, (off_t)hp_page_size));
	hp_check_blocks(mount, 1, 0);
	hp_check_hugetlb(start, .free = -1);
	hp_check_errno(fallocate(fd, 0, (off_t)hp_page_size, (off_t)hp_page_size), ENOSPC);
	hp_check_hugetlb(start, .free = -1);
	hp_check_ok(ftruncate(fd, 0));
	hp_check_blocks(mount, 1, 1);
	hp_check_hugetlb(start);
}

HP_CASE(size_limits_mmap,
	"mmap of more pages than size= of a hugetlbfs mount fails with ENOMEM")
{
	const char *mount = hp_mount_hugetlbfs(hp_size_option("size", hp_page_size));
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd = file_in(mount);

	hp_check_errno(
		mmap(NULL, 2 * hp_page_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0),
		ENOMEM);
	hp_check_blocks(mount, 1, 1);
	hp_check_hugetlb(start);
	hp_check_ok(mmap(NULL, hp_page_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
	hp_check_blocks(mount, 1, 0);
	hp_check_hugetlb(start, .rsvd = +1);
}

HP_CASE(min_size, "min_size= is reserved at mount, used by files, and released at unmount")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	const char *mount = hp_mount_hugetlbfs(hp_size_option("min_size", hp_page_size));
	struct hp_area *area;
	int fd;

	hp_check_hugetlb(start, .rsvd = +1);
	fd = file_in(mount);
	hp_resize_file(fd, 1);
	area = hp_map_file(fd, 0, 1, MAP_SHARED);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_fill(area, 'm');
	hp_check_hugetlb(start, .free = -1);
	hp_unmap(area);
	hp_step("the file is truncated, and the mount keeps the page reserved");
	hp_check_ok(ftruncate(fd, 0));
	hp_check_hugetlb(start, .rsvd = +1);
	hp_check_ok(close(fd));
	hp_check_ok(umount(mount));
	hp_check_hugetlb(start);
}

HP_CASES(pool_too_small, "mmap that the pool refuses leaves the mount's size as it was: %s",
	 hp_sharings, way)
{
	const char *mount = hp_mount_hugetlbfs(hp_size_option("size", 4 * hp_page_size));
	struct hp_hugetlb_counts start = hp_pool_leave(1);
	int fd = file_in(mount);

	for (int twice = 0; twice < 2; twice++) {
		hp_check_errno(mmap(NULL, 2 * hp_page_size, PROT_READ | PROT_WRITE,
				    way->flag, fd, 0),
			       ENOMEM);
		hp_check_blocks(mount, 4, 4);
		hp_check_hugetlb(start);
	}
	hp_unmap(hp_map_file(fd, 0, 1, way->flag));
	hp_check_ok(ftruncate(fd, 0));
	hp_check_blocks(mount, 4, 4);
	hp_check_hugetlb(start);
}

HP_CASES(pool_too_small_for_rest,
	 "mmap beyond min_size= that the pool refuses leaves the mount as it was: %s",
	 hp_sharings, way)
{
	struct hp_hugetlb_counts start;
	const char *mount;
	int fd;

	hp_case_needs_pages(2);
	start = hp_pool_leave(2);
	mount = hp_mount_hugetlbfs(hp_size_option("min_size", hp_page_size));
	fd = file_in(mount);
	hp_check_hugetlb(start, .rsvd = +1);
	for (int twice = 0; twice < 2; twice++) {
		hp_check_errno(mmap(NULL, 3 * hp_page_size, PROT_READ | PROT_WRITE,
				    way->flag, fd, 0),
			       ENOMEM);
		hp_check_hugetlb(start, .rsvd = +1);
	}
	hp_step("what fits is still to be had");
	hp_unmap(hp_map_file(fd, 0, 2, way->flag));
	hp_check_ok(ftruncate(fd, 0));
	hp_check_hugetlb(start, .rsvd = +1);
	hp_check_ok(close(fd));
	hp_check_ok(umount(mount));
	hp_check_hugetlb(start);
}

HP_CASE(min_size_refused, "mounting hugetlbfs with more min_size= than the pool has fails")
{
	struct hp_hugetlb_counts start = hp_pool_leave(1);

	hp_check(!hp_try_mount_hugetlbfs(hp_size_option("min_size", 2 * hp_page_size)));
	hp_observed("errno", "%s", strerrorname_np(errno));
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary = "size and min_size of a hugetlbfs mount are exact",
	   .needs = HP_NEEDS("hugetlb:1", "cap:sys_admin"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"}))
