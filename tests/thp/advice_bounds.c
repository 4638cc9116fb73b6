// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * madvise at its bounds: a hole is reported after the rest of the range was handled, an
 * unaligned address is refused, and advice that a kind of memory does not support changes
 * nothing.
 */
#include "hugeproof.h"

static struct hp_area *filled(enum hp_memory memory, size_t huge_pages)
{
	struct hp_area *area = hp_map_filled(memory, huge_pages * hp_pmd_size, 'b');

	hp_khugepaged_calm();
	return area;
}

HP_CASES(hole, "madvise of a range with a hole fails with ENOMEM and drops what is mapped",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = filled(kind->memory, 3);
	int drop = kind->memory == HP_MEMORY_TMPFS ? MADV_REMOVE : MADV_DONTNEED;
	size_t third = area->size / 3;

	if (kind->memory == HP_MEMORY_HUGETLB)
		hp_need_hugetlb_dontneed();
	hp_check_ok(munmap(area->addr + third, third));
	hp_check_errno(madvise(area->addr, area->size, drop), ENOMEM);
	hp_check_zeros(hp_part(area, 0, third));
	hp_check_zeros(hp_part(area, 2 * third, third));
	hp_check_errno(madvise(area->addr + third, third, drop), ENOMEM);
}

HP_CASES(unaligned, "madvise of an unaligned address fails with EINVAL and drops nothing",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = filled(kind->memory, 2);

	hp_check_errno(madvise(area->addr + 1, area->size - 1, MADV_DONTNEED), EINVAL);
	hp_check_errno(madvise(area->addr, area->size, 999), EINVAL);
	/* Only on 64 bits: a 32-bit length would cover the stack as well. */
	if (sizeof(size_t) == 8)
		hp_check_errno(madvise(area->addr, (size_t)-1, MADV_DONTNEED), EINVAL);
	hp_check_ok(madvise(area->addr, 0, MADV_DONTNEED));
	hp_check_filled(area, 'b');
}

/* Lengths are rounded up to base pages, but hugetlb only drops whole huge pages. */
HP_CASES(rounded,
	 "MADV_DONTNEED with a length that ends within a page drops only whole pages",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = filled(kind->memory, 2);
	bool whole = kind->memory == HP_MEMORY_HUGETLB;
	size_t length = whole ? 2 * hp_page_size - hp_base_size : hp_base_size + 1;
	size_t dropped = whole ? hp_page_size : 2 * hp_base_size;

	if (kind->memory == HP_MEMORY_TMPFS)
		hp_skip_case("MADV_DONTNEED drops no pages of a file: other kinds of "
			     "memory cover this");
	if (whole)
		hp_need_hugetlb_dontneed();
	hp_check_ok(madvise(area->addr, length, MADV_DONTNEED));
	hp_check_zeros(hp_part(area, 0, dropped));
	hp_check_filled(hp_part(area, dropped, area->size - dropped), 'b');
}

static const struct refusal {
	struct hp_variant variant;
	enum hp_memory memory;
	int advice, error;
} refusals[] = {
	{{"cold_hugetlb", "MADV_COLD of hugetlb"}, HP_MEMORY_HUGETLB, MADV_COLD, EINVAL},
	{{"pageout_hugetlb", "MADV_PAGEOUT of hugetlb"},
	 HP_MEMORY_HUGETLB,
	 MADV_PAGEOUT,
	 EINVAL},
	{{"free_hugetlb", "MADV_FREE of hugetlb"}, HP_MEMORY_HUGETLB, MADV_FREE, EINVAL},
	{{"collapse_hugetlb", "MADV_COLLAPSE of hugetlb"},
	 HP_MEMORY_HUGETLB,
	 MADV_COLLAPSE,
	 EINVAL},
	{{"remove_hugetlb", "MADV_REMOVE of private hugetlb"},
	 HP_MEMORY_HUGETLB,
	 MADV_REMOVE,
	 EACCES},
	{{"wipe_hugetlb", "MADV_WIPEONFORK of hugetlb"},
	 HP_MEMORY_HUGETLB,
	 MADV_WIPEONFORK,
	 EINVAL},
	{{"remove_thp", "MADV_REMOVE of anonymous memory"},
	 HP_MEMORY_THP,
	 MADV_REMOVE,
	 EINVAL},
	{{"free_tmpfs", "MADV_FREE of a file"}, HP_MEMORY_TMPFS, MADV_FREE, EINVAL},
	{{"wipe_tmpfs", "MADV_WIPEONFORK of a file"},
	 HP_MEMORY_TMPFS,
	 MADV_WIPEONFORK,
	 EINVAL},
};

HP_CASES(refused, "unsupported advice is refused and changes nothing", refusals, refusal)
{
	struct hp_area *area = filled(refusal->memory, 2);
	uint64_t frame = hp_pfn(area->addr);

	hp_check_errno(madvise(area->addr, area->size, refusal->advice), refusal->error);
	hp_check_filled(area, 'b');
	hp_check_unmoved(hp_pfn(area->addr) == frame);
}

static bool has_flag(const void *addr, const char *flag)
{
	struct hp_smaps map;

	hp_check_ok(hp_smaps_read(0, addr, &map));
	return strstr(map.flags, flag);
}

