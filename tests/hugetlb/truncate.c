// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Truncating a hugetlb file takes its pages and reservations back at once:
 * whoever still maps them gets SIGBUS, never an out-of-memory kill.
 */
#include "hugeproof.h"

HP_ROW_CASES(beyond_the_end, "SIGBUS beyond the new end, pages go back", hp_sharings, way)
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

HP_CASE(private_copy, "truncation takes private copies too, and makes no page afterwards")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd = hp_hugetlb_file();
	struct hp_area *area = hp_map_file(fd, 0, 1, MAP_PRIVATE);

	hp_fill(area, 'c');
	hp_check_hugetlb(start, .free = -1);
	hp_resize_file(fd, 0);
	hp_check_fault(area, area->addr, HP_WRITE, SIGBUS, BUS_ADRERR);
}

HP_CASE(extends_with_zeros, "pages cut off are zero when the file grows again")
{
	int fd;
	struct hp_area *area = hp_filled_file(&fd, 1, 't');

	hp_resize_file(fd, 0);
	hp_resize_file(fd, 1);
	hp_check_zeros(area);
	hp_check_writable(area, 'u');
}

HP_CASE(reservations, "untouched reservations beyond the new end go back, the others stay")
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

HP_CASE(misaligned, "a length inside a huge page is EINVAL, and cuts nothing off")
{
	int fd;
	struct hp_area *area = hp_filled_file(&fd, 1, 't');

	hp_check_errno(ftruncate(fd, (off_t)hp_base_size), EINVAL);
	hp_check_errno(ftruncate(fd, (off_t)(hp_page_size / 2)), EINVAL);
	hp_check_filled(area, 't');
}

HP_PROGRAM(.summary = "truncation gives pages and reservations back; beyond it is SIGBUS",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .sources = HP_SOURCES({"man", "ftruncate(2)"}, {"man", "mmap(2)"},
				 {"code", "fs/hugetlbfs/inode.c"}))
