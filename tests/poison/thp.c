// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An error in a transparent huge page costs one base page; the rest keeps its bytes, for
 * every process that shares it.
 */
#include "hugeproof.h"

/* The base page that goes bad: neither the first of its huge page nor the last. */
#define BAD (hp_pmd_size / 2 + 3 * hp_base_size)

HP_CASE(one_base_page, "a bad base page is lost, and the huge page is split")
{
	struct hp_memory_failure_counts failures = hp_memory_failures();
	struct hp_area *area = hp_filled_thp(1, 't');
	uint64_t frame = hp_pfn(area->addr + BAD);
	struct hp_fault told;
	int log = hp_log();

	told = hp_poison(area->addr + BAD);
	hp_check_mce_signal(told, BUS_MCEERR_AR, area->addr + BAD, hp_base_size);
	hp_check_recovery(log, frame, "dirty LRU page", "Recovered");
	hp_check_failures(failures, .corrupted_kb = (long)(hp_base_size / 1024), .total = 1,
			  .recovered = 1);
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_filled_around(area, hp_part(area, BAD, hp_base_size), 't');
	hp_check_poisoned(area->addr + BAD, HP_READ, hp_base_size);
	hp_check_poisoned(area->addr + BAD + hp_base_size - 1, HP_WRITE, hp_base_size);
	hp_check(hp_pfn_poisoned(frame));
	hp_check(!hp_pfn_poisoned(hp_pfn(area->addr + BAD - hp_base_size)));
	hp_check(!hp_pfn_poisoned(hp_pfn(area->addr + BAD + hp_base_size)));
}

static void check_filled(void *area)
{
	hp_check_filled((struct hp_area *)area, 't');
}

static void meet_error(void *area)
{
	hp_check_filled_around((struct hp_area *)area,
			       hp_part((struct hp_area *)area, BAD, hp_base_size), 't');
	hp_check_poisoned(((struct hp_area *)area)->addr + BAD, HP_READ, hp_base_size);
}

static void copy(void *area)
{
	hp_fill(area, 'c');
}

static void check_copy(void *area)
{
	hp_check_filled((struct hp_area *)area, 'c');
}

static const struct way {
	struct hp_variant variant;
	void (*before)(void *area), (*after)(void *area); /* what the child does */
} ways[] = {
	{{"forked", "a child that shares the huge page loses the same base page"},
	 check_filled,
	 meet_error},
	{{"copied", "a child that has copied the pages keeps its own"}, copy, check_copy},
};

HP_NAMED_CASES(with_child, ways, way)
{
	struct hp_area *area = hp_filled_thp(1, 't');
	struct hp_paused *child = hp_fork_paused(way->before, way->after, area);

	hp_poison(area->addr + BAD);
	hp_resume_ok(child);
	meet_error(area);
}

HP_CASE(soft_offline, "soft offline migrates the base page and loses no byte")
{
	struct hp_area *area = hp_filled_thp(1, 't');
	uint64_t frame = hp_pfn(area->addr + BAD);

	hp_check_eq(hp_soft_offline(area->addr + BAD), 0);
	hp_check_filled(area, 't');
	hp_check(hp_pfn(area->addr + BAD) != frame);
	hp_check(hp_pfn_poisoned(frame));
}

HP_PROGRAM(.summary = "an error in a transparent huge page costs one base page",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("memory-failure", "pagemap", "thp"), .poisons = true,
	   .log_allows = HP_LINES("Soft offlining pfn"),
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hwpoison.rst"}))
