// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * madvise, mseal and msync at the bounds of huge pages of every size: holes are reported
 * after the rest was handled, lengths are rounded down, and no page or reservation is lost.
 */
#include "hugeproof.h"

#include <sys/syscall.h>

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

/* Maps three pages and unmaps the middle one. */
static struct hp_area *with_hole(void)
{
	struct hp_area *area = hp_filled_hugetlb(3, MAP_PRIVATE, 'b');

	hp_check_ok(munmap(hp_page(area, 1), hp_page_size));
	return area;
}

HP_CASE(hole, "MADV_DONTNEED across a hole fails with ENOMEM and drops the page after it")
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

HP_CASE(rounded, "MADV_DONTNEED of two huge pages less a base page keeps the second")
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

HP_CASE(dump, "MADV_DONTDUMP marks one huge page (dd in smaps), and MADV_DODUMP unmarks it")
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

HP_CASES(not_forked,
	 "a child lacks a huge page with MADV_DONTFORK, and the pool does not change",
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

HP_CASES(sealed, "sealed huge pages can be neither unmapped nor moved (EPERM)", hp_sharings,
	 way)
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
	/* Shared pages stay in their file. */
	hp_check_hugetlb(start, .free = way->flag == MAP_SHARED ? -2 : -1);
}

HP_CASE(synced,
	"msync of huge pages succeeds, fails with ENOMEM for a hole, and changes nothing")
{
	struct hp_area *area = with_hole();

	hp_check_ok(msync(area->addr, hp_page_size, MS_SYNC));
	hp_check_errno(msync(area->addr, area->size, MS_SYNC), ENOMEM);
	hp_check_filled(hp_nth_page(area, 0), 'b');
	hp_check_filled(hp_nth_page(area, 2), 'b');
}

HP_PROGRAM(.summary =
		   "madvise, mseal and msync handle the bounds of huge pages of every size",
	   .needs = HP_NEEDS("hugetlb:3"), .seconds = 30,
	   .sources = HP_SOURCES({"man", "madvise(2)"}, {"man", "msync(2)"},
				 {"doc", "Documentation/userspace-api/mseal.rst"}))