HP_CASES(dump, "MADV_DONTDUMP sets the flag dd in smaps, and MADV_DODUMP clears it",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = filled(kind->memory, 2);
	size_t half = area->size / 2;

	hp_check_ok(madvise(area->addr, half, MADV_DONTDUMP));
	hp_check(has_flag(area->addr, "dd"));
	hp_check(!has_flag(area->addr + half, "dd"));
	hp_check_ok(madvise(area->addr, half, MADV_DODUMP));
	hp_check(!has_flag(area->addr, "dd"));
	hp_check_filled(area, 'b');
}

static void has_half(void *arg)
{
	struct hp_area *area = arg;
	size_t half = area->size / 2;

	hp_check_fault(area, area->addr, HP_READ, SIGSEGV, SEGV_MAPERR);
	hp_check_fault(area, area->addr + half - 1, HP_READ, SIGSEGV, SEGV_MAPERR);
	hp_check_filled(hp_part(area, half, half), 'b');
}

static void has_all(void *arg)
{
	hp_check_filled((struct hp_area *)arg, 'b');
}

HP_CASES(not_forked,
	 "a child lacks memory with MADV_DONTFORK, and gets it again after MADV_DOFORK",
	 hp_memory_kinds, kind)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = filled(kind->memory, 2);
	long taken = kind->memory == HP_MEMORY_HUGETLB ? 2 : 0;

	hp_check_ok(madvise(area->addr, area->size / 2, MADV_DONTFORK));
	hp_wait_ok(hp_fork(has_half, area));
	hp_check_ok(madvise(area->addr, area->size / 2, MADV_DOFORK));
	hp_wait_ok(hp_fork(has_all, area));
	hp_check_filled(area, 'b');
	hp_check_hugetlb(start, .free = -taken);
}

#define WIPED_FROM (3 * hp_base_size)

static void finds_zeros(void *arg)
{
	struct hp_area *area = arg;
	size_t bytes = area->size / 2;

	hp_check_filled_around(area, hp_part(area, WIPED_FROM, bytes), 'b');
	for (size_t i = 0; i < bytes; i += 8)
		hp_check_eq(*(volatile uint64_t *)(area->addr + WIPED_FROM + i), 0);
}

HP_CASES(wiped,
	 "a child sees zeros in exactly the parts of huge pages with MADV_WIPEONFORK",
	 hp_anonymous_kinds, kind)
{
	struct hp_area *area = filled(kind->memory, 2);

	hp_check_ok(madvise(area->addr + WIPED_FROM, area->size / 2, MADV_WIPEONFORK));
	hp_wait_ok(hp_fork(finds_zeros, area));
	hp_check_filled(area, 'b');
	hp_check_ok(madvise(area->addr, area->size, MADV_KEEPONFORK));
	hp_wait_ok(hp_fork(has_all, area));
	hp_check_filled(area, 'b');
}

HP_CASES(synced,
	 "msync fails with EINVAL for bad flags and ENOMEM for a hole, and changes nothing",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = filled(kind->memory, 2);
	size_t half = area->size / 2;

	hp_check_ok(msync(area->addr, area->size, MS_SYNC | MS_INVALIDATE));
	hp_check_ok(msync(area->addr + hp_base_size, hp_base_size, MS_ASYNC));
	hp_check_errno(msync(area->addr, area->size, MS_SYNC | MS_ASYNC), EINVAL);
	hp_check_errno(msync(area->addr + 1, half, MS_SYNC), EINVAL);
	hp_check_filled(area, 'b');
	hp_check_ok(munmap(area->addr + half, half));
	hp_check_errno(msync(area->addr, area->size, MS_SYNC), ENOMEM);
	hp_check_filled(hp_part(area, 0, half), 'b');
}

static const struct populating {
	struct hp_variant variant;
	int advice;
} populating[] = {
	{{"read", "MADV_POPULATE_READ"}, MADV_POPULATE_READ},
	{{"write", "MADV_POPULATE_WRITE"}, MADV_POPULATE_WRITE},
};

/* Where an access would be SIGBUS. */
HP_CASES(populate_beyond, "populating beyond the end of a file fails with EFAULT",
	 populating, way)
{
	struct hp_shmem *shmem;
	struct hp_area *area;

	hp_need_advice(way->advice, "MADV_POPULATE_READ and _WRITE (Linux 5.14)");
	shmem = hp_shmem_new(HP_MEMFD, 2);
	area = hp_map_all_shmem(shmem, MAP_SHARED);
	hp_check_ok(ftruncate(shmem->fd, (off_t)hp_pmd_size));
	hp_check_errno(madvise(area->addr, area->size, way->advice), EFAULT);
	hp_check_errno(madvise(area->addr + hp_pmd_size, hp_base_size, way->advice),
		       EFAULT);
	hp_check_eq(hp_area_smaps(area).rss, hp_pmd_size / 1024);
	hp_check_ok(madvise(area->addr, hp_pmd_size, way->advice));
}

HP_PROGRAM(.summary = "madvise and msync handle bounds and invalid arguments for every "
		      "kind of page",
	   .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("hugetlb:3", "thp", "root", "pagemap"),
	   .case_tags = HP_CASE_TAGS({"dump_*", "regression"}),
	   .sources = HP_SOURCES({"man", "madvise(2)"}, {"man", "msync(2)"},
				 {"commit", "d41aa5252394",
				  "mm: madvise(MADV_DODUMP): allow hugetlbfs pages"}))
