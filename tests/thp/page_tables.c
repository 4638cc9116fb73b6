// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * MADV_DONTNEED of all that a page table maps gives the table back (CONFIG_PT_RECLAIM), but
 * not a table in which something is left: a page, a guard, a marker of userfaultfd. What
 * is touched again gets a new table and new pages.
 */
#include "hugeproof.h"

#define TABLES 16

static const struct kind {
	struct hp_variant variant;
	int flags;
} kinds[] = {
	{{"anon", "anonymous memory"}, MAP_PRIVATE},
	{{"shmem", "shared memory"}, MAP_SHARED},
};

/* Of all of this process, in tables. */
static long tables(void)
{
	return hp_own_status().vm_pte * 1024 / (long)hp_base_size;
}

/* Base pages, as many as sixteen page tables map. */
static struct hp_area *filled(const struct kind *kind)
{
	struct hp_area *area;
	long before;

#if !defined(__x86_64__)
	hp_skip_case("needs a processor whose page tables the kernel gives back (x86_64)");
#endif
	if (!hp_kernel_from(6, 14))
		hp_skip_case(
			"needs page tables that are given back (CONFIG_PT_RECLAIM, Linux "
			"6.14): run it on a newer kernel");
	hp_khugepaged_calm();
	area = hp_map_aligned(TABLES * hp_pmd_size, kind->flags | MAP_ANONYMOUS, -1, 0, 0);
	area->page_size = hp_base_size;
	hp_check_ok(madvise(area->addr, area->size, MADV_NOHUGEPAGE));
	before = tables();
	hp_fill(area, 't');
	hp_require(tables() - before >= TABLES, "%ld page tables for %d huge pages",
		   tables() - before, TABLES);
	return area;
}

static void drop(const struct hp_area *area, size_t first, size_t bytes)
{
	hp_check_ok(madvise(area->addr + first, bytes, MADV_DONTNEED));
}

/* Shared memory keeps its pages. */
static void check_again(const struct kind *kind, const struct hp_area *part)
{
	if (kind->flags == MAP_SHARED)
		hp_check_filled(part, 't');
	else
		hp_check_zeros(part);
	hp_check_writable(part, 'n');
}

HP_CASES(given_back, "MADV_DONTNEED of %s gives back its page tables", kinds, kind)
{
	struct hp_area *area = filled(kind);
	long before = tables();

	drop(area, 0, area->size);
	hp_check_eq(before - tables(), TABLES);
	hp_check_eq(hp_area_smaps(area).rss, 0);
	check_again(kind, area);
	hp_check_eq(tables(), before);
}

HP_CASES(one, "MADV_DONTNEED of what one table maps, in %s, gives back that table", kinds,
	 kind)
{
	struct hp_area *area = filled(kind), part;
	long before = tables();

	part = hp_part_of(area, 3 * hp_pmd_size, hp_pmd_size);
	drop(area, 3 * hp_pmd_size, hp_pmd_size);
	hp_check_eq(before - tables(), 1);
	hp_check_filled_around(area, &part, 't');
	check_again(kind, &part);
	hp_check_eq(tables(), before);
}

HP_CASES(part, "MADV_DONTNEED of a part of what a table maps, in %s, leaves the table",
	 kinds, kind)
{
	struct hp_area *area = filled(kind), part;
	long before = tables();

	part = hp_part_of(area, hp_base_size, hp_pmd_size - hp_base_size);
	drop(area, hp_base_size, part.size);
	hp_check_eq(tables(), before);
	hp_check_filled_around(area, &part, 't');
	check_again(kind, &part);
}

/* The first and the last table have half of their pages left. */
HP_CASES(across, "MADV_DONTNEED across tables, in %s, gives back those in the middle",
	 kinds, kind)
{
	struct hp_area *area = filled(kind), part;
	size_t half = hp_pmd_size / 2;
	long before = tables();

	part = hp_part_of(area, half, area->size - 2 * half);
	drop(area, half, part.size);
	hp_check_eq(before - tables(), TABLES - 2);
	hp_check_filled_around(area, &part, 't');
	check_again(kind, &part);
	hp_check_eq(tables(), before);
}

HP_CASE(guard, "a page table with a guard is not given back, and the guard stays")
{
	struct hp_area *area = filled(&kinds[0]);
	char *guard = hp_page(area, 7);
	long before;

	hp_need_advice(MADV_GUARD_INSTALL, "MADV_GUARD_INSTALL (Linux 6.13)");
	hp_check_ok(madvise(guard, hp_base_size, MADV_GUARD_INSTALL));
	before = tables();
	drop(area, 0, area->size);
	hp_check_eq(before - tables(), TABLES - 1);
	hp_check_fault(area, guard, HP_READ, SIGSEGV, SEGV_MAPERR);
	hp_check_zeros(hp_part(area, 0, 7 * hp_base_size));
	hp_check_zeros(hp_part(area, 8 * hp_base_size, area->size - 8 * hp_base_size));
	hp_check_fault(area, guard, HP_WRITE, SIGSEGV, SEGV_MAPERR);
}

HP_CASE(protected, "a page table with a write-protected file page is not given back")
{
	struct hp_area *area = filled(&kinds[1]);
	int uffd = hp_uffd_write_protected(area);
	long before;

	hp_check_eq(hp_uffd_protect(uffd, hp_page(area, 7), hp_base_size, true), 0);
	before = tables();
	drop(area, 0, area->size);
	hp_check_eq(before - tables(), TABLES - 1);
	hp_step("the page is still protected");
	hp_check_filled(area, 't');
	hp_check_eq(hp_uffd_protected(area->addr, area->size), 1);
	hp_check_eq(hp_uffd_protected(hp_page(area, 7), hp_base_size), 1);
}

HP_CASE(forked, "a child that gives page tables back leaves its parent's as they are")
{
	struct hp_area *area = filled(&kinds[0]);
	long before = tables();

	hp_in_child() {
		long own = tables();

		drop(area, 0, area->size);
		hp_check_eq(own - tables(), TABLES);
		hp_check_zeros(area);
		hp_check_writable(area, 'c');
	}
	hp_check_eq(tables(), before);
	hp_check_filled(area, 't');
}

HP_PROGRAM(.summary = "MADV_DONTNEED of all that a page table maps gives the table back",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap", "root"),
	   .sources = HP_SOURCES({"commit", "6375e95f381e",
				  "mm: pgtable: reclaim empty PTE page in "
				  "madvise(MADV_DONTNEED)"}))
