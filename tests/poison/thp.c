// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An error in a transparent huge page costs the one base page: the rest of it keeps its
 * bytes, for all who share it.
 */
#include "hugeproof.h"

static size_t base, bad;

static struct hp_area *filled_thp(void)
{
	struct hp_area *area = hp_map_thp(1);

	base = hp_base_page_size();
	/* Neither its first base page nor its last. */
	bad = area->size / 2 + 3 * base;
	hp_fill(area, 't');
	hp_require_huge(area);
	return area;
}

HP_CASE(one_base_page, "only the bad base page is lost; the page is split")
{
	struct hp_memory_failures failures = hp_memory_failures();
	struct hp_area *area = filled_thp();
	uint64_t frame = hp_frame(area->addr + bad);
	struct hp_fault told;
	int log = hp_log();

	told = hp_poison(area->addr + bad);
	hp_check_told(told, BUS_MCEERR_AR, area->addr + bad, base);
	hp_check_recovery(log, frame, "dirty LRU page", "Recovered");
	hp_check_failures(failures, .corrupted_kb = (long)(base / 1024), .total = 1,
			  .recovered = 1);
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_filled_around(area, bad, base, 't');
	hp_check_poisoned(area->addr + bad, HP_READ, base);
	hp_check_poisoned(area->addr + bad + base - 1, HP_WRITE, base);
	hp_check(hp_frame_poisoned(frame));
	hp_check(!hp_frame_poisoned(hp_frame(area->addr + bad - base)));
	hp_check(!hp_frame_poisoned(hp_frame(area->addr + bad + base)));
}

struct family {
	struct hp_area *area;
	struct hp_barrier *turn;
};

static void shares(void *arg)
{
	const struct family *family = arg;

	hp_check_filled(family->area, 't');
	hp_meet(family->turn);
	hp_meet(family->turn);
	hp_check_filled_around(family->area, bad, base, 't');
	hp_check_poisoned(family->area->addr + bad, HP_READ, base);
}

HP_CASE(forked, "a child that shares it loses the same base page, and no other")
{
	struct family family = {filled_thp(), hp_barrier(2)};
	pid_t child = hp_fork(shares, &family);

	hp_meet(family.turn);
	hp_poison(family.area->addr + bad);
	hp_meet(family.turn);
	hp_wait_ok(child);
	hp_check_filled_around(family.area, bad, base, 't');
}

static void copies(void *arg)
{
	const struct family *family = arg;

	hp_fill(family->area, 'c');
	hp_meet(family->turn);
	hp_meet(family->turn);
	hp_check_filled(family->area, 'c');
}

HP_CASE(copied, "a child that wrote has base pages of its own, and keeps them")
{
	struct family family = {filled_thp(), hp_barrier(2)};
	pid_t child = hp_fork(copies, &family);

	hp_meet(family.turn);
	hp_poison(family.area->addr + bad);
	hp_meet(family.turn);
	hp_wait_ok(child);
	hp_check_filled_around(family.area, bad, base, 't');
	hp_check_poisoned(family.area->addr + bad, HP_READ, base);
}

HP_CASE(soft_offline, "soft offline moves the base page, and loses no byte")
{
	struct hp_area *area = filled_thp();
	uint64_t frame = hp_frame(area->addr + bad);

	hp_check_eq(hp_soft_offline(area->addr + bad), 0);
	hp_check_filled(area, 't');
	hp_check(hp_frame(area->addr + bad) != frame);
	hp_check(hp_frame_poisoned(frame));
}

HP_PROGRAM(.summary = "an error in a transparent huge page costs one base page",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("memory-failure", "pagemap", "thp"), .poisons = true,
	   .log_allows = HP_LINES("Soft offlining pfn"),
	   .source = "Documentation/mm/hwpoison.rst")
