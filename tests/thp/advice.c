// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which memory gets THPs: the global setting is always, madvise or never; a mapping may ask
 * for or decline them (MADV_HUGEPAGE, MADV_NOHUGEPAGE); a process may decline for itself
 * and its children (PR_SET_THP_DISABLE); and the setting of each size takes precedence.
 */
#include "hugeproof.h"

#include <sys/prctl.h>

enum { NOTHING = -1 };

/*
 * The bytes that are PMD-mapped after room for one THP was touched, with that advice or
 * NOTHING.
 */
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

/* Whether it became a THP; where it must, memory may be short. */
static bool gets_huge(int advice)
{
	return touch(advice, hp_made_huge);
}

static bool gets_none(int advice)
{
	return !touch(advice, hp_mapped_huge);
}

/* A THP can be allocated now: if one is missing later, memory was not the reason. */
static void require_memory(void)
{
	hp_thp_enabled("always");
	hp_require(gets_huge(MADV_HUGEPAGE),
		   "MADV_HUGEPAGE gets no THP with the setting always");
}

HP_CASE(always, "with enabled=always all mappings but those with MADV_NOHUGEPAGE get THPs")
{
	require_memory();
	hp_check(gets_huge(NOTHING));
	hp_check(gets_huge(MADV_HUGEPAGE));
	hp_check(gets_none(MADV_NOHUGEPAGE));
}

HP_CASE(by_madvise, "with enabled=madvise only mappings with MADV_HUGEPAGE get THPs")
{
	require_memory();
	hp_thp_enabled("madvise");
	hp_check(gets_none(NOTHING));
	hp_check(gets_huge(MADV_HUGEPAGE));
	hp_check(gets_none(MADV_NOHUGEPAGE));
}

HP_CASE(never, "with enabled=never no mapping gets a THP, not even with MADV_HUGEPAGE")
{
	require_memory();
	hp_thp_enabled("never");
	hp_check(gets_none(NOTHING));
	hp_check(gets_none(MADV_HUGEPAGE));
}

HP_CASE(last_advice,
	"MADV_NOHUGEPAGE after MADV_HUGEPAGE prevails for its part of the mapping")
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

HP_CASE(by_prctl,
	"PR_SET_THP_DISABLE keeps THPs from a process and its children until it is reset")
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

HP_CASE(by_size,
	"hugepages-SIZE/enabled overrides the global setting, and inherit follows it")
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

HP_CASE(small_mapping, "a mapping smaller than a THP gets none")
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

HP_PROGRAM(.summary = "settings, advice and prctl decide which memory gets THPs",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/transhuge.rst"},
				 {"man", "madvise(2)"}, {"man", "prctl(2)"}))
