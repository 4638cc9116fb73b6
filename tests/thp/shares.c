// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * /proc/kpageflags and /proc/kpagecount have an entry for each base page of a huge page,
 * and Pss in smaps divides the size of each base page by the number of processes that map
 * it.
 */
#include "hugeproof.h"

#include <linux/kernel-page-flags.h>

#define HALF (hp_pmd_size / 2)

#define LOOKS 20

/* Whether the flags that were read are those of the area's pages: none has moved. */
static bool flags_read(const struct hp_area *area, uint64_t *flags)
{
	struct hp_pagemap_entry *before, *after;
	bool same = true;

	hp_read_all(area);
	before = hp_page_entries(area);
	for (size_t n = 0; n < hp_base_pages(area); n++)
		if (before[n].pfn)
			flags[n] = hp_frame_flags(before[n].pfn);
	after = hp_page_entries(area);
	for (size_t n = 0; n < hp_base_pages(area); n++)
		same &= before[n].pfn && before[n].pfn == after[n].pfn;
	free(before);
	free(after);
	return same;
}

/* The flags of each base page. */
static const uint64_t *flags_of(const struct hp_area *area)
{
	uint64_t *flags = calloc(hp_base_pages(area), sizeof(*flags));

	hp_require(flags, "no memory");
	for (int look = 0; look < LOOKS; look++)
		if (flags_read(area, flags))
			return flags;
	hp_skip_case("needs pages that stay where they are, but in each of %d looks one of "
		     "%zu was migrated or swapped out: run it in the lab",
		     LOOKS, hp_base_pages(area));
}

static const struct kind {
	struct hp_variant variant;
	enum hp_memory memory;
	size_t size; /* of the folio; 0: that of a PMD */
	int is;      /* KPF_*; -1: not part of a compound page */
} kinds[] = {
	{{"base", "base pages"}, HP_MEMORY_BASE, 1, -1},
	{{"hugetlb", "hugetlb pages"}, HP_MEMORY_HUGETLB, 0, KPF_HUGE},
	{{"mthp", "huge pages of 64 kB"}, HP_MEMORY_MTHP, 64 << 10, KPF_THP},
	{{"thp", "THP"}, HP_MEMORY_THP, 0, KPF_THP},
	{{"tmpfs", "huge tmpfs"}, HP_MEMORY_TMPFS, 0, KPF_THP},
};

HP_CASES(flags, "kpageflags shows of each base page whether a huge page contains it", kinds,
	 kind)
{
	struct hp_area *area = hp_map_filled(kind->memory, hp_pmd_size, 'f');
	size_t size = kind->size ? kind->size : hp_pmd_size;
	size_t pages = size > hp_base_size ? size / hp_base_size : 1;
	const uint64_t *flags = flags_of(area);

	for (size_t n = 0; n < hp_base_pages(area); n++) {
		uint64_t is = flags[n];

		hp_step("base page %zu, flags %#llx", n, (unsigned long long)is);
		hp_check_eq_split(is >> KPF_COMPOUND_HEAD & 1, pages > 1 && n % pages == 0);
		hp_check_eq_split(is >> KPF_COMPOUND_TAIL & 1, n % pages != 0);
		hp_check_eq(is >> KPF_HUGE & 1, kind->is == KPF_HUGE);
		/* For huge pages of each size, not only of those that a PMD maps. */
		hp_check_eq_split(is >> KPF_THP & 1, kind->is == KPF_THP);
		hp_check_eq(is >> KPF_NOPAGE & 1, 0);
		hp_check_eq(is >> KPF_ZERO_PAGE & 1, 0);
		if (n % pages == 0)
			hp_check_eq(is >> KPF_ANON & 1, kind->memory != HP_MEMORY_TMPFS);
	}
}

HP_CASES(not_merged, "kpageflags has no KPF_KSM for pages that KSM has not merged", kinds,
	 kind)
{
	struct hp_area *area = hp_map_filled(kind->memory, hp_pmd_size, 'm');
	const uint64_t *flags = flags_of(area);

	for (size_t n = 0; n < hp_base_pages(area); n++)
		hp_check_eq(flags[n] >> KPF_KSM & 1, 0);
}

HP_CASE(flags_of_zeros,
	"kpageflags has KPF_ZERO_PAGE for the zero page and all of the huge zero page")
{
	struct hp_area *area = hp_map_thp(1), *base = hp_map_base_pages(1);
	const uint64_t *flags;

	hp_case_needs("zero-page");
	hp_thp_setting("use_zero_page", "1");
	flags = flags_of(area);
	for (size_t n = 0; n < hp_base_pages(area); n++) {
		hp_check_eq(flags[n] >> KPF_ZERO_PAGE & 1, 1);
		hp_check_eq(flags[n] >> KPF_THP & 1, 1);
	}
	flags = flags_of(base);
	hp_check_eq(flags[0] >> KPF_ZERO_PAGE & 1, 1);
	hp_check_eq(flags[0] >> KPF_THP & 1, 0);
}

#define MOST_RANGES 64
/* A memory section is at most 512 MB: the middle of such a gap is in one without memory. */
#define LEAST_GAP ((uint64_t)1 << 30)

