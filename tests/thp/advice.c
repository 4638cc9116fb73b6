// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Who gets transparent huge pages: the setting says always, madvise or never, a mapping may
 * ask or refuse (MADV_HUGEPAGE, MADV_NOHUGEPAGE), a process may refuse for all of its own
 * and its children's (PR_SET_THP_DISABLE), and each size's own setting goes before all.
 */
#include "hugeproof.h"

#include <sys/prctl.h>

enum { NOTHING = -1 };

/* How much of a huge page's room becomes one, touched with that advice or NOTHING. */
static size_t touch(int advice, size_t (*look)(const struct hp_area *area))
{
	struct hp_area *area = hp_map_anon(hp_pmd_size);
	size_t huge;

	if (advice != NOTHING)
		hp_check_ok(madvise(area->addr, area->size, advice));
	hp_touch(area);
	huge = look(area);
	hp_check(huge == 0 || huge == area->size);
	hp_unmap(area);
	return huge;
}

/* Tells whether it became one; where it must, the memory may be short. */
static bool gets_huge(int advice)
{
	return touch(advice, hp_made_huge);
}

static bool gets_none(int advice)
{
	return !touch(advice, hp_mapped_huge);
}

/* There is memory for one: what gets none is refused one. */
static void require_memory(void)
{
	hp_thp_enabled("always");
	hp_require(gets_huge(MADV_HUGEPAGE),
		   "MADV_HUGEPAGE is to get a huge page, and none came");
}

HP_CASE(always, "always: all but who refuses")
{
	require_memory();
	hp_check(gets_huge(NOTHING));
	hp_check(gets_huge(MADV_HUGEPAGE));
	hp_check(gets_none(MADV_NOHUGEPAGE));
}

HP_CASE(by_madvise, "madvise: who asks")
{
	require_memory();
	hp_thp_enabled("madvise");
	hp_check(gets_none(NOTHING));
	hp_check(gets_huge(MADV_HUGEPAGE));
	hp_check(gets_none(MADV_NOHUGEPAGE));
}

HP_CASE(never, "never: nobody")
{
	require_memory();
	hp_thp_enabled("never");
	hp_check(gets_none(NOTHING));
	hp_check(gets_none(MADV_HUGEPAGE));
}

HP_CASE(last_advice, "of two advices the last counts, for its part of the mapping")
{
	struct hp_area *area;

	require_memory();
	hp_thp_enabled("madvise");
	area = hp_map_anon(2 * hp_pmd_size);
	hp_check_ok(madvise(area->addr, 2 * hp_pmd_size, MADV_HUGEPAGE));
	hp_check_ok(madvise(area->addr, hp_pmd_size, MADV_NOHUGEPAGE));
	hp_touch(area);
	hp_check_eq(hp_mapped_huge(area), hp_pmd_size);
	hp_check(hp_folio_size(area->addr) < hp_pmd_size);
	hp_check_eq(hp_folio_size(area->addr + hp_pmd_size), hp_pmd_size);
}

HP_CASE(by_prctl, "a process that refuses gets none, nor do its children, until it takes "
		  "that back")
{
	require_memory();
	hp_check_ok(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0));
	hp_check_eq(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 1);
	hp_check(gets_none(MADV_HUGEPAGE));
	hp_check(gets_none(NOTHING));
	hp_in_child() {
		hp_check_eq(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 1);
		hp_check(gets_none(MADV_HUGEPAGE));
	}
	hp_check_ok(prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0));
	hp_check_eq(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 0);
	hp_check(gets_huge(MADV_HUGEPAGE));
}

HP_CASE(by_size, "the size's own setting counts, and inherit is the common one")
{
	require_memory();
	hp_thp_setting("enabled", "never");
	hp_thp_size_setting(hp_pmd_size, "always");
	hp_check(gets_huge(NOTHING));
	hp_thp_size_setting(hp_pmd_size, "madvise");
	hp_check(gets_none(NOTHING));
	hp_check(gets_huge(MADV_HUGEPAGE));
	hp_thp_setting("enabled", "always");
	hp_thp_size_setting(hp_pmd_size, "never");
	hp_check(gets_none(MADV_HUGEPAGE));
	hp_thp_size_setting(hp_pmd_size, "inherit");
	hp_check(gets_huge(NOTHING));
}

HP_CASE(small_mapping, "a mapping smaller than a huge page gets none")
{
	struct hp_area *area;

	require_memory();
	area = hp_map_anon(hp_pmd_size);
	hp_check_ok(munmap(area->addr + hp_pmd_size - hp_base_size, hp_base_size));
	area->size -= hp_base_size;
	*(volatile char *)area->addr = 1;
	hp_check(hp_folio_size(area->addr) > 0);
	hp_check_eq(hp_mapped_huge(area), 0);
}

HP_PROGRAM(.summary = "settings, advice and prctl decide who gets transparent huge pages",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/transhuge.rst"},
				 {"man", "madvise(2)"}, {"man", "prctl(2)"}))
