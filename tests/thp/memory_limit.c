// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Where a huge page would exceed memory.max, the kernel falls back to a base page; the
 * failed attempt leaks no page and no charge.
 */
#include "hugeproof.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

/*
 * What else a cgroup is charged meanwhile: page tables, stacks, and the per-CPU stock of
 * the one CPU that the case runs on, 64 base pages (MEMCG_CHARGE_BATCH), twice.
 */
#define BESIDE ((long)(2 * 64 * hp_base_size) + (256L << 10))

static const char *group;
static long before;

static void begin(void)
{
	if ((long)hp_pmd_size <= 2 * BESIDE)
		hp_skip_case("a huge page is no more than what a group is charged for "
			     "besides");
	hp_one_cpu();
	group = hp_cgroup("memory");
	/* No page can be swapped out to make room. */
	hp_write_text(hp_path_in(group, "memory.swap.max"), "0");
	hp_cgroup_enter(group);
	before = hp_cgroup_usage(group);
}

static void limit(long bytes)
{
	hp_cgroup_memory_limit(group, before + bytes + BESIDE);
}

static void check_charged(long bytes)
{
	long charged = hp_cgroup_usage(group) - before;

	hp_check_range(charged, bytes - BESIDE, bytes + BESIDE);
	hp_check_eq(hp_cgroup_memory_events(group, "oom_kill"), 0);
}

HP_CASE(anon, "a fault allocates a base page if a THP would exceed memory.max")
{
	struct hp_area *area;
	struct hp_vmstat start;

	begin();
	area = hp_map_thp(2);
	hp_touch(hp_nth_page(area, 0));
	hp_require_huge(hp_nth_page(area, 0));
	check_charged((long)hp_pmd_size);
	limit((long)hp_pmd_size);
	start = hp_events();
	hp_step("touches the second one");
	*(volatile char *)hp_page(area, 1) = 1;
	hp_check_eq(hp_folio_size(hp_page(area, 1)), hp_base_size);
	check_charged((long)hp_pmd_size);
	hp_check_event(start, "thp_fault_fallback_charge", 1);
	hp_check_event(start, "thp_fault_alloc", 0);
	hp_unmap(area);
	check_charged(0);
}

HP_CASE(file, "shmem gets a base page if a huge page would exceed memory.max")
{
	struct hp_area *area;
	struct hp_vmstat start;
	int fd;

	begin();
	fd = hp_shmem_file(2);
	area = hp_map_shmem(fd, 2, MAP_SHARED);
	hp_touch(hp_nth_page(area, 0));
	hp_require_huge(hp_nth_page(area, 0));
	limit((long)hp_pmd_size);
	start = hp_events();
	*(volatile char *)hp_page(area, 1) = 1;
	hp_check_eq(hp_folio_size(hp_page(area, 1)), hp_base_size);
	check_charged((long)hp_pmd_size);
	hp_check_event(start, "thp_file_fallback_charge", 1);
	hp_check_ok(ftruncate(fd, 0));
	check_charged(0);
}

HP_CASE(collapsed, "a collapse that would exceed memory.max fails and keeps the base pages")
{
	struct hp_area *area;

	begin();
	area = hp_map_anon(hp_pmd_size);
	hp_check_ok(madvise(area->addr, area->size, MADV_NOHUGEPAGE));
	area->page_size = hp_base_size;
	hp_fill(area, 'c');
	hp_check_ok(madvise(area->addr, area->size, MADV_HUGEPAGE));
	limit((long)hp_pmd_size);
	for (int i = 0; i < 3; i++) {
		hp_check_eq(madvise(area->addr, area->size, MADV_COLLAPSE), -1);
		if (errno == EINVAL)
			hp_skip_case("needs MADV_COLLAPSE (Linux 6.1): run it in the lab");
		check_charged((long)hp_pmd_size);
	}
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_filled(area, 'c');
	hp_step("the limit is higher");
	limit(2 * (long)hp_pmd_size);
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), hp_pmd_size);
	hp_check_filled(area, 'c');
	check_charged((long)hp_pmd_size);
}

/* Faults of both kinds fall back to base pages. */
static void fall_back(void *arg)
{
	struct hp_area *area = hp_map_thp(2);
	int fd = hp_shmem_file(2);
	struct hp_area *shared = hp_map_shmem(fd, 2, MAP_SHARED);

	(void)arg;
	*(volatile char *)hp_page(area, 0) = 1;
	*(volatile char *)hp_page(area, 1) = 1;
	*(volatile char *)hp_page(shared, 0) = 1;
	*(volatile char *)hp_page(shared, 1) = 1;
	hp_unmap(area);
	hp_unmap(shared);
	hp_check_ok(close(fd));
}

HP_CASE(kept, "no kernel memory is leaked when memory.max refuses huge pages")
{
	struct hp_vmstat start;

	begin();
	limit(0);
	start = hp_events();
	fall_back(NULL);
	hp_check_event(start, "thp_fault_fallback_charge", 2);
	hp_check_event(start, "thp_file_fallback_charge", 2);
	hp_check_balanced(HP_BALANCE_TIMES, fall_back, NULL);
}

HP_PROGRAM(.summary = "base pages are allocated where a huge page would exceed memory.max",
	   .page_sizes = HP_NO_PAGE_SIZE, .seconds = 40,
	   .needs = HP_NEEDS("thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/transhuge.rst",
				  "thp_fault_fallback_charge"},
				 {"doc", "Documentation/admin-guide/cgroup-v2.rst",
				  "memory.max"}))
