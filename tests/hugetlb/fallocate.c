// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * fallocate gives a hugetlb file its pages beforehand, and a hole punched in it gives
 * whole pages back and zeroes the parts of pages at its ends.
 */
#include "hugeproof.h"

static off_t size_of(int fd)
{
	struct stat status;

	hp_check_ok(fstat(fd, &status));
	return status.st_size;
}

/* What the file holds, in bytes of 512 as stat counts them. */
static intmax_t blocks_of(int fd)
{
	struct stat status;

	hp_check_ok(fstat(fd, &status));
	return status.st_blocks;
}

HP_CASE(preallocates,
	"fallocate takes the huge pages at once; they are zero, and a fault takes none")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd = hp_hugetlb_file();
	struct hp_area *area;

	hp_check_ok(fallocate(fd, 0, 0, 2 * hp_page_size));
	hp_check_hugetlb(start, .free = -2);
	hp_check_eq(size_of(fd), 2 * hp_page_size);
	hp_check_eq(blocks_of(fd), 2 * hp_page_size / 512);
	area = hp_map_file(fd, 0, 2, MAP_SHARED);
	hp_check_hugetlb(start, .free = -2);
	hp_check_zeros(area);
	hp_fill(area, 'f');
	hp_check_hugetlb(start, .free = -2);
	hp_check_ok(close(fd));
	hp_unmap(area);
	hp_check_hugetlb(start);
}

HP_CASE(keeps_what_is_there, "fallocate leaves pages that the file has as they are")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd;
	struct hp_area *area = hp_filled_file(&fd, 1, 'o');

	hp_check_hugetlb(start, .free = -1);
	hp_check_ok(fallocate(fd, 0, 0, 2 * hp_page_size));
	hp_check_hugetlb(start, .free = -2);
	hp_check_filled(area, 'o');
}

HP_CASE(keep_size, "FALLOC_FL_KEEP_SIZE gives pages beyond the end and moves no end")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd = hp_hugetlb_file();

	hp_check_ok(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, hp_page_size));
	hp_check_eq(size_of(fd), 0);
	hp_check_hugetlb(start, .free = -1);
	hp_check_ok(close(fd));
	hp_check_hugetlb(start);
}

HP_CASE(beyond_the_end,
	"what fallocate gave beyond the end of the file is SIGBUS until the file grows")
{
	int fd = hp_hugetlb_file();
	struct hp_area area;

	hp_check_ok(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, hp_page_size));
	/* A writable mapping would move the end. */
	area = hp_area_at(
		hp_check_ok(mmap(NULL, hp_page_size, PROT_READ, MAP_SHARED, fd, 0)),
		hp_page_size, hp_page_size);
	hp_check_fault(&area, area.addr, HP_READ, SIGBUS, BUS_ADRERR);
	hp_resize_file(fd, 1);
	hp_check_zeros(&area);
}

HP_CASE(part_of_a_page, "fallocate of a part of a huge page takes the whole page")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd = hp_hugetlb_file();

	hp_check_ok(fallocate(fd, 0, 10, 10));
	hp_check_hugetlb(start, .free = -1);
	hp_check_eq(size_of(fd), 20);
}

HP_CASE(no_page_left,
	"fallocate of more than the pool has is ENOSPC, and leaves others their pages")
{
	struct hp_hugetlb_counts start = hp_pool_leave(1);
	int fd = hp_hugetlb_file();

	hp_check_errno(fallocate(fd, 0, 0, 2 * hp_page_size), ENOSPC);
	hp_check_range(start.free - hp_hugetlb().free, 0, 1);
	hp_check_eq(hp_hugetlb().rsvd, start.rsvd);
	hp_check_ok(close(fd));
	hp_check_hugetlb(start);
}

HP_CASE(other_modes,
	"fallocate refuses to collapse, zero and insert a range of a hugetlb file")
{
	int fd = hp_hugetlb_file();

	hp_check_errno(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, hp_page_size),
		       EOPNOTSUPP);
	hp_check_errno(fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, hp_page_size), EOPNOTSUPP);
	hp_check_errno(fallocate(fd, FALLOC_FL_INSERT_RANGE, 0, hp_page_size), EOPNOTSUPP);
	hp_check_errno(hp_punch(fd, 0, 0), EINVAL);
}

HP_PROGRAM(.summary = "fallocate gives a hugetlb file its pages beforehand",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .sources = HP_SOURCES({"man", "fallocate(2)"},
				 {"commit", "70c3547e36f5",
				  "hugetlbfs: add hugetlbfs_fallocate()"}))
