// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * /proc tells of huge pages what is true: whether they are shared or private, of
 * which size, and in status how much a process has of them.
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

HP_CASE(page_size, "KernelPageSize is the huge page size, and VmFlags say ht")
{
	struct hp_area *area = hp_map_hugetlb(2, MAP_PRIVATE);
	struct hp_smaps map = smaps(area);

	hp_check_eq(map.size, 2 * PAGE_KB);
	hp_check_eq(map.kernel_page_size, PAGE_KB);
	hp_check_eq(map.end - map.start, area->size);
	hp_check(strstr(map.flags, "ht"));
}

HP_CASE(one_process, "pages of one process are private, and counted as they are touched")
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

HP_CASE(two_processes, "a page that two processes map is shared in both, until one is gone")
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

HP_CASE(status, "HugetlbPages in status counts what the process has touched")
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

HP_PROGRAM(.summary = "smaps and status tell the truth about huge pages",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .sources = HP_SOURCES({"doc", "Documentation/filesystems/proc.rst"}))
