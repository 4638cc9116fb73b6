// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Truncation is as exact at any offset: beyond 4 GB, and at the largest possible offset.
 */
#include "hugeproof.h"

HP_CASE(above_4g,
	"truncation beyond 4 GB frees huge pages exactly, and accesses get SIGBUS")
{
	size_t first = ((uint64_t)1 << 32) / hp_page_size;
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd = hp_hugetlb_file();
	struct hp_area *area = hp_map_file(fd, first, 2, MAP_SHARED);

	hp_fill(area, 't');
	hp_check_hugetlb(start, .free = -2);
	hp_resize_file(fd, first + 1);
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(hp_nth_page(area, 0), 't');
	hp_check_fault(area, hp_page(area, 1), HP_READ, SIGBUS, BUS_ADRERR);
	hp_resize_file(fd, first);
	hp_check_fault(area, area->addr, HP_READ, SIGBUS, BUS_ADRERR);
	hp_check_hugetlb(start);
}

HP_CASE(no_wraparound, "mapping a hugetlb file at the largest offset reserves one page")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd = hp_hugetlb_file();
	/*
	 * The last page whose end still fits an offset: that of mmap2 has 32 bits of base
	 * pages.
	 */
	uint64_t end = sizeof(long) > 4 ? INT64_MAX : (uint64_t)UINT32_MAX * 4096;
	uint64_t last = end / hp_page_size - 1;
	struct hp_area *area = hp_map_file(fd, last, 1, MAP_SHARED);

	hp_check_hugetlb(start, .rsvd = +1);
	hp_resize_file(fd, 0);
	hp_check_hugetlb(start);
	hp_check_fault(area, area->addr, HP_READ, SIGBUS, BUS_ADRERR);
	hp_unmap(area);
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary = "truncation of a hugetlb file is exact at large offsets",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .sources = HP_SOURCES({"man", "ftruncate(2)"}, {"code", "fs/hugetlbfs/inode.c"}))
