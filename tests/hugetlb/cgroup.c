// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The hugetlb controller counts the pages that a group's processes take and those they
 * reserve, holds its limits, and gives everything back.
 */
#include "hugeproof.h"

struct member {
	const char *group;
	struct hp_barrier *barrier;
	int fd;
};

static void touches(void *arg)
{
	struct member *member = arg;
	struct hp_area *area;

	hp_cgroup_enter(member->group);
	area = hp_map_hugetlb(2, MAP_PRIVATE | MAP_NORESERVE);
	hp_touch(hp_nth_page(area, 0));
	hp_meet(member->barrier);
	hp_meet(member->barrier);
	hp_step("touches one page more than the limit allows");
	hp_check_fault(area, hp_page(area, 1), HP_WRITE, SIGBUS, BUS_ADRERR);
}

HP_CASE(limit,
	"a huge page beyond the group's max is SIGBUS and an event; exit gives all back")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct member member = {hp_cgroup("hugetlb"), hp_barrier_new(2), -1};
	pid_t pid;

	hp_cgroup_limit(member.group, "max", 1);
	hp_check_eq(hp_cgroup_pages(member.group, "current"), 0);
	pid = hp_fork(touches, &member);
	hp_meet(member.barrier);
	hp_check_eq(hp_cgroup_pages(member.group, "current"), 1);
	hp_check_eq(hp_cgroup_events(member.group, "events"), 0);
	hp_meet(member.barrier);
	hp_wait_ok(pid);
	hp_check(hp_cgroup_events(member.group, "events") > 0);
	hp_check(hp_cgroup_events(member.group, "events.local") > 0);
	hp_check_eq(hp_cgroup_pages(member.group, "current"), 0);
	hp_check_hugetlb(start);
}

static void reserves(void *arg)
{
	struct member *member = arg;

	hp_cgroup_enter(member->group);
	hp_map_hugetlb(1, MAP_SHARED);
	hp_check_eq(hp_cgroup_pages(member->group, "rsvd.current"), 1);
	hp_check_eq(hp_cgroup_pages(member->group, "current"), 0);
	hp_check_errno(hp_try_map_hugetlb(1, MAP_SHARED), ENOMEM);
	hp_check_errno(hp_try_map_hugetlb(1, MAP_PRIVATE), ENOMEM);
}

HP_CASE(reservation_limit,
	"a mapping beyond the group's rsvd.max is ENOMEM; exit gives all back")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct member member = {hp_cgroup("hugetlb"), NULL, -1};

	hp_cgroup_limit(member.group, "rsvd.max", 1);
	hp_wait_ok(hp_fork(reserves, &member));
	hp_check_eq(hp_cgroup_pages(member.group, "rsvd.current"), 0);
	hp_check_hugetlb(start);
}

static void fills_file(void *arg)
{
	struct member *member = arg;

	hp_cgroup_enter(member->group);
	hp_check_ok(ftruncate(member->fd, (off_t)hp_page_size));
	hp_fill(hp_map_file(member->fd, 0, 1, MAP_SHARED), 'g');
}

HP_CASE(outlived, "a file keeps its page when the group that paid for it is removed")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct member member = {hp_cgroup("hugetlb"), NULL, hp_hugetlb_file()};
	struct hp_area *area;

	hp_wait_ok(hp_fork(fills_file, &member));
	hp_check_eq(hp_cgroup_pages(member.group, "current"), 1);
	hp_check_ok(rmdir(member.group));
	hp_check_hugetlb(start, .free = -1);
	area = hp_map_file(member.fd, 0, 1, MAP_SHARED);
	hp_check_filled(area, 'g');
	hp_unmap(area);
	hp_check_ok(close(member.fd));
	hp_check_hugetlb(start);
}

HP_CASE(file_given_back, "the huge page of a file is uncharged when the file is truncated")
{
	struct member member = {hp_cgroup("hugetlb"), NULL, hp_hugetlb_file()};

	hp_wait_ok(hp_fork(fills_file, &member));
	hp_check_eq(hp_cgroup_pages(member.group, "current"), 1);
	hp_check_ok(ftruncate(member.fd, 0));
	hp_check_eq(hp_cgroup_pages(member.group, "current"), 0);
	hp_check_eq(hp_cgroup_pages(member.group, "rsvd.current"), 0);
}

HP_PROGRAM(.summary = "the hugetlb controller counts, limits and gives back",
	   .needs = HP_NEEDS("hugetlb:2", "root"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/cgroup-v2.rst",
				  "HugeTLB"}))
