// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Truncating a hugetlb file frees its pages and reservations at once: processes that still
 * map them get SIGBUS, and are never OOM-killed.
 */
#include "hugeproof.h"

HP_ROW_CASES(beyond_the_end,
	     "truncation of a hugetlb file frees its pages, and later accesses get SIGBUS",
	     hp_sharings, way)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd;
	struct hp_area *area = hp_filled_file(&fd, 2, 't');

	if (way->flag == MAP_PRIVATE) {
		hp_unmap(area);
		area = hp_map_file(fd, 0, 2, MAP_PRIVATE | MAP_NORESERVE);
		hp_check_filled(area, 't');
	}
	hp_check_hugetlb(start, .free = -2);

	hp_step("truncates the file to one page");
	hp_resize_file(fd, 1);
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(hp_nth_page(area, 0), 't');
	hp_check_fault(area, hp_page(area, 1), HP_READ, SIGBUS, BUS_ADRERR);
	hp_check_fault(area, hp_page(area, 1), HP_WRITE, SIGBUS, BUS_ADRERR);

	hp_step("truncates the file to nothing");
	hp_resize_file(fd, 0);
	hp_check_hugetlb(start);
	hp_check_fault(area, area->addr, HP_READ, SIGBUS, BUS_ADRERR);
}

HP_CASE(private_copy,
	"truncation of a hugetlb file frees private copies, and later faults get SIGBUS")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd = hp_hugetlb_file();
	struct hp_area *area = hp_map_file(fd, 0, 1, MAP_PRIVATE);

	hp_fill(area, 'c');
	hp_check_hugetlb(start, .free = -1);
	hp_resize_file(fd, 0);
	hp_check_fault(area, area->addr, HP_WRITE, SIGBUS, BUS_ADRERR);
}

HP_CASE(extends_with_zeros,
	"a hugetlb file that was truncated reads as zeros when it is extended")
{
	int fd;
	struct hp_area *area = hp_filled_file(&fd, 1, 't');

	hp_resize_file(fd, 0);
	hp_resize_file(fd, 1);
	hp_check_zeros(area);
	hp_check_writable(area, 'u');
}

HP_CASE(reservations,
	"truncation of a hugetlb file releases the reservations beyond its new end")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd = hp_hugetlb_file();
	struct hp_area *area = hp_map_file(fd, 0, 2, MAP_SHARED);

	hp_check_hugetlb(start, .rsvd = +2);
	hp_resize_file(fd, 1);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_fill(hp_nth_page(area, 0), 't');
	hp_check_hugetlb(start, .free = -1);
	hp_resize_file(fd, 0);
	hp_check_hugetlb(start);
}

HP_CASE(misaligned, "truncation to a length inside a huge page fails with EINVAL")
{
	int fd;
	struct hp_area *area = hp_filled_file(&fd, 1, 't');

	hp_check_errno(ftruncate(fd, (off_t)hp_base_size), EINVAL);
	hp_check_errno(ftruncate(fd, (off_t)(hp_page_size / 2)), EINVAL);
	hp_check_filled(area, 't');
}

HP_PROGRAM(.summary = "truncation of a hugetlb file frees pages and reservations",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .sources = HP_SOURCES({"man", "ftruncate(2)"}, {"man", "mmap(2)"},
				 {"code", "fs/hugetlbfs/inode.c"}))
