// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * /proc/PID/smaps reports for huge pages whether they are shared or private, and their
 * size; /proc/PID/status reports how much a process has of them.
 */
#include "hugeproof.h"

static struct hp_smaps smaps(const struct hp_area *area)
{
	struct hp_smaps map;
	int error = hp_smaps_read(0, area->addr, &map);

	hp_require(!error, "cannot read /proc/self/smaps: %s", strerror(-error));
	return map;
}

#define PAGE_KB ((long)(hp_page_size / 1024))

#define check_smaps(area, shared, private)                                                 \
	do {                                                                               \
		hp_check_eq(smaps(area).shared_hugetlb, (shared)*PAGE_KB);                 \
		hp_check_eq(smaps(area).private_hugetlb, (private) * PAGE_KB);             \
	} while (0)

HP_CASE(page_size, "smaps reports the huge page size as KernelPageSize, and ht in VmFlags")
{
	struct hp_area *area = hp_map_hugetlb(2, MAP_PRIVATE);
	struct hp_smaps map = smaps(area);

	hp_check_eq(map.size, 2 * PAGE_KB);
	hp_check_eq(map.kernel_page_size, PAGE_KB);
	hp_check_eq(map.end - map.start, area->size);
	hp_check(strstr(map.flags, "ht"));
}

HP_CASE(one_process, "smaps counts touched huge pages of one process as Private_Hugetlb")
{
	struct hp_area *area = hp_map_hugetlb(2, MAP_PRIVATE);

	check_smaps(area, 0, 0);
	hp_touch(hp_nth_page(area, 0));
	check_smaps(area, 0, 1);
	hp_touch(hp_nth_page(area, 1));
	check_smaps(area, 0, 2);
	/* hugetlb pages are not part of Rss (Documentation/filesystems/proc.rst). */
	hp_check_eq(smaps(area).rss, 0);
	hp_check_eq(smaps(area).anon_huge, 0);
}

HP_CASE(two_processes, "smaps counts a huge page of two processes as Shared_Hugetlb")
{
	struct hp_area *area = hp_map_hugetlb(1, MAP_SHARED);
	struct hp_paused *child;

	hp_touch(area);
	check_smaps(area, 0, 1);
	hp_paused_child(child) {
		hp_touch(area);
		check_smaps(area, 1, 0);
		hp_pause(child);
	}
	check_smaps(area, 1, 0);
	hp_resume_ok(child);
	check_smaps(area, 0, 1);
}

HP_CASE(status, "HugetlbPages in status counts the huge pages that the process has touched")
{
	struct hp_area *private, *shared;

	hp_check_eq(hp_own_status().hugetlb_pages, 0);
	private = hp_map_hugetlb(1, MAP_PRIVATE);
	hp_check_eq(hp_own_status().hugetlb_pages, 0);
	hp_touch(private);
	hp_check_eq(hp_own_status().hugetlb_pages, PAGE_KB);
	shared = hp_map_hugetlb(1, MAP_SHARED);
	hp_touch(shared);
	hp_check_eq(hp_own_status().hugetlb_pages, 2 * PAGE_KB);
	hp_unmap(private);
	hp_check_eq(hp_own_status().hugetlb_pages, PAGE_KB);
}

HP_PROGRAM(.summary = "smaps and status report huge pages correctly",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .sources = HP_SOURCES({"doc", "Documentation/filesystems/proc.rst"}))
