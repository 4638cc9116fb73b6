// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A change to a part of a huge mapping splits the mapping, and not the page: what is left
 * keeps its bytes and its frames.
 */
#include "hugeproof.h"

static size_t base, at, bytes; /* the part: some base pages in the middle */

static struct hp_area *fill(struct hp_area *area)
{
	base = hp_base_page_size();
	at = area->size / 4 + 3 * base;
	bytes = 9 * base;
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

/* The mapping was split once, and the page is as it was. */
static void check_split_mapping(const struct hp_area *area, const struct hp_vmstat *start,
				uint64_t frame)
{
	struct hp_page last;

	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_event(*start, "thp_split_pmd", 1);
	hp_check_event(*start, "thp_split_page", 0);
	hp_check_ok(hp_page_read(0, area->addr + area->size - base, &last));
	hp_check_unmoved(last.pfn == frame + area->size / base - 1);
}

static long resident(const struct hp_area *area)
{
	return hp_area_smaps(area).rss;
}

HP_CASE(mprotect_part, "mprotect of a part: it cannot be written, the rest can")
{
	struct hp_area *area = filled();
	struct hp_vmstat start = hp_events();
	uint64_t frame = hp_frame(area->addr);

	hp_check_ok(mprotect(area->addr + at, bytes, PROT_READ));
	check_split_mapping(area, &start, frame);
	hp_check_filled(area, 'm');
	hp_check_fault(area, area->addr + at, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_check_fault(area, area->addr + at + bytes - 1, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_check_access(area->addr + at - 1, HP_WRITE);
	hp_check_access(area->addr + at + bytes, HP_WRITE);
	hp_check_eq(hp_folio_size(area->addr), area->page_size);
}

HP_CASE(munmap_part, "munmap of a part: it is gone, the rest is there")
{
	struct hp_area *area = filled();
	struct hp_vmstat start = hp_events();
	uint64_t frame = hp_frame(area->addr);
	long before = resident(area);

	hp_check_ok(munmap(area->addr + at, bytes));
	check_split_mapping(area, &start, frame);
	hp_check_fault(area, area->addr + at, HP_READ, SIGSEGV, SEGV_MAPERR);
	hp_check_fault(area, area->addr + at + bytes - 1, HP_READ, SIGSEGV, SEGV_MAPERR);
	hp_check_filled_around(area, at, bytes, 'm');
	hp_check_eq(resident(area), before - (long)(bytes / 1024));
}

HP_CASE(mremap_part, "mremap of a part: it is elsewhere, in the same frames")
{
	struct hp_area *area = filled(), moved = {.size = bytes, .page_size = bytes};
	struct hp_vmstat start = hp_events();
	uint64_t frame = hp_frame(area->addr);

	moved.offset = (off_t)at;
	moved.addr = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	hp_check_ok(moved.addr);
	hp_check_ok(mremap(area->addr + at, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED,
			   moved.addr));
	check_split_mapping(area, &start, frame);
	hp_check_filled(&moved, 'm');
	hp_check_unmoved(hp_frame(moved.addr) == frame + at / base);
	hp_check_filled_around(area, at, bytes, 'm');
	hp_check_fault(area, area->addr + at, HP_READ, SIGSEGV, SEGV_MAPERR);
}

HP_CASE(dontneed_part, "MADV_DONTNEED of a part: it is zeros again, and less is resident")
{
	struct hp_area *area = filled();
	struct hp_vmstat start = hp_events();
	uint64_t frame = hp_frame(area->addr);
	long before = resident(area);

	hp_check_ok(madvise(area->addr + at, bytes, MADV_DONTNEED));
	check_split_mapping(area, &start, frame);
	hp_check_eq(resident(area), before - (long)(bytes / 1024));
	hp_check_event(start, "thp_deferred_split_page", 1);
	hp_check_filled_around(area, at, bytes, 'm');
	for (size_t i = 0; i < bytes; i += 8)
		hp_check_eq(*(volatile uint64_t *)(area->addr + at + i), 0);
}

HP_CASE(file_mprotect_part, "shmem: mprotect of a part")
{
	int fd;
	struct hp_area *area = filled_file(&fd);
	struct hp_vmstat start = hp_events();

	hp_check_ok(mprotect(area->addr + at, bytes, PROT_READ));
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_event(start, "thp_split_pmd", 1);
	hp_check_filled(area, 'm');
	hp_check_fault(area, area->addr + at, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_check_access(area->addr + at - 1, HP_WRITE);
	hp_check_access(area->addr + at + bytes, HP_WRITE);
	hp_check_eq(hp_folio_size(area->addr), area->page_size);
	hp_check_event(start, "thp_split_page", 0);
}

HP_CASE(file_munmap_part, "shmem: munmap of a part, which another mapping still has")
{
	int fd;
	struct hp_area *area = filled_file(&fd), *other = hp_map_shmem(fd, 1, MAP_SHARED);
	struct hp_vmstat start = hp_events();

	hp_check_filled(other, 'm');
	hp_check_ok(munmap(area->addr + at, bytes));
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_event(start, "thp_split_pmd", 1);
	hp_check_fault(area, area->addr + at, HP_READ, SIGSEGV, SEGV_MAPERR);
	hp_check_fault(area, area->addr + at + bytes - 1, HP_READ, SIGSEGV, SEGV_MAPERR);
	hp_check_filled_around(area, at, bytes, 'm');
	hp_check_filled(other, 'm');
	hp_check_eq(hp_mapped_huge(other), other->size);
}

HP_CASE(file_dontneed_part, "shmem: MADV_DONTNEED of a part loses nothing")
{
	int fd;
	struct hp_area *area = filled_file(&fd);
	struct hp_vmstat start = hp_events();
	long before = resident(area);

	hp_check_ok(madvise(area->addr + at, bytes, MADV_DONTNEED));
	hp_check_event(start, "thp_split_pmd", 1);
	hp_check(resident(area) < before);
	hp_check_filled(area, 'm');
	hp_check_eq(resident(area), before);
}

HP_PROGRAM(.summary = "a change to a part splits the huge mapping and nothing else",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap"),
	   .source = "Documentation/mm/transhuge.rst, \"Graceful fallback\" and "
		     "\"Refcounts\"")
