// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Memory sealed by mseal cannot be unmapped, moved, changed or replaced, whatever its pages
 * are: each call fails with EPERM, and contents and pages stay.
 */
#include "hugeproof.h"

#include <sys/syscall.h>

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

static struct hp_area *sealed(enum hp_memory memory)
{
	struct hp_area *area = hp_map_filled(memory, 3 * hp_pmd_size, 's');
	size_t third = area->size / 3;

	hp_khugepaged_calm();
	if (syscall(SYS_mseal, area->addr + third, third, 0) && errno == ENOSYS)
		hp_skip_case("needs mseal (Linux 6.10): run it in the lab");
	return area;
}

HP_CASES(kept,
	 "munmap, mprotect, mremap and mmap fail with EPERM on sealed memory, which stays",
	 hp_memory_kinds, kind)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = sealed(kind->memory);
	size_t third = area->size / 3;
	char *at = area->addr + third;
	long taken = kind->memory == HP_MEMORY_HUGETLB ? 3 : 0;
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;

	hp_check_errno(munmap(at, third), EPERM);
	hp_check_errno(mprotect(at, third, PROT_NONE), EPERM);
	hp_check_errno(mmap(at, third, PROT_READ, flags, -1, 0), EPERM);
	hp_check_errno(mremap(at, third, third, MREMAP_MAYMOVE | MREMAP_FIXED, area->addr),
		       EPERM);
	hp_check_errno(mremap(area->addr, third, third, MREMAP_MAYMOVE | MREMAP_FIXED, at),
		       EPERM);
	hp_check_filled(area, 's');
	hp_check_hugetlb(start, .free = -taken);
	if (kind->memory == HP_MEMORY_THP || kind->memory == HP_MEMORY_TMPFS)
		hp_check_eq(hp_mapped_huge(area), area->size);
	hp_step("what is not sealed can be unmapped");
	hp_check_ok(munmap(at + third, third));
	hp_fill(hp_part(area, 0, 2 * third), 't');
	hp_check_filled(hp_part(area, 0, 2 * third), 't');
}

HP_CASES(read_only, "MADV_DONTNEED of sealed read-only private memory fails with EPERM",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = hp_map_filled(kind->memory, hp_pmd_size, 's');

	hp_protect(area, PROT_READ);
	if (syscall(SYS_mseal, area->addr, area->size, 0) && errno == ENOSYS)
		hp_skip_case("needs mseal (Linux 6.10): run it in the lab");
	if (kind->memory == HP_MEMORY_TMPFS || kind->memory == HP_MEMORY_HUGETLB)
		hp_check(!madvise(area->addr, area->size, MADV_DONTNEED) || errno == EPERM);
	else
		hp_check_errno(madvise(area->addr, area->size, MADV_DONTNEED), EPERM);
	if (kind->memory != HP_MEMORY_HUGETLB)
		hp_check_filled(area, 's');
}

HP_PROGRAM(.summary = "sealed memory of every kind of page cannot be changed",
	   .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("hugetlb:3", "thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"doc", "Documentation/userspace-api/mseal.rst"}))
