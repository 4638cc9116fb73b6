// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a process maps through a shared page table is reported as shared: smaps,
 * smaps_rollup and numa_maps count every page in the table, whoever touched it.
 */
#include "hugeproof.h"

#define PAGE_KB ((long)(hp_page_size / 1024))

/* A field of /proc/self/smaps_rollup, in kB. */
static long rollup(const char *key)
{
	static char text[4096];

	hp_require(hp_read_text("/proc/self/smaps_rollup", text, sizeof(text)) > 0,
		   "cannot read /proc/self/smaps_rollup");
	return hp_field(text, key);
}

/* The area and the process have this many shared and private hugetlb pages. */
static void check_reported(const struct hp_area *area, long shared, long private)
{
	struct hp_smaps map;

	hp_require(!hp_smaps_read(0, area->addr, &map), "cannot read /proc/self/smaps");
	hp_check_eq(map.shared_hugetlb, shared * PAGE_KB);
	hp_check_eq(map.private_hugetlb, private * PAGE_KB);
	hp_check_eq(rollup("Shared_Hugetlb"), shared * PAGE_KB);
	hp_check_eq(rollup("Private_Hugetlb"), private * PAGE_KB);
}

struct family {
	int fd;
	struct hp_barrier *turn;
	struct hp_area *area;
};

static void maps_too(void *arg)
{
	struct family *family = arg;
	struct hp_area *area = family->area;

	hp_check_filled(hp_nth_page(area, 0), 's');
	check_reported(area, 2, 0);
	hp_touch(hp_nth_page(area, 3));
	check_reported(area, 3, 0);
	hp_meet(family->turn);
	hp_meet(family->turn);
}

HP_CASE(table_shared, "smaps and smaps_rollup of two processes count the pages of their "
		      "shared page table as shared")
{
	struct family family = {-1, hp_barrier_new(2), NULL};
	pid_t child;

	hp_case_needs("hugetlb:3");
	family.area = hp_filled_span(&family.fd);
	check_reported(family.area, 0, 2);
	child = hp_fork(maps_too, &family);
	hp_meet(family.turn);
	hp_step("the parent, after the child has touched a third page");
	check_reported(family.area, 3, 0);
	hp_meet(family.turn);
	hp_wait_ok(child);
	check_reported(family.area, 0, 3);
}

HP_PROGRAM(.summary = "pages in a shared page table are reported as shared",
	   .page_sizes = HP_PMD_SIZE, .needs = HP_NEEDS("hugetlb:3"),
	   .tags = HP_TAGS("regression"),
	   .sources = HP_SOURCES({"doc", "Documentation/filesystems/proc.rst"},
				 {"title",
				  "mm: hugetlb: proc: check for hugetlb shared PMD in "
				  "/proc/PID/smaps",
				  "2023"}))
