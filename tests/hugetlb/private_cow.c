// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A private huge page is copied when parent or child writes after a fork: the writer gets a
 * page of its own from the pool, the other keeps the old one.
 */
#include "hugeproof.h"

/* The bug found with 1 GB pages shows in some forks only (doc/known-issues.md). */
#define FORKS 40

HP_CASE(child_writes, "a child's write copies a huge page; its exit frees the copy")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);
	struct hp_paused *child;

	hp_check_hugetlb(start, .rsvd = +1);
	hp_fill(area, 'p');
	hp_check_hugetlb(start, .free = -1);
	hp_paused_child(child) {
		hp_check_filled(area, 'p');
		hp_check_writable(area, 'c');
		hp_pause(child);
		hp_check_filled(area, 'c');
	}
	hp_check_hugetlb(start, .free = -2);
	hp_check_filled(area, 'p');
	hp_resume_ok(child);

	hp_check_filled(area, 'p');
	hp_check_hugetlb(start, .free = -1);
	hp_unmap(area);
	hp_check_hugetlb(start);
}

HP_CASE(parent_writes, "a parent's write copies a huge page, the child keeps the old")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');
	struct hp_paused *child;

	hp_paused_child(child) {
		hp_pause(child);
		hp_step("the child reads after the parent's write");
		hp_check_filled(area, 'p');
	}
	hp_fill(area, 'P');
	hp_check_hugetlb(start, .free = -2);
	hp_resume_ok(child);

	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(area, 'P');
}

HP_CASE(no_copy_alone, "once the child has exited, a write does not copy the huge page")
{
	struct hp_area *area = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');
	struct hp_hugetlb_counts start;

	hp_in_child() {
		/* The child exits at once. */
	}
	start = hp_hugetlb();
	/* The pool has a page for a copy: Free shows that none is made. */
	hp_check_writable(area, 'P');
	hp_check_hugetlb(start);
}

HP_CASE(every_child_reads, "every child sees the parent's private huge page, in 40 forks")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');

	for (int i = 0; i < FORKS; i++) {
		hp_step("fork %d of %d", i + 1, FORKS);
		hp_in_child()
			hp_check_filled(area, 'p');
	}
	hp_check_hugetlb(start, .free = -1);
}

HP_PROGRAM(.summary = "private huge pages are copied on write after fork",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .sources = HP_SOURCES({"commit", "0fe6e20b9c4c",
				  "hugetlb, rmap: add reverse mapping for hugepage"}))
