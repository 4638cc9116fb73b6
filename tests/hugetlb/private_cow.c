// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A private huge page is copied when one side of a fork writes: the writer gets
 * a page of its own from the pool, the other side keeps what it had.
 */
#include "hugeproof.h"

/* The bug this hunts at 1 GB shows in some of the forks only (doc/known-issues.md). */
#define FORKS 40

struct family {
	struct hp_area *area;
	struct hp_barrier *barrier;
};

static void overwrite(void *arg)
{
	const struct family *family = arg;

	hp_step("the child reads what the parent wrote");
	hp_check_filled(family->area, 'p');
	hp_step("the child writes");
	hp_fill(family->area, 'c');
	hp_check_filled(family->area, 'c');
	hp_meet(family->barrier);
	hp_meet(family->barrier);
	hp_check_filled(family->area, 'c');
}

HP_CASE(child_writes,
	"a child's write stays in the child, and costs one page until it exits")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct family family = {hp_map_hugetlb(1, MAP_PRIVATE), hp_barrier_new(2)};
	pid_t child;

	hp_check_hugetlb(start, .rsvd = +1);
	hp_fill(family.area, 'p');
	hp_check_hugetlb(start, .free = -1);

	child = hp_fork(overwrite, &family);
	hp_meet(family.barrier);
	hp_check_hugetlb(start, .free = -2);
	hp_check_filled(family.area, 'p');
	hp_meet(family.barrier);
	hp_wait_ok(child);

	hp_check_filled(family.area, 'p');
	hp_check_hugetlb(start, .free = -1);
	hp_unmap(family.area);
	hp_check_hugetlb(start);
}

static void keep(void *arg)
{
	const struct family *family = arg;

	hp_meet(family->barrier);
	hp_step("the child reads after the parent's write");
	hp_check_filled(family->area, 'p');
}

HP_CASE(parent_writes, "a parent's write leaves the child what it had at the fork")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct family family = {hp_map_hugetlb(1, MAP_PRIVATE), hp_barrier_new(2)};
	pid_t child;

	hp_fill(family.area, 'p');
	child = hp_fork(keep, &family);
	hp_fill(family.area, 'P');
	hp_check_hugetlb(start, .free = -2);
	hp_meet(family.barrier);
	hp_wait_ok(child);

	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(family.area, 'P');
}

static void exit_at_once(void *arg)
{
	(void)arg;
}

HP_CASE(no_copy_alone, "when the child is gone, the parent's write needs no copy")
{
	struct hp_area *area = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');
	struct hp_hugetlb_counts start;

	hp_wait_ok(hp_fork(exit_at_once, NULL));
	start = hp_hugetlb();

	/* The pool could pay for a copy: that none is made is seen in Free. */
	hp_fill(area, 'P');
	hp_check_filled(area, 'P');
	hp_check_hugetlb(start);
}

static void read_only(void *area)
{
	hp_check_filled((struct hp_area *)area, 'p');
}

HP_CASE(every_child_reads, "every child finds the parent's bytes, however often it forks")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');

	for (int i = 0; i < FORKS; i++) {
		hp_step("fork %d of %d", i + 1, FORKS);
		hp_wait_ok(hp_fork(read_only, area));
	}
	hp_check_hugetlb(start, .free = -1);
}

HP_PROGRAM(.summary = "private huge pages are copied on write after fork",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .sources = HP_SOURCES({"commit", "0fe6e20b9c4c",
				  "hugetlb, rmap: add reverse mapping for hugepage"}))
