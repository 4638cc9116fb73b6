// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Naming a part of anonymous memory (PR_SET_VMA_ANON_NAME) splits the mapping but keeps its
 * contents and pages; without the name the VMAs merge again.
 */
#include "hugeproof.h"

#include <sys/prctl.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA           0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

static int name(const void *addr, size_t bytes, const char *what)
{
	int failed = prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, addr, bytes, what);

	if (failed && errno == EINVAL && what && !strchr(what, '['))
		hp_skip_case("needs CONFIG_ANON_VMA_NAME: run it in the lab");
	return failed;
}

/* The number of VMAs of this process with that name. */
static int named(const char *what)
{
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "re");
	int n = 0;

	hp_require(maps, "cannot read /proc/self/maps");
	while (fgets(line, sizeof(line), maps))
		n += strstr(line, what) != NULL;
	fclose(maps);
	return n;
}

static size_t mapping_of(const void *addr)
{
	struct hp_smaps map;

	hp_check_ok(hp_smaps_read(0, addr, &map));
	return map.end - map.start;
}

HP_CASES(part, "naming a part inside THPs splits the VMA, and removing the name merges it",
	 hp_anonymous_kinds, way)
{
	struct hp_area *area = hp_map_filled(way->memory, 2 * hp_pmd_size, 'n');
	size_t at = hp_pmd_size / 2 + 3 * hp_base_size, bytes = hp_pmd_size;
	uint64_t frame = hp_pfn(area->addr + at);
	size_t whole;

	hp_khugepaged_calm();
	whole = mapping_of(area->addr);
	hp_check_ok(name(area->addr + at, bytes, "hugeproof part"));
	hp_check_eq(named("[anon:hugeproof part]"), 1);
	hp_check_eq(mapping_of(area->addr + at), bytes);
	hp_check_filled(area, 'n');
	hp_check_unmoved(hp_pfn(area->addr + at) == frame);
	hp_check_ok(name(area->addr + at, bytes, NULL));
	hp_check_eq(named("hugeproof part"), 0);
	hp_check_eq(mapping_of(area->addr + at), whole);
	hp_check_filled(area, 'n');
}

HP_CASES(side_by_side, "adjacent VMAs merge if and only if their names are equal",
	 hp_anonymous_kinds, way)
{
	struct hp_area *area = hp_map_filled(way->memory, 2 * hp_pmd_size, 'n');
	size_t at = hp_pmd_size / 2, bytes = 9 * hp_base_size;

	hp_khugepaged_calm();
	hp_check_ok(name(area->addr + at, bytes, "hugeproof one"));
	hp_check_ok(name(area->addr + at + bytes, bytes, "hugeproof two"));
	hp_check_eq(mapping_of(area->addr + at), bytes);
	hp_check_eq(mapping_of(area->addr + at + bytes), bytes);
	hp_check_eq(named("[anon:hugeproof one]"), 1);
	hp_check_eq(named("[anon:hugeproof two]"), 1);
	hp_check_ok(name(area->addr + at + bytes, bytes, "hugeproof one"));
	hp_check_eq(mapping_of(area->addr + at), 2 * bytes);
	hp_check_filled(area, 'n');
}

HP_CASE(whole, "a named range of a whole THP stays PMD-mapped")
{
	struct hp_area *area = hp_map_filled(HP_MEMORY_THP, 2 * hp_pmd_size, 'n');

	hp_khugepaged_calm();
	hp_check_ok(name(area->addr, hp_pmd_size, "hugeproof whole"));
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_eq(named("[anon:hugeproof whole]"), 1);
	hp_check_filled(area, 'n');
}

HP_CASE(refused,
	"naming fails with EBADF for hugetlb, EINVAL for a bracket and ENOMEM for a hole")
{
	struct hp_area *area = hp_map_filled(HP_MEMORY_THP, 2 * hp_pmd_size, 'n');
	struct hp_area *hugetlb = hp_filled_hugetlb(1, MAP_PRIVATE, 'h');

	hp_check_errno(name(area->addr, hp_pmd_size, "a[b"), EINVAL);
	hp_check_errno(name(hugetlb->addr, hugetlb->size, "hugetlb"), EBADF);
	hp_check_ok(munmap(hp_page(area, 1), hp_pmd_size));
	hp_check_errno(name(area->addr, area->size, "hugeproof hole"), ENOMEM);
	hp_check_filled(hp_nth_page(area, 0), 'n');
	hp_check_filled(hugetlb, 'h');
}

HP_PROGRAM(.summary = "naming splits and merges VMAs, but no pages",
	   .page_sizes = HP_PMD_SIZE, .needs = HP_NEEDS("hugetlb:1", "thp", "pagemap"),
	   .sources = HP_SOURCES({"man", "prctl(2)", "PR_SET_VMA_ANON_NAME"}))
