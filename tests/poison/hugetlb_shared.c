// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A memory error in a shared huge page reaches every process that maps the page, at
 * whichever address, and no other: by a signal at once if the process asked for it, and
 * otherwise at its next access.
 */
#include "hugeproof.h"

#define SHARERS 4

struct sharer {
	int fd;
	struct hp_area *area; /* the parent's mapping */
	bool early, maps_it;
};

static struct hp_area *own; /* of a child: the same page at another address */

static void map_it(void *arg)
{
	const struct sharer *sharer = arg;

	own = hp_map_file(sharer->fd, 0, 2, MAP_SHARED);
	hp_early_kill(sharer->early);
	hp_catch_action_optional();
	if (!sharer->maps_it) {
		hp_unmap(own);
		hp_unmap(sharer->area);
	} else {
		hp_check_filled(own, 's');
		hp_check_filled(sharer->area, 's');
	}
}

static void meet_error(void *arg)
{
	const struct sharer *sharer = arg;

	hp_check_eq(hp_action_optional().count > 0, sharer->early && sharer->maps_it);
	if (!sharer->maps_it)
		return;
	if (sharer->early)
		hp_check(hp_action_optional().last.addr_lsb ==
			 __builtin_ctzl(hp_page_size));
	hp_step("a sharer reads and writes the bad page, and its neighbour");
	hp_check_poisoned(own->addr, HP_READ, hp_page_size);
	hp_check_poisoned(own->addr + hp_page_size - 1, HP_WRITE, hp_page_size);
	hp_check_poisoned(sharer->area->addr, HP_READ, hp_page_size);
	hp_check_filled(hp_nth_page(own, 1), 's');
	hp_check_filled(hp_nth_page(sharer->area, 1), 's');
}

static const struct way {
	struct hp_variant variant;
	bool early;
	bool maps_it;
} ways[] = {
	{{"at_access",
	  "a process without PR_MCE_KILL_EARLY meets the error at its next access"},
	 false,
	 true},
	{{"at_once",
	  "PR_MCE_KILL_EARLY gets a signal at once, with the address in its own mapping"},
	 true,
	 true},
	{{"bystanders", "a process that does not map the page gets no signal"},
	 true,
	 false},
};

HP_NAMED_CASES(told, ways, way)
{
	struct sharer sharer = {
		.fd = hp_hugetlb_file(), .early = way->early, .maps_it = way->maps_it};
	struct hp_paused *sharers[SHARERS];
	struct hp_fault fault;
	int log = hp_log();
	uint64_t frame;

	hp_check_ok(ftruncate(sharer.fd, (off_t)(2 * hp_page_size)));
	sharer.area = hp_map_file(sharer.fd, 0, 2, MAP_SHARED);
	hp_fill(sharer.area, 's');
	frame = hp_pfn(sharer.area->addr);
	for (int i = 0; i < SHARERS; i++)
		sharers[i] = hp_fork_paused(map_it, meet_error, &sharer);
	fault = hp_poison(sharer.area->addr);
	hp_check_mce_signal(fault, BUS_MCEERR_AR, sharer.area->addr, hp_page_size);
	for (int i = 0; i < SHARERS; i++)
		hp_resume_ok(sharers[i]);
	hp_check_poisoned(sharer.area->addr, HP_READ, hp_page_size);
	hp_check_filled(hp_nth_page(sharer.area, 1), 's');
	hp_check_recovery(log, frame, "huge page", "Recovered");
}

HP_PROGRAM(.summary = "an error in a shared huge page reaches every process that maps it",
	   .needs = HP_NEEDS("memory-failure", "pagemap", "hugetlb:2"), .poisons = true,
	   .sources = HP_SOURCES({"commit", "0fe6e20b9c4c",
				  "hugetlb, rmap: add reverse mapping for hugepage"}))
