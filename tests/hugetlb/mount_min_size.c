// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * min_size= of a hugetlbfs mount stays exact where no page was reserved: by failed
 * mappings, by a child's copy, by pages of MAP_NORESERVE mappings, and by faults that find
 * no page.
 */
#include "hugeproof.h"

#include <sys/mount.h>

/* Mounts with size and min_size in pages; size 0: without. */
static const char *mounted(size_t size, size_t min_size)
{
	char options[96];

	snprintf(options, sizeof(options), size ? "min_size=%zu,size=%zu" : "min_size=%zu",
		 min_size * hp_page_size, size * hp_page_size);
	return hp_mount_hugetlbfs(options);
}

static int file_in(const char *mount, const char *name)
{
	return hp_check_ok(hp_open_file(mount, name, O_CREAT | O_RDWR));
}

static void *try_map(int fd, size_t pages, int flags)
{
	return mmap(NULL, pages * hp_page_size, PROT_READ | PROT_WRITE, flags, fd, 0);
}

static void copies(void *area)
{
	hp_step("a child writes to its parent's page");
	hp_fill(area, 'c');
}

HP_CASE(forked,
	"a child's copy uses a page of min_size=, which is reserved again when it exits")
{
	struct hp_hugetlb_counts start = hp_pool_leave(3);
	const char *mount = mounted(0, 2);
	int fd = file_in(mount, "file");
	struct hp_area *own = hp_map_file(fd, 0, 1, MAP_PRIVATE);
	struct hp_paused *child;

	hp_check_hugetlb(start, .rsvd = +2);
	hp_fill(own, 'p');
	hp_check_hugetlb(start, .free = -1, .rsvd = +1);
	child = hp_fork_paused(copies, NULL, own);
	hp_check_hugetlb(start, .free = -2);
	hp_resume_ok(child);
	hp_check_hugetlb(start, .free = -1, .rsvd = +1);
	hp_check_filled(own, 'p');
	hp_unmap(own);
	hp_check_hugetlb(start, .rsvd = +2);
	hp_check_ok(close(fd));
	hp_check_ok(umount(mount));
	hp_check_hugetlb(start);
}

HP_CASES(noreserve,
	 "a MAP_NORESERVE page uses min_size=, and is reserved again when it is freed",
	 hp_sharings, sharing)
{
	struct hp_hugetlb_counts start = hp_pool_leave(3);
	const char *mount = mounted(0, 2);
	int fd = file_in(mount, "file");
	struct hp_area *area = hp_map_file(fd, 0, 1, sharing->flag | MAP_NORESERVE);

	hp_check_hugetlb(start, .rsvd = +2);
	hp_touch(area);
	hp_check_hugetlb(start, .free = -1, .rsvd = +1);
	hp_unmap(area);
	hp_check_ok(ftruncate(fd, 0));
	hp_check_hugetlb(start, .rsvd = +2);
	hp_check_ok(close(fd));
	hp_check_ok(umount(mount));
	hp_check_hugetlb(start);
}

HP_CASES(by_quota, "a mapping refused by size= leaves quota and min_size= as they were",
	 hp_sharings, sharing)
{
	struct hp_hugetlb_counts start = hp_pool_leave(3);
	const char *mount = mounted(2, 1);
	int one = file_in(mount, "one"), two = file_in(mount, "two");
	struct hp_area *area = hp_map_file(one, 0, 1, MAP_SHARED);

	hp_check_hugetlb(start, .rsvd = +1);
	hp_check_errno(try_map(two, 2, sharing->flag), ENOMEM);
	hp_check_blocks(mount, 2, 1);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_step("one more page is available");
	hp_touch(hp_map_file(two, 0, 1, sharing->flag));
	hp_check_blocks(mount, 2, 0);
	hp_check_hugetlb(start, .free = -1, .rsvd = +1);
	hp_touch(area);
	hp_check_hugetlb(start, .free = -2);
}

