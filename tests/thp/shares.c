// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Each base page is told of as what it is (/proc/kpageflags), as often mapped as it is
 * (/proc/kpagecount), and as much a process's as others leave of it (Pss), though it is a
 * part of a larger page.
 */
#include "hugeproof.h"

#include <linux/kernel-page-flags.h>

#define HALF (hp_pmd_size / 2)

static uint64_t flags_of(const struct hp_area *area, size_t base_page)
{
	uint64_t flags = 0;

	hp_check_ok(hp_page_flags(hp_pfn(area->addr + base_page * hp_base_size), &flags));
	return flags;
}

static const struct kind {
	struct hp_variant variant;
	enum hp_memory memory;
	size_t size; /* of the folio; 0: that of a PMD */
	int is;      /* KPF_*; -1: not a part of anything */
} kinds[] = {
	{{"base", "base pages"}, HP_MEMORY_BASE, 1, -1},
	{{"hugetlb", "hugetlb pages"}, HP_MEMORY_HUGETLB, 0, KPF_HUGE},
	{{"mthp", "huge pages of 64 kB"}, HP_MEMORY_MTHP, 64 << 10, KPF_THP},
	{{"thp", "THP"}, HP_MEMORY_THP, 0, KPF_THP},
	{{"tmpfs", "huge tmpfs"}, HP_MEMORY_TMPFS, 0, KPF_THP},
};

HP_CASES(flags, "kpageflags tells what each base page is a part of", kinds, kind)
{
	struct hp_area *area = hp_map_filled(kind->memory, hp_pmd_size, 'f');
	size_t size = kind->size ? kind->size : hp_pmd_size;
	size_t pages = size > hp_base_size ? size / hp_base_size : 1;

	for (size_t n = 0; n < hp_pmd_size / hp_base_size; n++) {
		uint64_t is = flags_of(area, n);

		hp_check_eq(is >> KPF_COMPOUND_HEAD & 1, pages > 1 && n % pages == 0);
		hp_check_eq(is >> KPF_COMPOUND_TAIL & 1, n % pages != 0);
		hp_check_eq(is >> KPF_HUGE & 1, kind->is == KPF_HUGE);
		/* Kernels before 6.9 told of those of 64 kB in the same way. */
		hp_check_eq(is >> KPF_THP & 1, kind->is == KPF_THP);
		hp_check_eq(is >> KPF_NOPAGE & 1, 0);
		hp_check_eq(is >> KPF_ZERO_PAGE & 1, 0);
		if (n % pages == 0)
			hp_check_eq(is >> KPF_ANON & 1, kind->memory != HP_MEMORY_TMPFS);
	}
}

HP_CASES(not_merged, "kpageflags has KPF_KSM of no page that KSM has not merged", kinds,
	 kind)
{
	struct hp_area *area = hp_map_filled(kind->memory, hp_pmd_size, 'm');

	for (size_t n = 0; n < hp_pmd_size / hp_base_size; n++)
		hp_check_eq(flags_of(area, n) >> KPF_KSM & 1, 0);
}

HP_CASE(flags_of_zeros, "kpageflags tells the huge zero page and the zero page")
{
	struct hp_area *area = hp_map_thp(1), *base = hp_map_base_pages(1);

	hp_case_needs("zero-page");
	hp_thp_setting("use_zero_page", "1");
	hp_read_all(area);
	hp_read_all(base);
	for (size_t n = 0; n < hp_pmd_size / hp_base_size; n++) {
		hp_check_eq(flags_of(area, n) >> KPF_ZERO_PAGE & 1, 1);
		hp_check_eq(flags_of(area, n) >> KPF_THP & 1, 1);
	}
	hp_check_eq(flags_of(base, 0) >> KPF_ZERO_PAGE & 1, 1);
	hp_check_eq(flags_of(base, 0) >> KPF_THP & 1, 0);
}

static uint64_t frames[2];

/* Of the first base page, and of the first behind the half. */
static void check_counts(uint64_t first, uint64_t second)
{
	uint64_t got[2] = {0};

	for (int i = 0; i < 2; i++)
		hp_check_ok(hp_page_count(frames[i], &got[i]));
	hp_check_eq(got[0], first);
	hp_check_eq(got[1], second);
}

/* Of a process that has the first `kb` of the area to itself, and a half of the rest. */
static void check_pss(const struct hp_area *area, long own_kb, long shared_kb)
{
	struct hp_smaps sum;

	hp_check_ok(hp_smaps_sum(0, area->addr, area->size, &sum));
	hp_check_eq(sum.rss, own_kb + shared_kb);
	hp_check_eq(sum.pss, own_kb + shared_kb / 2);
}

/* A huge page of a file is mapped no more then, until its parts are touched. */
static void unmap_second_half(const struct hp_area *area)
{
	hp_check_ok(munmap(area->addr + HALF, HALF));
	hp_read_all(hp_part(area, 0, HALF));
}

HP_CASES(shared, "each base page is as often mapped, and as much one's own, as it is",
	 hp_swappable_kinds, kind)
{
	const long kb = (long)(hp_pmd_size / 1024);
	/* Of others the second half is given back, and somebody may have it. */
	const bool one_folio =
		kind->memory == HP_MEMORY_THP || kind->memory == HP_MEMORY_TMPFS;
	struct hp_area *area;
	struct hp_paused *child;

	hp_khugepaged_calm();
	area = hp_map_filled(kind->memory, hp_pmd_size, 's');
	frames[0] = hp_pfn(area->addr);
	frames[1] = hp_pfn(area->addr + HALF);
	check_counts(1, 1);
	check_pss(area, kb, 0);
	hp_paused_child(child) {
		hp_read_all(area);
		check_counts(2, 2);
		check_pss(area, 0, kb);
		hp_step("the child unmaps the second half");
		unmap_second_half(area);
		check_counts(2, 1);
		check_pss(area, 0, kb / 2);
		hp_pause(child);
	}
	hp_step("a child has half of it");
	check_counts(2, 1);
	check_pss(area, kb / 2, kb / 2);
	hp_step("the parent unmaps the second half");
	unmap_second_half(area);
	if (one_folio)
		check_counts(2, 0);
	check_pss(area, 0, kb / 2);
	hp_resume_ok(child);
	if (one_folio)
		check_counts(1, 0);
	check_pss(area, kb / 2, 0);
	hp_check_filled(hp_part(area, 0, HALF), 's');
}

HP_PROGRAM(.summary = "parts of huge pages are told of as what they are",
	   .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("hugetlb:1", "thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/pagemap.rst"},
				 {"doc", "Documentation/filesystems/proc.rst", "Pss"}))
