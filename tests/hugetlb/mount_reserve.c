// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whatever is mapped, written, punched, truncated and copied in a hugetlbfs mount with
 * size= and min_size=: its quota and the pool's reservations are exact after each step, and
 * the pool is as before after the unmount.
 */
#include "hugeproof.h"

#include <sys/mount.h>

/* Options of a mount, in pages; 0: without. */
static const struct limits {
	struct hp_variant variant;
	long size, min_size;
} limits[] = {
	{{"size", "size="}, 3, 0},
	{{"min_size", "min_size="}, 0, 3},
	{{"both", "size= and a smaller min_size="}, 3, 1},
};

/* mount_min_size covers min_size= with pages that were not reserved. */
static const struct limits only_size[] = {{{"size", "size="}, 3, 0}};

struct quota {
	const struct limits *limits;
	struct hp_hugetlb_counts start; /* before the mount */
	const char *mount;
	int fd; /* a file in it */
};

static struct quota mounted(const struct limits *limit)
{
	struct quota quota = {limit, hp_pool_leave(3), NULL, -1};
	char options[96], min_size[48] = "";

	if (limit->min_size)
		snprintf(min_size, sizeof(min_size), "min_size=%zu",
			 (size_t)limit->min_size * hp_page_size);
	snprintf(options, sizeof(options), "%s", min_size);
	if (limit->size)
		snprintf(options, sizeof(options), "size=%zu%s%s",
			 (size_t)limit->size * hp_page_size, limit->min_size ? "," : "",
			 min_size);
	quota.mount = hp_mount_hugetlbfs(options);
	quota.fd = hp_check_ok(hp_open_file(quota.mount, "file", O_CREAT | O_RDWR));
	return quota;
}

/*
 * Checks how many pages are used, and how many are reserved for mappings. What min_size=
 * has in addition is reserved as well.
 */
#define check(quota, used, promised)                                                       \
	do {                                                                               \
		long more_ = (quota).limits->min_size - (used) - (promised);               \
                                                                                           \
		hp_check_hugetlb((quota).start, .free = -(used),                           \
				 .rsvd = (promised) + (more_ > 0 ? more_ : 0));            \
		if ((quota).limits->size)                                                  \
			hp_check_blocks((quota).mount, (quota).limits->size,               \
					(quota).limits->size - (used) - (promised));       \
	} while (0)

/* After the unmount the pool is as before. */
static void check_end(struct quota *quota)
{
	hp_step("the file system is unmounted");
	hp_check_ok(close(quota->fd));
	hp_check_ok(umount(quota->mount));
	hp_check_hugetlb(quota->start);
}

HP_CASES(punched,
	 "quota and reservations are exact while pages are mapped, punched and refilled",
	 limits, limit)
{
	struct quota quota = mounted(limit);
	struct hp_area *area;

	check(quota, 0, 0);
	area = hp_map_file(quota.fd, 0, 2, MAP_SHARED);
	check(quota, 0, 2);
	hp_fill(area, 'q');
	check(quota, 2, 0);
	hp_check_ok(hp_punch(quota.fd, hp_page_size, hp_page_size));
	check(quota, 1, 0);
	hp_check_ok(hp_punch(quota.fd, 0, hp_page_size));
	check(quota, 0, 0);
	hp_touch(hp_nth_page(area, 1));
	check(quota, 1, 0);
	hp_check_ok(fallocate(quota.fd, 0, 0, (off_t)(3 * hp_page_size)));
	check(quota, 3, 0);
	hp_check_ok(hp_punch(quota.fd, 0, 3 * hp_page_size));
	check(quota, 0, 0);
	hp_unmap(area);
	check(quota, 0, 0);
	check_end(&quota);
}

HP_CASES(truncated,
	 "quota and reservations are exact while pages are reserved, used and truncated",
	 limits, limit)
{
	struct quota quota = mounted(limit);
	struct hp_area *area = hp_map_file(quota.fd, 0, 3, MAP_SHARED);

	hp_touch(hp_nth_page(area, 1));
	check(quota, 1, 2);
	hp_resize_file(quota.fd, 2);
	check(quota, 1, 1);
	hp_resize_file(quota.fd, 1);
	check(quota, 0, 1);
	hp_unmap(area);
	check(quota, 0, 1);
	hp_check_ok(ftruncate(quota.fd, 0));
	check(quota, 0, 0);
	check_end(&quota);
}

