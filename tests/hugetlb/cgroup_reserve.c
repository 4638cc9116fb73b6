// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A cgroup's charges for reserved (rsvd.current) and used (current) huge pages are exact
 * through the life of private and shared mappings: forked, copied, partly unmapped,
 * punched, without reservation.
 */
#include "hugeproof.h"

static const char *group;

/* The cgroup is charged for these numbers of pages. */
#define check_charged(reserved, used)                                                      \
	do {                                                                               \
		hp_check_eq(hp_cgroup_pages(group, "rsvd.current"), reserved);             \
		hp_check_eq(hp_cgroup_pages(group, "current"), used);                      \
	} while (0)

/* Runs the body in a cgroup of its own, which has no charges in the end. */
static void in_group(void (*body)(void *arg), void *arg)
{
	struct hp_hugetlb_counts start = hp_hugetlb();

	group = hp_cgroup("hugetlb");
	hp_wait_ok(hp_fork(body, arg));
	check_charged(0, 0);
	hp_check_hugetlb(start);
}

static void unmaps_parts(void *arg)
{
	const struct hp_sharing *sharing = arg;
	struct hp_area *area;

	hp_cgroup_enter(group);
	area = hp_map_hugetlb(3, sharing->flag);
	check_charged(3, 0);
	hp_touch(hp_nth_page(area, 0));
	check_charged(3, 1);
	hp_check_ok(munmap(hp_page(area, 1), hp_page_size));
	/* Shared pages stay reserved in the file until the last part is unmapped. */
	check_charged(sharing->flag == MAP_SHARED ? 3 : 2, 1);
	hp_touch(hp_nth_page(area, 2));
	check_charged(sharing->flag == MAP_SHARED ? 3 : 2, 2);
	hp_check_ok(munmap(area->addr, hp_page_size));
	check_charged(sharing->flag == MAP_SHARED ? 3 : 1,
		      sharing->flag == MAP_SHARED ? 2 : 1);
	hp_check_ok(munmap(hp_page(area, 2), hp_page_size));
	check_charged(0, 0);
}

HP_CASES(unmapped_in_part,
	 "munmap uncharges private pages at once, and shared ones with the last part",
	 hp_sharings, sharing)
{
	hp_case_needs("hugetlb:3");
	in_group(unmaps_parts, (void *)sharing);
}

static void copies(void *area)
{
	hp_step("a child copies a page of its parent");
	hp_fill(area, 'c');
	check_charged(2, 2);
}

static void forks(void *arg)
{
	struct hp_area *area;

	(void)arg;
	hp_cgroup_enter(group);
	area = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');
	check_charged(1, 1);
	hp_wait_ok(hp_fork(copies, area));
	check_charged(1, 1);
	hp_check_filled(area, 'p');
	hp_unmap(area);
	check_charged(0, 0);
}

HP_CASE(copied, "a child's copy of a huge page is charged to the cgroup until it exits")
{
	in_group(forks, NULL);
}

static void does_not_reserve(void *arg)
{
	const struct hp_sharing *sharing = arg;
	struct hp_area *area;

	hp_cgroup_enter(group);
	area = hp_map_hugetlb(2, sharing->flag | MAP_NORESERVE);
	check_charged(0, 0);
	hp_touch(hp_nth_page(area, 1));
	check_charged(1, 1);
	hp_check_ok(munmap(hp_page(area, 0), hp_page_size));
	check_charged(1, 1);
	hp_check_ok(munmap(hp_page(area, 1), hp_page_size));
	check_charged(0, 0);
}

HP_CASES(noreserve, "MAP_NORESERVE pages are charged when they are faulted in", hp_sharings,
	 sharing)
{
	in_group(does_not_reserve, (void *)sharing);
}

static void truncates(void *arg)
{
	struct hp_area *area;
	int fd = hp_hugetlb_file();

	(void)arg;
	hp_cgroup_enter(group);
	area = hp_map_file(fd, 0, 2, MAP_SHARED);
	hp_touch(hp_nth_page(area, 0));
	check_charged(2, 1);
	hp_check_ok(hp_punch(fd, 0, hp_page_size));
	check_charged(1, 0);
	hp_touch(hp_nth_page(area, 0));
	check_charged(2, 1);
	hp_resize_file(fd, 1);
	check_charged(1, 1);
	hp_check_ok(fallocate(fd, 0, 0, (off_t)(2 * hp_page_size)));
	check_charged(2, 2);
	hp_check_ok(ftruncate(fd, 0));
	check_charged(0, 0);
}

HP_CASE(cut, "punching, truncating and preallocating a file changes the charges exactly")
{
	in_group(truncates, NULL);
}

static void is_refused(void *arg)
{
	const struct hp_sharing *sharing = arg;
	struct hp_area *area;

	hp_cgroup_enter(group);
	hp_cgroup_limit(group, "rsvd.max", 1);
	hp_check_errno(hp_try_map_hugetlb(2, sharing->flag), ENOMEM);
	check_charged(0, 0);
	area = hp_map_hugetlb(1, sharing->flag);
	hp_touch(area);
	check_charged(1, 1);
	hp_check_eq(hp_cgroup_pages(group, "rsvd.max"), 1);
	area = hp_map_hugetlb(1, sharing->flag | MAP_NORESERVE);
	hp_check_fault(area, area->addr, HP_WRITE, SIGBUS, BUS_ADRERR);
	check_charged(1, 1);
}

HP_CASES(refused, "a mapping refused by rsvd.max is not charged", hp_sharings, sharing)
{
	in_group(is_refused, (void *)sharing);
}

HP_PROGRAM(.summary =
		   "a cgroup's hugetlb reservations are exact through the life of mappings",
	   .needs = HP_NEEDS("hugetlb:2", "root"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/cgroup-v2.rst",
				  "HugeTLB"},
				 {"doc", "Documentation/admin-guide/cgroup-v1/hugetlb.rst",
				  "Caveats with shared memory"}))
