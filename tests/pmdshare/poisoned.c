// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A memory error in a page that processes map through one page table is reported to all of
 * them and leaves the other pages of the table alone.
 */
#include "hugeproof.h"

#define SHARERS 3

static struct hp_area *map_span(int fd)
{
	struct hp_area *area = hp_map_whole_span(fd);

	hp_check_access(area->addr, HP_READ);
	hp_check_access(hp_page(area, 1), HP_READ);
	return area;
}

static struct hp_paused *fork_sharer(struct hp_area *parents, int fd)
{
	struct hp_paused *sharer;

	hp_paused_child(sharer) {
		struct hp_area *area = map_span(fd);

		/* The process keeps one mapping, so that it gets one signal. */
		hp_unmap(parents);
		hp_catch_action_optional();
		hp_early_kill(true);
		hp_pause(sharer);
		hp_check_eq(hp_action_optional().count, 1);
		hp_check_mce_signal(hp_action_optional().last, BUS_MCEERR_AO, area->addr,
				    hp_page_size);
		hp_check_poisoned(area->addr, HP_READ, hp_page_size);
		hp_check_poisoned(area->addr + hp_page_size / 2, HP_WRITE, hp_page_size);
		hp_check_access(hp_page(area, 1), HP_WRITE);
	}
	return sharer;
}

HP_CASE(reaches_all, "all processes that share the page table get SIGBUS for a poisoned "
		     "page, and keep the other page")
{
	int fd = hp_span_file();
	struct hp_area *area = map_span(fd);
	struct hp_paused *sharers[SHARERS];

	/* The table exists before the children map the file, so that they share it. */
	hp_fill(hp_nth_page(area, 0), 'b');
	hp_fill(hp_nth_page(area, 1), 'g');
	for (int i = 0; i < SHARERS; i++)
		sharers[i] = fork_sharer(area, fd);
	hp_check_mce_signal(hp_poison(area->addr), BUS_MCEERR_AR, area->addr, hp_page_size);
	for (int i = 0; i < SHARERS; i++)
		hp_resume_ok(sharers[i]);
	hp_check_poisoned(area->addr, HP_READ, hp_page_size);
	hp_check_access(hp_page(area, 1), HP_WRITE);
}

HP_PROGRAM(.summary =
		   "a memory error is reported to all processes that share the page table",
	   .needs = HP_NEEDS("memory-failure", "pagemap", "hugetlb:2"), .poisons = true,
	   .page_sizes = HP_PMD_SIZE,
	   .sources = HP_SOURCES({"commit", "39dde65c9940",
				  "[PATCH] shared page table for hugetlb page"}))
