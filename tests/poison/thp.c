// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A memory error in a THP costs one base page; the rest keeps its contents, for every
 * process that shares it.
 */
#include "hugeproof.h"

/* The poisoned base page: neither the first of its huge page nor the last. */
#define BAD (hp_pmd_size / 2 + 3 * hp_base_size)

static void meet_error(const struct hp_area *area)
{
	hp_check_filled_around(area, hp_part(area, BAD, hp_base_size), 't');
	hp_check_poisoned(area->addr + BAD, HP_READ, hp_base_size);
}

HP_CASE(one_base_page,
	"a memory error in a THP splits it, and only the poisoned base page is lost")
{
	struct hp_memory_failure_counts failures = hp_memory_failures();
	struct hp_area *area = hp_filled_thp(1, 't');
	uint64_t frame = hp_pfn(area->addr + BAD);
	struct hp_fault fault;
	int log = hp_log();

	fault = hp_poison(area->addr + BAD);
	hp_check_mce_signal(fault, BUS_MCEERR_AR, area->addr + BAD, hp_base_size);
	hp_check_recovery(log, frame, "dirty LRU page", "Recovered");
	hp_check_failures(failures, .corrupted_kb = hp_base_kb(), .total = 1,
			  .recovered = 1);
	hp_check_eq(hp_mapped_huge(area), 0);
	meet_error(area);
	hp_check_poisoned(area->addr + BAD + hp_base_size - 1, HP_WRITE, hp_base_size);
	hp_check(hp_pfn_poisoned(frame));
	hp_check(!hp_pfn_poisoned(hp_pfn(area->addr + BAD - hp_base_size)));
	hp_check(!hp_pfn_poisoned(hp_pfn(area->addr + BAD + hp_base_size)));
}

HP_CASE(forked, "a child that shares a poisoned THP loses the same base page")
{
	struct hp_area *area = hp_filled_thp(1, 't');
	struct hp_paused *child;

	hp_paused_child(child) {
		hp_check_filled(area, 't');
		hp_pause(child);
		meet_error(area);
	}
	hp_poison(area->addr + BAD);
	hp_resume_ok(child);
	meet_error(area);
}

HP_CASE(copied,
	"a child that has copied the pages keeps them when the parent's THP is poisoned")
{
	struct hp_area *area = hp_filled_thp(1, 't');
	struct hp_paused *child;

	hp_paused_child(child) {
		hp_fill(area, 'c');
		hp_pause(child);
		hp_check_filled(area, 'c');
	}
	hp_poison(area->addr + BAD);
	hp_resume_ok(child);
	meet_error(area);
}

HP_CASE(soft_offline, "soft offline of a base page of a THP migrates it with its contents")
{
	struct hp_area *area = hp_filled_thp(1, 't');
	uint64_t frame = hp_pfn(area->addr + BAD);

	hp_check_eq(hp_soft_offline(area->addr + BAD), 0);
	hp_check_filled(area, 't');
	hp_check(hp_pfn(area->addr + BAD) != frame);
	hp_check(hp_pfn_poisoned(frame));
}

HP_PROGRAM(.summary = "a memory error in a THP costs one base page",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("memory-failure", "pagemap", "thp"), .poisons = true,
	   .log_allows = HP_LINES("Soft offlining pfn"),
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hwpoison.rst"}))