HP_CASES(private_mapping,
	 "quota and reservations count a private mapping's pages until munmap", limits,
	 limit)
{
	struct quota quota = mounted(limit);
	struct hp_area *area, *own;

	area = hp_map_file(quota.fd, 0, 1, MAP_SHARED);
	hp_fill(area, 'f');
	check(quota, 1, 0);
	own = hp_map_file(quota.fd, 0, 2, MAP_PRIVATE);
	check(quota, 1, 2);
	hp_check_filled(hp_nth_page(own, 0), 'f');
	check(quota, 1, 2);
	hp_fill(hp_nth_page(own, 0), 'p');
	check(quota, 2, 1);
	hp_check_filled(area, 'f');
	hp_unmap(own);
	check(quota, 1, 0);
	hp_unmap(area);
	hp_check_ok(ftruncate(quota.fd, 0));
	check(quota, 0, 0);
	check_end(&quota);
}

struct family {
	struct quota *quota;
	struct hp_area *own;
};

static void copies(void *arg)
{
	const struct family *family = arg;

	hp_step("a child writes to its parent's page");
	hp_fill(family->own, 'c');
	check(*family->quota, 2, 0);
}

HP_CASES(private_forked, "quota and reservations count a child's copy until it exits",
	 only_size, limit)
{
	struct quota quota = mounted(limit);
	struct family family = {&quota, hp_map_file(quota.fd, 0, 1, MAP_PRIVATE)};

	check(quota, 0, 1);
	hp_fill(family.own, 'p');
	check(quota, 1, 0);
	hp_wait_ok(hp_fork(copies, &family));
	check(quota, 1, 0);
	hp_check_filled(family.own, 'p');
	hp_unmap(family.own);
	check(quota, 0, 0);
	check_end(&quota);
}

HP_CASES(noreserve,
	 "quota and reservations count MAP_NORESERVE pages when they are faulted in",
	 only_size, limit)
{
	struct quota quota = mounted(limit);
	struct hp_area *area = hp_map_file(quota.fd, 0, 3, MAP_SHARED | MAP_NORESERVE);
	struct hp_area *own = hp_map_file(quota.fd, 0, 1, MAP_PRIVATE | MAP_NORESERVE);

	check(quota, 0, 0);
	hp_fill(hp_nth_page(area, 0), 'n');
	check(quota, 1, 0);
	hp_fill(own, 'p');
	check(quota, 2, 0);
	hp_fill(hp_nth_page(area, 1), 'n');
	check(quota, 3, 0);
	hp_step("a page beyond the quota");
	hp_check_fault(area, hp_page(area, 2), HP_WRITE, SIGBUS, BUS_ADRERR);
	check(quota, 3, 0);
	hp_unmap(own);
	check(quota, 2, 0);
	hp_touch(hp_nth_page(area, 2));
	check(quota, 3, 0);
	hp_unmap(area);
	hp_check_ok(ftruncate(quota.fd, 0));
	check(quota, 0, 0);
	check_end(&quota);
}

HP_CASES(detached, "a mount detached while mapped keeps its pages until the last munmap",
	 limits, limit)
{
	struct quota quota = mounted(limit);
	struct hp_area *area = hp_map_file(quota.fd, 0, 2, MAP_SHARED);

	hp_fill(hp_nth_page(area, 0), 'd');
	check(quota, 1, 1);
	hp_check_ok(umount2(quota.mount, MNT_DETACH));
	hp_check_ok(close(quota.fd));
	hp_check_hugetlb(quota.start, .free = -1, .rsvd = limit->min_size > 2 ? +2 : +1);
	hp_fill(hp_nth_page(area, 1), 'd');
	hp_check_filled(area, 'd');
	hp_unmap(area);
	hp_check_hugetlb(quota.start);
}

HP_PROGRAM(.summary = "quota and reservations of a hugetlbfs mount are exact at each step",
	   .needs = HP_NEEDS("hugetlb:3", "cap:sys_admin"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/hugetlbpage.rst",
				  "min_size"}))
