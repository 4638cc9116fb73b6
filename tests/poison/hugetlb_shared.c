// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A memory error in a shared huge page reaches every process that maps the page, at
 * whichever address, and nobody else: by a signal at once for those who asked, otherwise
 * at the next access.
 */
#include "hugeproof.h"

#define SHARERS 4

struct sharer {
	int fd;
	struct hp_area *area; /* the parent's: a process of its own maps the file anew */
	struct hp_barrier *turn;
	bool early, maps_it;
};

/* Maps the file at another address than its parent does, and lives through the error. */
static void share(void *arg)
{
	const struct sharer *sharer = arg;
	struct hp_area *own = hp_map_file(sharer->fd, 0, 2, MAP_SHARED);

	hp_early_kill(sharer->early);
	hp_heed_news();
	if (!sharer->maps_it) {
		hp_unmap(own);
		hp_unmap(sharer->area);
	} else {
		hp_check_filled(own, 's');
		hp_check_filled(sharer->area, 's');
	}
	hp_meet(sharer->turn);
	hp_meet(sharer->turn);
	hp_check_eq(hp_news().count > 0, sharer->early && sharer->maps_it);
	if (!sharer->maps_it)
		return;
	if (sharer->early)
		hp_check(hp_news().last.addr_lsb == __builtin_ctzl(hp_page_size));
	hp_step("a sharer reads and writes the bad page, and its neighbour");
	hp_check_poisoned(own->addr, HP_READ, hp_page_size);
	hp_check_poisoned(own->addr + hp_page_size - 1, HP_WRITE, hp_page_size);
	hp_check_poisoned(sharer->area->addr, HP_READ, hp_page_size);
	hp_check_page_filled(own, 1, 's');
	hp_check_page_filled(sharer->area, 1, 's');
}

static void told(bool early, bool maps_it)
{
	struct sharer sharer = {.fd = hp_hugetlb_file(),
				.turn = hp_barrier(SHARERS + 1),
				.early = early,
				.maps_it = maps_it};
	pid_t sharers[SHARERS];
	struct hp_fault fault;
	int log = hp_log();
	uint64_t frame;

	hp_check_ok(ftruncate(sharer.fd, (off_t)(2 * hp_page_size)));
	sharer.area = hp_map_file(sharer.fd, 0, 2, MAP_SHARED);
	hp_fill(sharer.area, 's');
	frame = hp_frame(sharer.area->addr);
	for (int i = 0; i < SHARERS; i++)
		sharers[i] = hp_fork(share, &sharer);
	hp_meet(sharer.turn);
	fault = hp_poison(sharer.area->addr);
	hp_check_told(fault, BUS_MCEERR_AR, sharer.area->addr, hp_page_size);
	hp_meet(sharer.turn);
	for (int i = 0; i < SHARERS; i++)
		hp_wait_ok(sharers[i]);
	hp_check_poisoned(sharer.area->addr, HP_READ, hp_page_size);
	hp_check_page_filled(sharer.area, 1, 's');
	hp_check_recovery(log, frame, "huge page", "Recovered");
}

HP_CASE(at_access, "who did not ask meets the error at the next access")
{
	told(false, true);
}

HP_CASE(at_once, "who asked for it is told at once, with the address in its own mapping")
{
	told(true, true);
}

HP_CASE(bystanders, "who does not map the page is not told")
{
	told(true, false);
}

HP_PROGRAM(.summary = "an error in a shared huge page reaches every process that maps it",
	   .needs = HP_NEEDS("memory-failure", "pagemap", "hugetlb:2"), .poisons = true,
	   .source = "hugetlb, rmap: add reverse mapping for hugepage (2010)")
