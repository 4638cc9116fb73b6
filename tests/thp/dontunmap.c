// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mremap with MREMAP_DONTUNMAP moves the pages and leaves the old range mapped without
 * them: private memory reads as zeros there, and a file mapping still maps the file.
 */
#include "hugeproof.h"

/* Moves the part to an address `past` bytes after a multiple of the THP size. */
static struct hp_area moved(const struct hp_area *area, size_t at, size_t bytes,
			    size_t past)
{
	struct hp_area part = hp_part_of(area, at, bytes);
	char *to = hp_free_addresses(bytes + hp_pmd_size, hp_pmd_size) + past;

	hp_check(mremap(area->addr + at, bytes, bytes,
			MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, to) == to);
	part.addr = to;
	return part;
}

/* Checks the contents of the old range. */
static void check_left(enum hp_memory memory, const struct hp_area *area, size_t at,
		       size_t bytes)
{
	struct hp_pagemap_entry page;

	if (memory == HP_MEMORY_TMPFS) {
		hp_check_filled(area, 'u');
		return;
	}
	for (size_t i = 0; i < bytes; i += hp_base_size) {
		hp_check_ok(hp_page_read(0, area->addr + at + i, &page));
		hp_check(!page.present && !page.swapped);
	}
	for (size_t i = 0; i < bytes; i += 8)
		hp_check_eq(*(volatile uint64_t *)(area->addr + at + i), 0);
}

/* Checked with a base page, so that EINVAL for huge pages counts as a failure. */
static void need_dontunmap(enum hp_memory memory)
{
	bool file = memory == HP_MEMORY_TMPFS;
	char *page = mmap(NULL, hp_base_size, PROT_READ,
			  (file ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS, -1, 0);

	hp_check_ok(page);
	if (mremap(page, hp_base_size, hp_base_size, MREMAP_MAYMOVE | MREMAP_DONTUNMAP,
		   NULL) == MAP_FAILED &&
	    errno == EINVAL)
		hp_skip_case("needs MREMAP_DONTUNMAP of %s: run it in the lab",
			     file ? "files (Linux 5.13)" : "anonymous memory (Linux 5.7)");
}

static struct hp_area *filled(enum hp_memory memory, size_t huge_pages)
{
	need_dontunmap(memory);
	hp_khugepaged_calm();
	return hp_map_filled(memory, huge_pages * hp_pmd_size, 'u');
}

HP_CASES(whole,
	 "MREMAP_DONTUNMAP of a whole mapping moves its frames, and a huge page stays one",
	 hp_swappable_kinds, way)
{
	struct hp_area *area = filled(way->memory, 2), there;
	uint64_t frame = hp_pfn(area->addr), folio = hp_folio_size(area->addr);

	there = moved(area, 0, area->size, 0);
	hp_check_eq(hp_area_smaps(area).rss, 0);
	hp_check_eq(hp_area_smaps(&there).rss, there.size / 1024);
	hp_check_filled(&there, 'u');
	hp_check_unmoved(hp_pfn(there.addr) == frame);
	hp_check_eq(hp_folio_size(there.addr), folio);
	if (way->memory == HP_MEMORY_THP)
		hp_check_eq(hp_mapped_huge(&there), there.size);
	check_left(way->memory, area, 0, area->size);
	hp_step("both ranges are written");
	hp_fill(area, 'v');
	if (way->memory == HP_MEMORY_TMPFS) {
		hp_check_filled(&there, 'v');
	} else {
		hp_check_filled(&there, 'u');
		hp_check_eq(hp_area_smaps(area).anonymous, area->size / 1024);
	}
	hp_check_filled(area, 'v');
	hp_check_eq(hp_area_smaps(&there).rss, there.size / 1024);
}

HP_CASES(part, "MREMAP_DONTUNMAP moves a part that begins and ends inside huge pages",
	 hp_swappable_kinds, way)
{
	struct hp_area *area = filled(way->memory, 2), there;
	size_t at = hp_pmd_size / 2 + 3 * hp_base_size, bytes = hp_pmd_size;
	uint64_t frame = hp_pfn(area->addr + at);
	struct hp_area here;

	there = moved(area, at, bytes, 5 * hp_base_size);
	hp_check_filled(&there, 'u');
	hp_check_unmoved(hp_pfn(there.addr) == frame);
	check_left(way->memory, area, at, bytes);
	here = hp_part_of(area, 0, at);
	hp_check_filled(&here, 'u');
	here = hp_part_of(area, at + bytes, area->size - at - bytes);
	hp_check_filled(&here, 'u');
}

static void child(void *arg)
{
	struct hp_area *area = arg, there = moved(area, 0, area->size, 0);

	hp_check_filled(&there, 'u');
	hp_check_eq(hp_area_smaps(area).anonymous, 0);
	hp_fill(&there, 'c');
	hp_fill(area, 'd');
	hp_check_filled(&there, 'c');
}

HP_CASE(forked, "a child's MREMAP_DONTUNMAP and writes do not affect its parent")
{
	struct hp_area *area = filled(HP_MEMORY_THP, 1);

	hp_wait_ok(hp_fork(child, area));
	hp_check_filled(area, 'u');
	hp_check_eq(hp_mapped_huge(area), area->size);
}

HP_CASES(locked, "mlocked memory stays locked with MREMAP_DONTUNMAP, and is counted once",
	 hp_swappable_kinds, way)
{
	struct hp_area *area = filled(way->memory, 2), there;
	long start = hp_own_status().vm_locked, half = (long)(area->size / 2 / 1024);

	hp_case_needs("cap:ipc_lock");
	hp_check_ok(mlock(area->addr, area->size));
	there = moved(area, 0, area->size / 2, 0);
	hp_check_eq(hp_own_status().vm_locked - start, 2 * half);
	hp_check_eq(hp_area_smaps(&there).locked, half);
	hp_check_eq(hp_area_smaps(hp_part(area, 0, area->size / 2)).locked, 0);
	hp_check_eq(hp_area_smaps(hp_part(area, area->size / 2, area->size / 2)).locked,
		    half);
	hp_check_filled(&there, 'u');
	hp_check_ok(munmap(there.addr, there.size));
	hp_check_eq(hp_own_status().vm_locked - start, half);
	hp_check_ok(munmap(area->addr, area->size));
	hp_check_eq(hp_own_status().vm_locked, start);
}

HP_CASES(refused,
	 "MREMAP_DONTUNMAP fails with EINVAL for a new size and without MREMAP_MAYMOVE",
	 hp_swappable_kinds, way)
{
	struct hp_area *area = filled(way->memory, 2);
	const int both = MREMAP_MAYMOVE | MREMAP_DONTUNMAP;

	hp_check_errno(mremap(area->addr, area->size, area->size / 2, both, NULL), EINVAL);
	hp_check_errno(mremap(area->addr, area->size / 2, area->size, both, NULL), EINVAL);
	hp_check_errno(mremap(area->addr, area->size, area->size, MREMAP_DONTUNMAP, NULL),
		       EINVAL);
	hp_check_filled(area, 'u');
}

HP_PROGRAM(.summary =
		   "MREMAP_DONTUNMAP moves pages of every size and leaves an empty mapping",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"man", "mremap(2)", "MREMAP_DONTUNMAP"},
				 {"commit", "e346b3813067",
				  "mm/mremap: add MREMAP_DONTUNMAP to mremap()"}))
