// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Soft offline takes memory that may soon fail out of use and migrates its contents: no
 * data is lost, and no process gets a signal.
 */
#include "hugeproof.h"

static uint64_t frame;

static void ask_for_signal(void)
{
	hp_catch_action_optional();
	hp_early_kill(true);
}

/* Each case has its own tag: a free page may still hold what an earlier case wrote. */

HP_ROW_CASES(alone, "soft offline migrates a huge page with its contents, without a signal",
	     hp_sharings, way)
{
	struct hp_memory_failure_counts failures = hp_memory_failures();
	const char tag = way->flag == MAP_SHARED ? 'b' : 'a';
	struct hp_area *area = hp_filled_hugetlb(1, way->flag, tag);

	frame = hp_pfn(area->addr);
	ask_for_signal();
	hp_check_eq(hp_soft_offline(area->addr), 0);
	hp_check_eq(hp_action_optional().count, 0);
	hp_check_filled(area, tag);
	hp_check(hp_pfn(area->addr) != frame);
	hp_check(hp_pfn_poisoned(frame));
	hp_check_eq(hp_memory_failures().corrupted_kb,
		    failures.corrupted_kb + hp_base_kb());
	hp_check_writable(area, 'w');
}

HP_SUFFIX_CASES(forked,
		"soft offline migrates a huge page for parent and child, without a signal",
		hp_sharings, way)
{
	const char tag = way->flag == MAP_SHARED ? 'd' : 'c';
	struct hp_area *area = hp_filled_hugetlb(1, way->flag, tag);
	struct hp_paused *child;

	frame = hp_pfn(area->addr);
	hp_paused_child(child) {
		ask_for_signal();
		hp_check_filled(area, tag);
		hp_pause(child);
		hp_check_eq(hp_action_optional().count, 0);
		hp_check_filled(area, tag);
		hp_check(hp_pfn(area->addr) != frame);
	}
	hp_check_eq(hp_soft_offline(area->addr), 0);
	hp_resume_ok(child);
	hp_check_filled(area, tag);
	hp_check(hp_pfn_poisoned(frame));
}

HP_CASE(no_other_page,
	"soft offline with an empty pool allocates a page to migrate to, or is refused")
{
	struct hp_area *area;
	int error;

	hp_pool_leave(1);
	area = hp_map_hugetlb(1, MAP_PRIVATE);
	hp_fill(area, 'o');
	frame = hp_pfn(area->addr);
	error = hp_soft_offline(area->addr);
	hp_observed("soft offline with an empty pool", error ? "refused" : "moved");
	hp_check(!error || error == EBUSY || error == ENOMEM);
	hp_check_eq(hp_pfn(area->addr) == frame, error != 0);
	hp_check_eq(hp_pfn_poisoned(frame), error == 0);
	hp_check_filled(area, 'o');
}

HP_PROGRAM(.summary = "soft offline migrates huge pages with their contents and sends no "
		      "signal",
	   .needs = HP_NEEDS("memory-failure", "pagemap", "hugetlb:2"), .poisons = true,
	   .log_allows = HP_LINES("Soft offlining pfn", "soft offline:"),
	   .sources = HP_SOURCES({"man", "madvise(2)"},
				 {"doc", "Documentation/mm/hwpoison.rst"}))