/* A frame between two ranges of memory. */
static uint64_t frame_of_no_memory(void)
{
	struct hp_iomem ram[MOST_RANGES];
	int n = hp_iomem_read("System RAM", ram, MOST_RANGES);

	hp_require(n > 0 && ram[0].last, "cannot read /proc/iomem");
	for (int i = 1; i < n && i < MOST_RANGES; i++) {
		uint64_t gap = ram[i].first - ram[i - 1].last;

		if (ram[i].first > ram[i - 1].last && gap >= LEAST_GAP)
			return (ram[i - 1].last + gap / 2) / hp_base_size;
	}
	hp_skip_case("needs 1 GB of addresses without memory between two ranges of memory "
		     "(System RAM in /proc/iomem): run it in a guest of 4 GB");
}

HP_CASE(no_page, "kpageflags has KPF_NOPAGE, and nothing else, for a frame of no memory")
{
	uint64_t frame = frame_of_no_memory(), flags = 0;
	int error = hp_page_flags(frame, &flags);

	hp_step("page frame %#llx", (unsigned long long)frame);
	/* All frames around it have no memory either. */
	hp_check(!error || error == -ENODATA);
	hp_check_eq(flags, UINT64_C(1) << KPF_NOPAGE);
}

static uint64_t frames[2];

/*
 * With CONFIG_NO_PAGE_MAPCOUNT the kernel has one count for a whole folio, and shows the
 * average: also of a half that nobody maps.
 */
static void need_count_of_each_page(void)
{
	struct hp_area *area;
	uint64_t frame, count;

	if (!hp_kernel_from(6, 15))
		return;
	area = hp_filled_thp(1, 'a');
	frame = hp_pfn(area->addr + HALF);
	hp_check_ok(munmap(area->addr + HALF, HALF));
	count = hp_frame_mappings(frame);
	if (count && hp_folio_size(area->addr) == hp_pmd_size)
		hp_skip_case("needs a kernel that counts the mappings of each base page "
			     "(without CONFIG_NO_PAGE_MAPCOUNT): run it in the lab");
	hp_unmap(area);
}

static void need_resident(const struct hp_area *area)
{
	long kb = hp_area_smaps(area).swap;

	if (kb)
		hp_skip_case("needs memory that stays resident, but %ld kB were swapped "
			     "out: run it in the lab",
			     kb);
}

/* The mappings of the first base page, and of the first one of the second half. */
static void check_counts(const struct hp_area *area, uint64_t first, uint64_t second)
{
	uint64_t got[2];

	for (int i = 0; i < 2; i++)
		got[i] = hp_frame_mappings(frames[i]);
	need_resident(area);
	hp_check_unmoved(hp_pfn(area->addr) == frames[0]);
	hp_check_eq_split(got[0], first);
	/* When the folio is split, a half that nobody maps is freed. */
	if (second || hp_folio_size(area->addr) == hp_pmd_size)
		hp_check_eq_split(got[1], second);
}

/* The process maps `own_kb` alone, and `shared_kb` together with another one. */
static void check_pss(const struct hp_area *area, long own_kb, long shared_kb)
{
	struct hp_smaps sum;

	hp_check_ok(hp_smaps_sum(0, area->addr, area->size, &sum));
	hp_check_eq_split(sum.rss + sum.swap, own_kb + shared_kb);
	need_resident(area);
	/* A page that is being migrated counts in full. */
	hp_check_eq_split(sum.pss, own_kb + shared_kb / 2);
}

/* This unmaps a huge page of a file as a whole; the read maps the first half again. */
static void unmap_second_half(const struct hp_area *area)
{
	hp_check_ok(munmap(area->addr + HALF, HALF));
	hp_read_all(hp_part(area, 0, HALF));
}

HP_CASES(shared, "kpagecount and Pss are right when processes map half of a huge page",
	 hp_swappable_kinds, kind)
{
	const long kb = (long)(hp_pmd_size / 1024);
	/* Other kinds free the second half, and its frames may be used again. */
	const bool one_folio =
		kind->memory == HP_MEMORY_THP || kind->memory == HP_MEMORY_TMPFS;
	struct hp_area *area;
	struct hp_paused *child;

	hp_khugepaged_calm();
	if (one_folio)
		need_count_of_each_page();
	area = hp_map_filled(kind->memory, hp_pmd_size, 's');
	frames[0] = hp_pfn(area->addr);
	frames[1] = hp_pfn(area->addr + HALF);
	check_counts(area, 1, 1);
	check_pss(area, kb, 0);
	hp_paused_child(child) {
		hp_read_all(area);
		check_counts(area, 2, 2);
		check_pss(area, 0, kb);
		hp_step("the child unmaps the second half");
		unmap_second_half(area);
		check_counts(area, 2, 1);
		check_pss(area, 0, kb / 2);
		hp_pause(child);
	}
	hp_step("a child has half of it");
	check_counts(area, 2, 1);
	check_pss(area, kb / 2, kb / 2);
	hp_step("the parent unmaps the second half");
	unmap_second_half(area);
	if (one_folio)
		check_counts(area, 2, 0);
	check_pss(area, 0, kb / 2);
	hp_resume_ok(child);
	if (one_folio)
		check_counts(area, 1, 0);
	check_pss(area, kb / 2, 0);
	hp_check_filled(hp_part(area, 0, HALF), 's');
}

HP_PROGRAM(.summary = "kpageflags, kpagecount and Pss are right for each base page of a "
		      "huge page",
	   .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("hugetlb:1", "thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/pagemap.rst"},
				 {"doc", "Documentation/filesystems/proc.rst", "Pss"}))
