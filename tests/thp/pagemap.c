// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Each entry of /proc/PID/pagemap is about one base page, whether it is mapped by a PMD or
 * by PTEs: whose page it is, whether others map it, and nothing where nothing is mapped.
 */
#include "hugeproof.h"

/* An unaligned part of a huge page. */
#define FIRST 37
#define PAGES 100

/* How many base pages of an area have bit 61. */
static size_t of_files(const struct hp_area *area)
{
	struct hp_pagemap_entry *seen = hp_page_entries(area);
	size_t n = 0;

	for (size_t i = 0; i < area->size / hp_base_size; i++)
		n += seen[i].file_or_shared;
	free(seen);
	return n;
}

HP_CASES(file, "pagemap tells pages of files from anonymous ones, before and after a split",
	 hp_memory_kinds, kind)
{
	struct hp_area *area;
	size_t expected;

	if (kind->memory == HP_MEMORY_HUGETLB)
		hp_case_needs_pages(1);
	area = hp_map_filled(kind->memory, hp_pmd_size, 'f');
	expected = kind->memory == HP_MEMORY_TMPFS ? area->size / hp_base_size : 0;
	hp_check_eq(of_files(area), expected);
	if (kind->memory == HP_MEMORY_HUGETLB)
		return;
	hp_step("after a split of the mapping");
	hp_check_ok(mprotect(area->addr + FIRST * hp_base_size, PAGES * hp_base_size,
			     PROT_READ));
	hp_check_filled(area, 'f');
	hp_check_eq(of_files(area), expected);
}

static const struct half {
	struct hp_variant variant;
	bool child; /* the child unmaps the part, or else the parent */
} halves[] = {
	{{"part_of_child", "a child"}, true},
	{{"part_of_parent", "the parent"}, false},
};

static void check_alone(const struct hp_area *area)
{
	struct hp_pagemap_entry *seen = hp_page_entries(area);
	uint64_t frame = hp_pfn(area->addr);

	hp_check_eq(hp_mapped_huge(area), hp_pmd_size);
	if (hp_frame_mappings(frame + FIRST) == hp_frame_mappings(frame))
		hp_skip_case(
			"needs a count of mappings for each base page of a large folio "
			"(no CONFIG_NO_PAGE_MAPCOUNT): run it in the lab");
	for (size_t i = 0; i < area->size / hp_base_size; i++) {
		hp_step("base page %zu", i);
		hp_check_eq(seen[i].exclusive, i >= FIRST && i < FIRST + PAGES);
	}
	free(seen);
}

/*
 * The parent keeps its PMD, or the child does, while the other maps some base pages only.
 */
HP_CASES(exclusive,
	 "pagemap tells which base pages are no longer shared when %s unmaps them", halves,
	 half)
{
	struct hp_area *area, part;
	struct hp_paused *child;

	hp_khugepaged_calm();
	area = hp_filled_thp(1, 'e');
	part = hp_part_of(area, FIRST * hp_base_size, PAGES * hp_base_size);
	hp_paused_child(child) {
		if (half->child)
			hp_check_ok(munmap(part.addr, part.size));
		hp_pause(child);
		if (!half->child)
			check_alone(area);
	}
	if (half->child)
		check_alone(area);
	else
		hp_check_ok(munmap(part.addr, part.size));
	hp_resume_ok(child);
}

/* The gaps are within one page table, which a mapping on each side has allocated. */
HP_CASE(unmapped, "pagemap has no soft-dirty addresses between mappings")
{
	struct hp_area *room = hp_map_anon(hp_pmd_size);
	struct hp_area gaps[] = {
		hp_area_at(room->addr + 5 * hp_base_size, 3 * hp_base_size, hp_base_size),
		hp_area_at(room->addr + 9 * hp_base_size, hp_base_size, hp_base_size),
	};
	struct hp_area *far;

	hp_case_needs("soft-dirty");
	hp_check_ok(madvise(room->addr, room->size, MADV_NOHUGEPAGE));
	hp_step("no page is there");
	for (size_t g = 0; g < 2; g++)
		hp_check_ok(munmap(gaps[g].addr, gaps[g].size));
	for (size_t g = 0; g < 2; g++)
		hp_check_eq(hp_sum_pages(&gaps[g]).soft_dirty, 0);
	hp_step("beside pages");
	*(volatile char *)room->addr = 'u';
	*(volatile char *)(room->addr + 8 * hp_base_size) = 'u';
	for (size_t g = 0; g < 2; g++)
		hp_check_eq(hp_sum_pages(&gaps[g]).soft_dirty, 0);
	hp_step("a page table's room before a mapping");
	far = hp_map_anon(2 * hp_pmd_size);
	hp_check_ok(munmap(far->addr, hp_pmd_size + 3 * hp_base_size));
	hp_check_eq(hp_sum_pages(hp_part(far, hp_base_size, hp_pmd_size)).soft_dirty, 0);
}

HP_PROGRAM(.summary = "pagemap describes each base page of a huge page",
	   .page_sizes = HP_PMD_SIZE, .needs = HP_NEEDS("thp", "root", "pagemap"),
	   .case_tags = HP_CASE_TAGS({"exclusive_*", "regression"}),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/pagemap.rst"},
				 {"commit", "2c1f057e5be6",
				  "fs/proc/task_mmu: properly detect PM_MMAP_EXCLUSIVE per "
				  "page of PMD-mapped THPs"}))
