// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A memory error in a shared huge page reaches every process that maps the page, at any
 * address, and no other: by a signal at once if the process asked for it, otherwise at its
 * next access.
 */
#include "hugeproof.h"

#define SHARERS 4

static const struct way {
	struct hp_variant variant;
	bool early, maps_it;
} ways[] = {
	{{"at_access", "without PR_MCE_KILL_EARLY at their next access"}, false, true},
	{{"at_once", "with PR_MCE_KILL_EARLY at once, at their own address"}, true, true},
	{{"bystanders", "only if they map it"}, true, false},
};

/* Of a child that maps the page at two addresses. */
static void meet_error(const struct hp_area *area, const struct hp_area *own, bool early)
{
	if (early)
		hp_check_eq(hp_action_optional().last.addr_lsb,
			    __builtin_ctzl(hp_page_size));
	hp_step("a sharer reads and writes the poisoned page and its neighbour");
	hp_check_poisoned(own->addr, HP_READ, hp_page_size);
	hp_check_poisoned(own->addr + hp_page_size - 1, HP_WRITE, hp_page_size);
	hp_check_poisoned(area->addr, HP_READ, hp_page_size);
	hp_check_filled(hp_nth_page(own, 1), 's');
	hp_check_filled(hp_nth_page(area, 1), 's');
}

static struct hp_paused *fork_sharer(struct hp_area *area, int fd, const struct way *way)
{
	struct hp_paused *sharer;

	hp_paused_child(sharer) {
		struct hp_area *own = hp_map_file(fd, 0, 2, MAP_SHARED);

		hp_early_kill(way->early);
		hp_catch_action_optional();
		hp_check_filled(own, 's');
		hp_check_filled(area, 's');
		if (!way->maps_it) {
			hp_unmap(own);
			hp_unmap(area);
		}
		hp_pause(sharer);
		hp_check_eq(hp_action_optional().count > 0, way->early && way->maps_it);
		if (way->maps_it)
			meet_error(area, own, way->early);
	}
	return sharer;
}

HP_ROW_CASES(hit, "a memory error in a shared huge page reaches processes %s", ways, way)
{
	struct hp_paused *sharers[SHARERS];
	struct hp_fault fault;
	int fd, log = hp_log();
	struct hp_area *area = hp_filled_file(&fd, 2, 's');
	uint64_t frame = hp_pfn(area->addr);

	for (int i = 0; i < SHARERS; i++)
		sharers[i] = fork_sharer(area, fd, way);
	fault = hp_poison(area->addr);
	hp_check_mce_signal(fault, BUS_MCEERR_AR, area->addr, hp_page_size);
	for (int i = 0; i < SHARERS; i++)
		hp_resume_ok(sharers[i]);
	hp_check_poisoned(area->addr, HP_READ, hp_page_size);
	hp_check_filled(hp_nth_page(area, 1), 's');
	hp_check_recovery(log, frame, "huge page", "Recovered");
}

HP_PROGRAM(.summary = "a memory error in a shared huge page reaches every process that "
		      "maps it",
	   .needs = HP_NEEDS("memory-failure", "pagemap", "hugetlb:2"), .poisons = true,
	   .sources = HP_SOURCES({"commit", "0fe6e20b9c4c",
				  "hugetlb, rmap: add reverse mapping for hugepage"}))
