// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A change to a part of a PMD mapping splits the mapping but not the THP: the rest keeps
 * its contents and frames.
 */
#include "hugeproof.h"

/* A part of the area: some base pages in the middle. */
#define AT    (hp_pmd_size / 4 + 3 * hp_base_size)
#define BYTES (9 * hp_base_size)

static struct hp_area *fill(struct hp_area *area)
{
	hp_fill(area, 'm');
	hp_khugepaged_calm();
	hp_require_huge(area);
	return area;
}

static struct hp_area *filled(void)
{
	return fill(hp_map_thp(1));
}

static struct hp_area *filled_file(int *fd)
{
	*fd = hp_shmem_file(1);
	return fill(hp_map_shmem(*fd, 1, MAP_SHARED));
}

/* The PMD mapping was split once, and the THP was not. */
static void check_split_mapping(const struct hp_area *area, const struct hp_vmstat *start,
				uint64_t frame)
{
	struct hp_pagemap_entry last;

	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_event(*start, "thp_split_pmd", 1);
	hp_check_event(*start, "thp_split_page", 0);
	hp_check_ok(hp_page_read(0, area->addr + area->size - hp_base_size, &last));
	hp_check_unmoved(last.pfn == frame + area->size / hp_base_size - 1);
}

static long resident(const struct hp_area *area)
{
	return hp_area_smaps(area).rss;
}

HP_CASE(mprotect_part, "mprotect of a part of a THP makes only that part read-only")
{
	struct hp_area *area = filled();
	struct hp_vmstat start = hp_events();
	uint64_t frame = hp_pfn(area->addr);

	hp_check_ok(mprotect(area->addr + AT, BYTES, PROT_READ));
	check_split_mapping(area, &start, frame);
	hp_check_filled(area, 'm');
	hp_check_fault(area, area->addr + AT, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_check_fault(area, area->addr + AT + BYTES - 1, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_check_access(area->addr + AT - 1, HP_WRITE);
	hp_check_access(area->addr + AT + BYTES, HP_WRITE);
	hp_check_eq(hp_folio_size(area->addr), area->page_size);
}

HP_CASE(munmap_part, "munmap of a part of a THP unmaps only that part")
{
	struct hp_area *area = filled();
	struct hp_vmstat start = hp_events();
	uint64_t frame = hp_pfn(area->addr);
	long before = resident(area);

	hp_check_ok(munmap(area->addr + AT, BYTES));
	check_split_mapping(area, &start, frame);
	hp_check_fault(area, area->addr + AT, HP_READ, SIGSEGV, SEGV_MAPERR);
	hp_check_fault(area, area->addr + AT + BYTES - 1, HP_READ, SIGSEGV, SEGV_MAPERR);
	hp_check_filled_around(area, hp_part(area, AT, BYTES), 'm');
	hp_check_eq(resident(area), before - (long)(BYTES / 1024));
}

HP_CASE(mremap_part, "mremap of a part of a THP moves only that part, in the same frames")
{
	struct hp_area *area = filled(), moved = hp_part_of(area, AT, BYTES);
	struct hp_vmstat start = hp_events();
	uint64_t frame = hp_pfn(area->addr);

	moved.addr = mmap(NULL, BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	hp_check_ok(moved.addr);
	hp_check_ok(mremap(area->addr + AT, BYTES, BYTES, MREMAP_MAYMOVE | MREMAP_FIXED,
			   moved.addr));
	check_split_mapping(area, &start, frame);
	hp_check_filled(&moved, 'm');
	hp_check_unmoved(hp_pfn(moved.addr) == frame + AT / hp_base_size);
	hp_check_filled_around(area, hp_part(area, AT, BYTES), 'm');
	hp_check_fault(area, area->addr + AT, HP_READ, SIGSEGV, SEGV_MAPERR);
}

HP_CASE(dontneed_part,
	"MADV_DONTNEED of a part of a THP zeroes only that part, and lowers the RSS")
{
	struct hp_area *area = filled();
	struct hp_vmstat start = hp_events();
	uint64_t frame = hp_pfn(area->addr);
	long before = resident(area);

	hp_check_ok(madvise(area->addr + AT, BYTES, MADV_DONTNEED));
	check_split_mapping(area, &start, frame);
	hp_check_eq(resident(area), before - (long)(BYTES / 1024));
	hp_check_event(start, "thp_deferred_split_page", 1);
	hp_check_filled_around(area, hp_part(area, AT, BYTES), 'm');
	for (size_t i = 0; i < BYTES; i += 8)
		hp_check_eq(*(volatile uint64_t *)(area->addr + AT + i), 0);
}

HP_CASE(file_mprotect_part,
	"mprotect of a part of a huge page of shmem makes only that part read-only")
{
	int fd;
	struct hp_area *area = filled_file(&fd);
	struct hp_vmstat start = hp_events();

	hp_check_ok(mprotect(area->addr + AT, BYTES, PROT_READ));
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_event(start, "thp_split_pmd", 1);
	hp_check_filled(area, 'm');
	hp_check_fault(area, area->addr + AT, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_check_access(area->addr + AT - 1, HP_WRITE);
	hp_check_access(area->addr + AT + BYTES, HP_WRITE);
	hp_check_eq(hp_folio_size(area->addr), area->page_size);
	hp_check_event(start, "thp_split_page", 0);
}

HP_CASE(file_munmap_part,
	"munmap of a part of a huge page of shmem leaves another mapping of it whole")
{
	int fd;
	struct hp_area *area = filled_file(&fd), *other = hp_map_shmem(fd, 1, MAP_SHARED);
	struct hp_vmstat start = hp_events();

	hp_check_filled(other, 'm');
	hp_check_ok(munmap(area->addr + AT, BYTES));
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_event(start, "thp_split_pmd", 1);
	hp_check_fault(area, area->addr + AT, HP_READ, SIGSEGV, SEGV_MAPERR);
	hp_check_fault(area, area->addr + AT + BYTES - 1, HP_READ, SIGSEGV, SEGV_MAPERR);
	hp_check_filled_around(area, hp_part(area, AT, BYTES), 'm');
	hp_check_filled(other, 'm');
	hp_check_eq(hp_mapped_huge(other), other->size);
}

HP_CASE(file_dontneed_part, "MADV_DONTNEED of a part of a huge page of shmem loses no data")
{
	int fd;
	struct hp_area *area = filled_file(&fd);
	struct hp_vmstat start = hp_events();
	long before = resident(area);

	hp_check_ok(madvise(area->addr + AT, BYTES, MADV_DONTNEED));
	hp_check_event(start, "thp_split_pmd", 1);
	hp_check(resident(area) < before);
	hp_check_filled(area, 'm');
	hp_check_eq(resident(area), before);
}

HP_PROGRAM(.summary = "a change to a part of a THP splits the PMD mapping and nothing else",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap"),
	   .sources = HP_SOURCES({"doc", "Documentation/mm/transhuge.rst",
				  "Graceful fallback"},
				 {"doc", "Documentation/mm/transhuge.rst", "Refcounts"}))