HP_CASES(by_pool, "a mapping refused by the pool leaves quota and min_size= as they were",
	 hp_sharings, sharing)
{
	struct hp_hugetlb_counts start = hp_pool_leave(2);
	const char *mount = mounted(4, 1);
	int fd = file_in(mount, "file");

	hp_check_hugetlb(start, .rsvd = +1);
	for (int i = 0; i < 3; i++)
		hp_check_errno(try_map(fd, 3, sharing->flag), ENOMEM);
	hp_check_blocks(mount, 4, 4);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_step("both pages of the pool are available");
	hp_touch(hp_map_file(fd, 0, 2, sharing->flag));
	hp_check_blocks(mount, 4, 2);
	hp_check_hugetlb(start, .free = -2);
}

HP_CASES(with_min_size,
	 "a mapping refused by the pool with min_size= in use leaves no reservation",
	 hp_sharings, sharing)
{
	struct hp_hugetlb_counts start = hp_pool_leave(3);
	const char *mount = mounted(0, 3);
	int one = file_in(mount, "one"), two = file_in(mount, "two");
	struct hp_area *area = hp_map_file(one, 0, 2, MAP_SHARED);

	hp_fill(area, 'm');
	hp_check_hugetlb(start, .free = -2, .rsvd = +1);
	hp_check_errno(try_map(two, 3, sharing->flag), ENOMEM);
	hp_check_hugetlb(start, .free = -2, .rsvd = +1);
	hp_step("one page is available to the mount and in the pool, not two");
	hp_check_errno(try_map(two, 2, sharing->flag), ENOMEM);
	hp_touch(hp_map_file(two, 0, 1, sharing->flag));
	hp_check_hugetlb(start, .free = -3);
	hp_unmap(area);
	hp_check_ok(ftruncate(one, 0));
	hp_check_hugetlb(start, .free = -1, .rsvd = +2);
}

static const struct limit {
	struct hp_variant variant;
	size_t size; /* of the mount, in pages; 0: without */
} limits[] = {
	{{"size", "size= and min_size="}, 4},
	{{"no_size", "only min_size="}, 0},
};

static void check_left(const struct limit *limit, const char *mount, long left)
{
	if (limit->size)
		hp_check_blocks(mount, (long)limit->size, left);
}

HP_CASES(empty_pool, "a fault that finds no page leaves quota and min_size= as they were",
	 limits, limit)
{
	struct hp_hugetlb_counts start = hp_pool_leave(2);
	const char *mount = mounted(limit->size, 1);
	int one = file_in(mount, "one"), two = file_in(mount, "two");
	struct hp_area *own = hp_map_file(one, 0, 1, MAP_SHARED), *others, *wanted;

	hp_fill(own, 'm');
	others = hp_filled_hugetlb(1, MAP_PRIVATE, 'h');
	wanted = hp_map_file(two, 0, 1, MAP_SHARED | MAP_NORESERVE);
	hp_check_hugetlb(start, .free = -2);
	check_left(limit, mount, 3);
	for (int i = 0; i < 3; i++)
		hp_check_fault(wanted, wanted->addr, HP_WRITE, SIGBUS, BUS_ADRERR);
	hp_check_hugetlb(start, .free = -2);
	check_left(limit, mount, 3);
	hp_unmap(others);
	hp_step("the page that was freed is available");
	hp_touch(wanted);
	hp_check_hugetlb(start, .free = -2);
	check_left(limit, mount, 2);
	hp_unmap(wanted);
	hp_unmap(own);
	hp_check_ok(ftruncate(one, 0));
	hp_check_ok(ftruncate(two, 0));
	hp_check_hugetlb(start, .rsvd = +1);
	check_left(limit, mount, 4);
	hp_check_ok(close(one));
	hp_check_ok(close(two));
	hp_check_ok(umount(mount));
	hp_check_hugetlb(start);
}

/*
 * A kernel that fails here reserves too many pages for good: the pool has more pages than a
 * case needs, for those that follow.
 */
HP_PROGRAM(.summary = "min_size= stays exact where no page was reserved",
	   .needs = HP_NEEDS("hugetlb:8", "cap:sys_admin"), .spoils = true,
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/hugetlbpage.rst",
				  "min_size"}))
