// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mlock populates huge pages and does not count them in VmLck, because they cannot be
 * swapped. The limit of locked memory applies nevertheless.
 */
#include "hugeproof.h"

#include <sys/resource.h>

#define NOBODY 65534

HP_ROW_CASES(locks, "mlock populates huge pages at once, and munlock keeps them",
	     hp_sharings, way)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(1, way->flag);
	long before = hp_own_status().vm_locked;

	hp_check_hugetlb(start, .rsvd = +1);
	hp_check_ok(mlock(area->addr, area->size));
	hp_check_hugetlb(start, .free = -1);
	hp_check_eq(hp_own_status().vm_locked, before);
	hp_fill(area, 'l');
	hp_check_ok(munlock(area->addr, area->size));
	hp_check_filled(area, 'l');
	hp_check_hugetlb(start, .free = -1);
	hp_unmap(area);
	hp_check_hugetlb(start);
}

HP_CASE(untouched, "MLOCK_ONFAULT does not populate huge pages")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);

	hp_check_ok(mlock2(area->addr, area->size, MLOCK_ONFAULT));
	hp_check_hugetlb(start, .rsvd = +1);
	hp_touch(area);
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(future, "with mlockall(MCL_FUTURE) mmap populates huge pages at once")
{
	struct hp_hugetlb_counts start = hp_hugetlb();

	hp_check_ok(mlockall(MCL_FUTURE));
	hp_map_hugetlb(1, MAP_PRIVATE);
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(limit, "mlock of huge pages beyond RLIMIT_MEMLOCK fails without CAP_IPC_LOCK")
{
	struct hp_area *area = hp_map_hugetlb(1, MAP_SHARED);

	hp_case_needs("root");
	hp_in_child() {
		/* Lowered, because raising it may not be permitted. */
		struct rlimit limit = {hp_base_size, hp_base_size};
		struct hp_hugetlb_counts start = hp_hugetlb();

		hp_require(!setrlimit(RLIMIT_MEMLOCK, &limit), "setrlimit: %s",
			   strerror(errno));
		hp_require(!setresuid(NOBODY, NOBODY, NOBODY), "setresuid: %s",
			   strerror(errno));
		hp_check_errno(mlock(area->addr, area->size), ENOMEM);
		hp_check_hugetlb(start);
	}
}

HP_PROGRAM(.summary = "mlock populates huge pages and does not count them as locked",
	   .needs = HP_NEEDS("hugetlb:1"), .sources = HP_SOURCES({"man", "mlock(2)"}))
