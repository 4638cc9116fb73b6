// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Memory that is about to go bad is taken out of use, and what it held goes on elsewhere:
 * no byte is lost, and nobody is signalled.
 */
#include "hugeproof.h"

struct user {
	struct hp_area *area;
	struct hp_barrier *turn;
	uint64_t frame;
	char tag; /* each case has its own: a free page may hold what an earlier one wrote
		   */
};

static void goes_elsewhere(struct hp_area *area, char tag)
{
	struct hp_memory_failures failures = hp_memory_failures();
	uint64_t frame = hp_frame(area->addr);

	hp_heed_news();
	hp_early_kill(true);
	hp_check_eq(hp_soft_offline(area->addr), 0);
	hp_check_eq(hp_news().count, 0);
	hp_check_filled(area, tag);
	hp_check(hp_frame(area->addr) != frame);
	hp_check(hp_frame_poisoned(frame));
	hp_check_eq(hp_memory_failures().corrupted_kb,
		    failures.corrupted_kb + (long)(hp_base_page_size() / 1024));
	hp_fill(area, 'w');
	hp_check_filled(area, 'w');
}

static void lives_through(void *arg)
{
	const struct user *user = arg;

	hp_heed_news();
	hp_early_kill(true);
	hp_check_filled(user->area, user->tag);
	hp_meet(user->turn);
	hp_meet(user->turn);
	hp_check_eq(hp_news().count, 0);
	hp_check_filled(user->area, user->tag);
	hp_check(hp_frame(user->area->addr) != user->frame);
}

static void shared_with_child(int type, char tag)
{
	struct user user = {hp_map_hugetlb(1, type), hp_barrier(2), 0, tag};
	pid_t child;

	hp_fill(user.area, tag);
	user.frame = hp_frame(user.area->addr);
	child = hp_fork(lives_through, &user);
	hp_meet(user.turn);
	hp_check_eq(hp_soft_offline(user.area->addr), 0);
	hp_meet(user.turn);
	hp_wait_ok(child);
	hp_check_filled(user.area, tag);
	hp_check(hp_frame_poisoned(user.frame));
}

HP_CASE(private, "a private page moves whole")
{
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);

	hp_fill(area, 'a');
	goes_elsewhere(area, 'a');
}

HP_CASE(shared, "a shared page moves whole")
{
	struct hp_area *area = hp_map_hugetlb(1, MAP_SHARED);

	hp_fill(area, 'b');
	goes_elsewhere(area, 'b');
}

HP_CASE(private_forked, "a private page that a child has too moves for both")
{
	shared_with_child(MAP_PRIVATE, 'c');
}

HP_CASE(shared_forked, "a shared page moves for both who map it")
{
	shared_with_child(MAP_SHARED, 'd');
}

HP_CASE(no_other_page, "with no other page in the pool one is made for it, or none moves")
{
	struct hp_area *area;
	uint64_t frame;
	int error;

	hp_pool_leave(1);
	area = hp_map_hugetlb(1, MAP_PRIVATE);
	hp_fill(area, 'o');
	frame = hp_frame(area->addr);
	error = hp_soft_offline(area->addr);
	hp_observed("soft offline with an empty pool", error ? "refused" : "moved");
	hp_check(!error || error == EBUSY || error == ENOMEM);
	hp_check_eq(hp_frame(area->addr) == frame, error != 0);
	hp_check_eq(hp_frame_poisoned(frame), error == 0);
	hp_check_filled(area, 'o');
}

HP_PROGRAM(.summary = "soft offline moves huge pages whole, and signals nobody",
	   .needs = HP_NEEDS("memory-failure", "pagemap", "hugetlb:2"), .poisons = true,
	   .log_allows = HP_LINES("Soft offlining pfn", "soft offline:"),
	   .source = "madvise(2), Documentation/mm/hwpoison.rst")
