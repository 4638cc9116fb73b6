// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The memory cgroup is charged for THPs as for base pages, and its anon_thp counts those
 * that are PMD-mapped.
 */
#include "hugeproof.h"

#define COMES_S 5 /* per-CPU statistics are folded within two seconds */

static const char *group;

static struct hp_area *begin(size_t huge_pages)
{
	group = hp_cgroup("memory");
	hp_cgroup_enter(group);
	hp_khugepaged_calm();
	return hp_map_filled(HP_MEMORY_THP, huge_pages * hp_pmd_size, 'c');
}

static void check_huge(size_t bytes)
{
	hp_eventually(hp_cgroup_memory(group, "anon_thp") == (long)bytes, COMES_S);
}

HP_CASE(mapped,
	"anon_thp of the cgroup counts each THP until its PMD mapping is split or removed")
{
	struct hp_area *area = begin(4);

	check_huge(area->size);
	hp_check(hp_cgroup_memory(group, "anon") >= (long)area->size);
	hp_check_ok(mprotect(area->addr + hp_base_size, hp_base_size, PROT_READ));
	check_huge(3 * hp_pmd_size);
	hp_check(hp_cgroup_memory(group, "anon") >= (long)area->size);
	hp_check_ok(munmap(hp_page(area, 1), hp_pmd_size));
	check_huge(2 * hp_pmd_size);
	hp_check_ok(madvise(hp_page(area, 2), hp_pmd_size, MADV_DONTNEED));
	check_huge(hp_pmd_size);
	hp_check_ok(munmap(hp_page(area, 2), 2 * hp_pmd_size));
	check_huge(0);
	hp_check_filled(hp_nth_page(area, 0), 'c');
}

HP_CASE(collapsed,
	"a collapse adds one THP to anon_thp and leaves the cgroup's charge as it was")
{
	struct hp_area *area = begin(1), *small = hp_map_anon(hp_pmd_size);
	long anon;

	hp_check_ok(madvise(small->addr, small->size, MADV_NOHUGEPAGE));
	hp_fill(small, 's');
	check_huge(area->size);
	anon = (long)(2 * hp_pmd_size);
	hp_eventually(hp_cgroup_memory(group, "anon") >= anon, COMES_S);
	anon = hp_cgroup_memory(group, "anon");
	hp_check_ok(madvise(small->addr, small->size, MADV_HUGEPAGE));
	hp_check_eq(hp_collapse(small), 0);
	check_huge(2 * hp_pmd_size);
	/* Activity of the case itself changes the charge by less than half a THP. */
	hp_eventually(labs(hp_cgroup_memory(group, "anon") - anon) < (long)hp_pmd_size / 2,
		      COMES_S);
	hp_check_filled(small, 's');
	hp_unmap(small);
	hp_unmap(area);
	check_huge(0);
}

static void child(void *arg)
{
	const struct hp_area *area = arg;

	hp_check_filled(area, 'c');
	check_huge(area->size);
	hp_fill(area, 'd');
	hp_check_filled(area, 'd');
}

HP_CASE(forked, "anon_thp counts a THP that fork shares once")
{
	struct hp_area *area = begin(2);

	check_huge(area->size);
	hp_wait_ok(hp_fork(child, area));
	check_huge(area->size);
	hp_check_filled(area, 'c');
}

HP_CASE(swapped, "anon_thp does not count swapped-out THPs, nor base pages that came back")
{
	struct hp_area *area;

	hp_case_needs("swap");
	area = begin(2);
	check_huge(area->size);
	hp_page_out(area);
	check_huge(0);
	hp_check_filled(area, 'c');
	check_huge(hp_mapped_huge(area));
}

HP_PROGRAM(.summary = "the memory cgroup is charged for THPs",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root", "pagemap"),
	   .seconds = 30,
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/cgroup-v2.rst",
				  "anon_thp"}))
