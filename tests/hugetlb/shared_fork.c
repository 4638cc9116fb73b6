// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A shared huge page mapped before a fork is the same page in all related processes: each
 * sees the others' writes, and the pool provides it once.
 */
#include "hugeproof.h"

#define CHILDREN 8
/* The parent, its children, and one grandchild of each child. */
#define FAMILY (1 + 2 * CHILDREN)

struct family {
	struct hp_area *area;
	struct hp_barrier *barrier;
	_Atomic int born;
};

/* Each member has a part of the page to itself. */
static uint64_t *part_of(const struct family *family, int member)
{
	return (uint64_t *)(family->area->addr +
			    member * (family->area->size / FAMILY / 8 * 8));
}

static void write_and_read(struct family *family)
{
	int me = family->born++;

	hp_step("member %d writes its part", me);
	*part_of(family, me) = 1000 + me;
	hp_meet(family->barrier);
	for (int member = 0; member < FAMILY; member++) {
		hp_step("member %d reads the part of member %d", me, member);
		hp_check_eq(*part_of(family, member), 1000 + member);
	}
	hp_meet(family->barrier);
}

HP_CASE(all_see_all,
	"parent, 8 children and 8 grandchildren see each other's writes to a huge page")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct family *family = hp_shared(sizeof(*family));
	pid_t children[CHILDREN];

	family->area = hp_map_hugetlb(1, MAP_SHARED);
	family->barrier = hp_barrier_new(FAMILY);
	hp_check_hugetlb(start, .rsvd = +1);
	for (int i = 0; i < CHILDREN; i++)
		hp_beside_child(children[i]) {
			pid_t grandchild;

			hp_beside_child(grandchild) {
				write_and_read(family);
			}
			write_and_read(family);
			hp_wait_ok(grandchild);
		}
	write_and_read(family);
	/* 17 processes have touched it by now. */
	hp_check_hugetlb(start, .free = -1);
	for (int i = 0; i < CHILDREN; i++)
		hp_wait_ok(children[i]);

	hp_check_hugetlb(start, .free = -1);
	hp_unmap(family->area);
	hp_check_hugetlb(start);
}

HP_CASE(child_instantiates,
	"a shared huge page first touched by a child is the parent's page too")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_map_hugetlb(1, MAP_SHARED);

	hp_in_child() {
		hp_fill(area, 'c');
	}
	/* The child has exited; its page has not been freed. */
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(area, 'c');
}

HP_CASE(every_child_reads, "every child sees the parent's shared huge page, in 40 forks")
{
	struct hp_area *area = hp_filled_hugetlb(1, MAP_SHARED, 'p');

	for (int i = 0; i < 40; i++) {
		hp_step("fork %d of 40", i + 1);
		hp_in_child() {
			hp_check_filled(area, 'p');
		}
	}
}

HP_PROGRAM(.summary = "shared huge pages are shared across forks, and counted once",
	   .needs = HP_NEEDS("hugetlb:1"),
	   .sources = HP_SOURCES({"commit", "0fe6e20b9c4c",
				  "hugetlb, rmap: add reverse mapping for hugepage"}))
