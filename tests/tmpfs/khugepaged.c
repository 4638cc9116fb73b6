// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * khugepaged collapses shmem on its own where the settings allow it, within its limits;
 * each process that maps it gets a PMD mapping at its next fault.
 */
#include "hugeproof.h"

#include <sys/mount.h>

#define TIMEOUT_S 5

/* khugepaged scans without pauses, and with these limits. */
static void hurry(const char *none, const char *swap)
{
	hp_thp_enabled("madvise");
	hp_thp_setting("khugepaged/max_ptes_none", none);
	hp_thp_setting("khugepaged/max_ptes_swap", swap);
	hp_khugepaged_hurry();
}

/*
 * The same, and khugepaged scans this process, which has touched memory with MADV_HUGEPAGE.
 */
static void start_khugepaged(const char *none, const char *swap)
{
	hurry(none, swap);
	hp_touch(hp_map_thp(1));
}

/* Maps small pages for the whole file, which may become huge later (MADV_HUGEPAGE). */
static struct hp_area *small(struct hp_shmem *shmem)
{
	struct hp_area *area = hp_map_all_shmem(shmem, MAP_SHARED);

	hp_fill(area, 'k');
	hp_check_eq(hp_folio_size(area->addr), hp_base_size);
	return area;
}

static void advise(const struct hp_shmem *shmem, const struct hp_area *area)
{
	if (shmem->mount)
		hp_check_ok(mount(NULL, shmem->mount, NULL, MS_REMOUNT, "huge=advise"));
	else
		hp_shmem_enabled(0, "advise");
	hp_check_ok(madvise(area->addr, area->size, MADV_HUGEPAGE));
}

static bool all_huge(const struct hp_area *area)
{
	for (size_t at = 0; at < area->size; at += hp_pmd_size) {
		/* A collapsed page is mapped by a PMD at the next fault. */
		*(volatile char *)(area->addr + at);
		if (hp_folio_size(area->addr + at) != hp_pmd_size)
			return false;
	}
	return true;
}

static void check_recovers(const struct hp_area *area)
{
	int64_t start = hp_now_ns();

	hp_drain_lru();
	hp_eventually(all_huge(area), TIMEOUT_S);
	hp_observed("recovered", "%zu huge pages after %.1f ms", area->size / hp_pmd_size,
		    (hp_now_ns() - start) / 1e6);
	hp_check_eq(hp_mapped_huge(area), area->size);
}

static void check_leaves_alone(const struct hp_area *area)
{
	hp_drain_lru();
	hp_khugepaged_scan(TIMEOUT_S);
	*(volatile char *)(area->addr + area->size - 1);
	hp_check_eq(hp_folio_size(area->addr + area->size - 1), hp_base_size);
	hp_check_eq(hp_mapped_huge(area), 0);
}

static void advised_recovers(enum hp_backing backing, size_t pages)
{
	struct hp_shmem *shmem = hp_shmem_new(backing, pages);
	struct hp_area *area = small(shmem);

	advise(shmem, area);
	check_recovers(area);
	hp_check_filled(area, 'k');
}

HP_CASE(advised_alone,
	"khugepaged collapses shmem of a process whose only MADV_HUGEPAGE is on shmem")
{
	hurry("511", "64");
	advised_recovers(HP_MEMFD, 1);
}

HP_CASES(by_itself, "khugepaged collapses shmem with MADV_HUGEPAGE", hp_shmem_kinds, kind)
{
	start_khugepaged("511", "64");
	advised_recovers(kind->backing, 4);
}

HP_CASES(for_others,
	 "another process gets a PMD mapping of collapsed shmem on its next fault",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem;
	struct hp_area *area;
	struct hp_paused *other;

	start_khugepaged("511", "64");
	shmem = hp_shmem_new(kind->backing, 1);
	area = small(shmem);
	hp_paused_child(other) {
		struct hp_area *its = hp_map_all_shmem(shmem, MAP_SHARED);

		hp_check_filled(its, 'k');
		hp_check_eq(hp_mapped_huge(its), 0);
		hp_pause(other);
		hp_check_filled(hp_nth_page(its, 1), 'k');
		hp_check_eq(hp_mapped_huge(its), its->size);
		hp_check_filled(its, 'k');
	}
	advise(shmem, area);
	check_recovers(area);
	hp_resume_ok(other);
	hp_check_filled(area, 'k');
}

HP_CASES(not_allowed,
	 "khugepaged does not collapse shmem that no setting allows to be huge",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem;
	struct hp_area *area;

	start_khugepaged("511", "64");
	shmem = hp_shmem_new(kind->backing, 1);
	area = small(shmem);
	hp_check_ok(madvise(area->addr, area->size, MADV_HUGEPAGE));
	check_leaves_alone(area);
	advise(shmem, area);
	check_recovers(area);
	hp_check_filled(area, 'k');
}

HP_CASES(max_ptes_none,
	 "khugepaged does not collapse shmem with more holes than max_ptes_none",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem;
	struct hp_area *area;

	start_khugepaged("8", "64");
	shmem = hp_shmem_new(kind->backing, 1);
	area = small(shmem);
	hp_punch_shmem(shmem, hp_base_size, 9 * hp_base_size);
	advise(shmem, area);
	check_leaves_alone(area);
	hp_thp_setting("khugepaged/max_ptes_none", "9");
	check_recovers(area);
	hp_check_filled_around(area, hp_part(area, hp_base_size, 9 * hp_base_size), 'k');
	hp_check_zeros(hp_part(area, hp_base_size, 9 * hp_base_size));
}

HP_CASES(max_ptes_swap,
	 "khugepaged does not collapse shmem with more swapped pages than max_ptes_swap",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem;
	struct hp_area *area;
	char limit[24];
	long swapped;

	hp_case_needs("swap");
	start_khugepaged("511", "0");
	shmem = hp_shmem_new(kind->backing, 1);
	area = small(shmem);
	hp_check_ok(madvise(area->addr, 6 * hp_base_size, MADV_PAGEOUT));
	swapped = hp_area_smaps(area).swap / hp_base_kb();
	hp_check(swapped > 0);
	snprintf(limit, sizeof(limit), "%ld", swapped - 1);
	hp_thp_setting("khugepaged/max_ptes_swap", limit);
	advise(shmem, area);
	check_leaves_alone(area);
	snprintf(limit, sizeof(limit), "%ld", swapped);
	hp_thp_setting("khugepaged/max_ptes_swap", limit);
	check_recovers(area);
	hp_check_filled(area, 'k');
}

HP_PROGRAM(.summary = "khugepaged collapses shmem, within its limits",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_admin"), .seconds = 60,
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/transhuge.rst",
				  "Khugepaged controls"},
				 {"doc", "Documentation/admin-guide/mm/transhuge.rst",
				  "Hugepages in tmpfs/shmem"}))
