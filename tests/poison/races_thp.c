// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A base page of a THP is poisoned while the THP is split, collapsed or copied on write:
 * only this base page is lost, whichever comes first.
 */
#include "hugeproof.h"

#define ROUNDS 10

/* Splits the PMD mapping by protecting half of it, and undoes that. */
static void split(const struct hp_area *area)
{
	hp_check_ok(mprotect(area->addr, area->size / 2, PROT_READ));
	hp_check_ok(mprotect(area->addr, area->size / 2, PROT_READ | PROT_WRITE));
}

static void drop_far_part(const struct hp_area *area)
{
	size_t bytes = 8 * hp_base_size;

	hp_check_ok(madvise(area->addr + area->size - bytes, bytes, MADV_DONTNEED));
}

static void collapse(const struct hp_area *area)
{
	/* Refused where a page is poisoned or shared. */
	madvise(area->addr, area->size, MADV_COLLAPSE);
}

static void write_first(const struct hp_area *area)
{
	hp_check_access(area->addr, HP_WRITE);
}

static const struct way {
	struct hp_variant variant;
	void (*act)(const struct hp_area *area);
} ways[] = {
	{{"split_by_mprotect", "splits the PMD mapping by mprotect"}, split},
	{{"split_by_drop", "drops other base pages"}, drop_far_part},
	{{"collapsed", "calls MADV_COLLAPSE"}, collapse},
	{{"copied", "copies it on write"}, write_first},
};

static const struct way *racing;

static void act(const struct hp_area *area)
{
	racing->act(area);
	/* The first base page is intact. */
	hp_check_access(area->addr, HP_READ);
}

HP_ROW_CASES(race_against,
	     "only the poisoned base page of a THP is lost while a process %s", ways, way)
{
	size_t base = hp_base_size;

	racing = way;
	for (int round = 0; round < ROUNDS; round++) {
		struct hp_area *area = hp_filled_thp(1, 't');
		size_t bad = area->size / 2 + 3 * base;

		hp_step("round %d", round);
		if (!hp_poison_during(area, bad, NULL, act, NULL).error)
			hp_check_poisoned(area->addr + bad, HP_READ, base);
		hp_check_filled_around(area, hp_part(area, bad, base), 't');
		hp_unmap(area);
	}
}

HP_PROGRAM(.summary = "a base page of a THP that is poisoned during a split is lost alone",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap", "thp"),
	   .poisons = true, .seconds = 30,
	   .sources = HP_SOURCES({"code", "mm/memory-failure.c"}))
