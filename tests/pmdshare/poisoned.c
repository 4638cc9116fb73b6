// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A memory error in a page that processes map through one page table reaches all of them,
 * and leaves the rest of the table alone.
 */
#include "hugeproof.h"

#define SHARERS 3

struct sharer {
	int fd;
	struct hp_area *area; /* the parent's */
	struct hp_barrier *turn;
};

static struct hp_area *map_span(int fd)
{
	struct hp_area *area =
		hp_map_span(fd, hp_table_span(), 0, PROT_READ | PROT_WRITE, MAP_SHARED);

	hp_check_access(area->addr, HP_READ);
	hp_check_access(hp_page(area, 1), HP_READ);
	return area;
}

static void share(void *arg)
{
	const struct sharer *sharer = arg;
	struct hp_area *area = map_span(sharer->fd);

	/* One mapping, one signal. */
	hp_unmap(sharer->area);
	hp_heed_news();
	hp_early_kill(true);
	hp_meet(sharer->turn);
	hp_meet(sharer->turn);
	hp_check_eq(hp_news().count, 1);
	hp_check_told(hp_news().last, BUS_MCEERR_AO, area->addr, hp_page_size);
	hp_check_poisoned(area->addr, HP_READ, hp_page_size);
	hp_check_poisoned(area->addr + hp_page_size / 2, HP_WRITE, hp_page_size);
	hp_check_access(hp_page(area, 1), HP_WRITE);
}

HP_CASE(reaches_all, "everybody in the table is told, and nobody reads the bad page")
{
	struct sharer sharer = {.fd = hp_span_file(), .turn = hp_barrier(SHARERS + 1)};
	struct hp_area *area = map_span(sharer.fd);
	pid_t sharers[SHARERS];

	sharer.area = area;
	/* The table is there before the others come: they share it. */
	hp_fill_page(area, 0, 'b');
	hp_fill_page(area, 1, 'g');
	for (int i = 0; i < SHARERS; i++)
		sharers[i] = hp_fork(share, &sharer);
	hp_meet(sharer.turn);
	hp_check_told(hp_poison(area->addr), BUS_MCEERR_AR, area->addr, hp_page_size);
	hp_meet(sharer.turn);
	for (int i = 0; i < SHARERS; i++)
		hp_wait_ok(sharers[i]);
	hp_check_poisoned(area->addr, HP_READ, hp_page_size);
	hp_check_access(hp_page(area, 1), HP_WRITE);
}

HP_PROGRAM(.summary = "a memory error behind a shared page table reaches all who share it",
	   .needs = HP_NEEDS("memory-failure", "pagemap", "hugetlb:2"), .poisons = true,
	   .page_sizes = HP_PMD_SIZE, .source = "shared page table for hugetlb page (2006)")
