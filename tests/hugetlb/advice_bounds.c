// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Advice, seals and msync at the bounds of huge pages of every size: holes are
 * reported once the rest is done, lengths are rounded down, and neither page nor
 * reservation is lost.
 */
#include "hugeproof.h"

#include <sys/syscall.h>

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

/* Three pages in a row, of which the middle is unmapped. */
static struct hp_area *with_hole(void)
{
	struct hp_area *area = hp_filled_hugetlb(3, MAP_PRIVATE, 'b');

	hp_check_ok(munmap(hp_page(area, 1), hp_page_size));
	return area;
}

HP_CASE(hole, "MADV_DONTNEED over a hole is ENOMEM, and drops the page behind it")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = with_hole();

	hp_need_hugetlb_dontneed();
	hp_check_hugetlb(start, .free = -2);
	hp_check_errno(madvise(area->addr, area->size, MADV_DONTNEED), ENOMEM);
	hp_check_eq(hp_hugetlb().free, start.free);
	hp_check_zeros(hp_nth_page(area, 2));
	hp_check_zeros(hp_nth_page(area, 0));
	hp_check_hugetlb(start, .free = -2);
}

HP_CASE(rounded, "a range one base page short of two pages leaves the second, and "
		 "its reservation")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_filled_hugetlb(2, MAP_PRIVATE, 'b');

	hp_need_hugetlb_dontneed();
	hp_check_ok(madvise(area->addr, area->size - hp_base_size, MADV_DONTNEED));
	hp_check_eq(hp_hugetlb().free, start.free - 1);
	hp_check_filled(hp_nth_page(area, 1), 'b');
	hp_check_zeros(hp_nth_page(area, 0));
	hp_check_hugetlb(start, .free = -2);
	hp_unmap(area);
	hp_check_hugetlb(start);
}

static bool dumped(const void *addr)
{
	struct hp_smaps map;

	hp_check_ok(hp_smaps_read(0, addr, &map));
	return !strstr(map.flags, "dd");
}

HP_CASE(dump, "MADV_DONTDUMP of one page, undone by MADV_DODUMP")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_filled_hugetlb(2, MAP_PRIVATE, 'b');

	hp_check_ok(madvise(area->addr, hp_page_size, MADV_DONTDUMP));
	hp_check(!dumped(area->addr));
	hp_check(dumped(hp_page(area, 1)));
	hp_check_ok(madvise(area->addr, area->size, MADV_DODUMP));
	hp_check(dumped(area->addr));
	hp_check_filled(area, 'b');
	hp_check_hugetlb(start, .free = -2);
}

static void has_the_second(void *arg)
{
	struct hp_area *area = arg;

	hp_check_fault(area, area->addr, HP_READ, SIGSEGV, SEGV_MAPERR);
	hp_check_filled(hp_nth_page(area, 1), 'b');
}

HP_CASES(not_forked, "MADV_DONTFORK: a child gets only the other page, at no cost",
	 hp_sharings, way)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_filled_hugetlb(2, way->flag, 'b');

	hp_check_ok(madvise(area->addr, hp_page_size, MADV_DONTFORK));
	hp_wait_ok(hp_fork(has_the_second, area));
	hp_check_hugetlb(start, .free = -2);
	hp_check_filled(area, 'b');
	hp_unmap(area);
	hp_check_hugetlb(start);
}

HP_CASES(sealed, "sealed pages are neither unmapped nor moved, and counted as before",
	 hp_sharings, way)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_filled_hugetlb(2, way->flag, 'b');

	if (syscall(SYS_mseal, area->addr, hp_page_size, 0) && errno == ENOSYS)
		hp_skip_case("needs mseal (Linux 6.10): run it in the lab");
	hp_check_errno(munmap(area->addr, area->size), EPERM);
	hp_check_errno(mprotect(area->addr, hp_page_size, PROT_NONE), EPERM);
	hp_check_errno(mremap(area->addr, hp_page_size, hp_page_size,
			      MREMAP_MAYMOVE | MREMAP_FIXED, hp_page(area, 1)),
		       EPERM);
	hp_check_filled(area, 'b');
	hp_check_hugetlb(start, .free = -2);
	hp_check_ok(munmap(hp_page(area, 1), hp_page_size));
	/* What is shared stays with its file. */
	hp_check_hugetlb(start, .free = way->flag == MAP_SHARED ? -2 : -1);
}

HP_CASE(synced, "msync succeeds over pages, is ENOMEM over a hole, and changes nothing")
{
	struct hp_area *area = with_hole();

	hp_check_ok(msync(area->addr, hp_page_size, MS_SYNC));
	hp_check_errno(msync(area->addr, area->size, MS_SYNC), ENOMEM);
	hp_check_filled(hp_nth_page(area, 0), 'b');
	hp_check_filled(hp_nth_page(area, 2), 'b');
}

HP_PROGRAM(.summary = "advice, seals and msync at the bounds of huge pages of every size",
	   .needs = HP_NEEDS("hugetlb:3"), .seconds = 30,
	   .sources = HP_SOURCES({"man", "madvise(2)"}, {"man", "msync(2)"},
				 {"doc", "Documentation/userspace-api/mseal.rst"}))
