// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * move_pages moves a huge page to another node whole: every byte goes with it, for all
 * who map it, and it takes the place of a free page there.
 */
#include "hugeproof.h"

static int from, to;

/* Two pages on each node, and a mapping whose page is on the first. */
static struct hp_area *page_on_first(int type)
{
	struct hp_area *area;

	from = hp_node(0);
	to = hp_node(1);
	hp_pool_of_node(from, 2);
	hp_pool_of_node(to, 2);
	area = hp_map_hugetlb(1, type);
	hp_bind_area(area, from);
	hp_fill(area, 'm');
	hp_check_eq(hp_node_of(area->addr), from);
	return area;
}

static void moves(struct hp_area *area)
{
	struct hp_hugetlb start = hp_hugetlb(), now;

	hp_check_eq(hp_move_to_node(area->addr, to), to);
	hp_check_eq(hp_node_of(area->addr), to);
	hp_check_filled(area, 'm');
	hp_check_hugetlb(start);
	now = hp_hugetlb();
	hp_check_eq(now.node[from].free, start.node[from].free + 1);
	hp_check_eq(now.node[to].free, start.node[to].free - 1);
}

HP_CASE(private, "a private page moves, and can be written where it is now")
{
	struct hp_area *area = page_on_first(MAP_PRIVATE);

	moves(area);
	hp_fill(area, 'n');
	hp_check_eq(hp_node_of(area->addr), to);
}

HP_CASE(shared, "a shared page moves")
{
	moves(page_on_first(MAP_SHARED));
}

struct other {
	struct hp_area *area;
	struct hp_barrier *turn;
};

static void reads_meanwhile(void *arg)
{
	const struct other *other = arg;

	hp_check_filled(other->area, 'm');
	hp_meet(other->turn);
	hp_meet(other->turn);
	hp_check_eq(hp_node_of(other->area->addr), to);
	hp_check_filled(other->area, 'm');
}

static void moves_for_others(int type)
{
	struct other other = {page_on_first(type), hp_barrier(2)};
	pid_t pid = hp_fork(reads_meanwhile, &other);

	hp_meet(other.turn);
	moves(other.area);
	hp_meet(other.turn);
	hp_wait_ok(pid);
}

HP_CASE(shared_by_two, "a page of a file moves for both who map it")
{
	moves_for_others(MAP_SHARED);
}

HP_CASE(private_by_two, "a private page that a child has too moves for both")
{
	moves_for_others(MAP_PRIVATE);
}

HP_PROGRAM(.summary = "huge pages move between nodes whole, for all who map them",
	   .needs = HP_NEEDS("nodes:2", "pool:control", "cap:sys_nice"),
	   .source = "move_pages(2)")
