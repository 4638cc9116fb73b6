// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * fallocate allocates the huge pages of a file in advance, and punching a hole frees whole
 * pages and zeroes the parts of pages at its ends.
 */
#include "hugeproof.h"

static off_t size_of(int fd)
{
	struct stat status;

	hp_check_ok(fstat(fd, &status));
	return status.st_size;
}

/* The blocks of 512 bytes that stat reports. */
static intmax_t blocks_of(int fd)
{
	struct stat status;

	hp_check_ok(fstat(fd, &status));
	return status.st_blocks;
}

HP_CASE(preallocates,
	"fallocate allocates zeroed huge pages at once, and later faults allocate none")
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

HP_CASE(keeps_what_is_there, "fallocate keeps existing huge pages of the file as they are")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd;
	struct hp_area *area = hp_filled_file(&fd, 1, 'o');

	hp_check_hugetlb(start, .free = -1);
	hp_check_ok(fallocate(fd, 0, 0, 2 * hp_page_size));
	hp_check_hugetlb(start, .free = -2);
	hp_check_filled(area, 'o');
}

HP_CASE(keep_size,
	"FALLOC_FL_KEEP_SIZE allocates huge pages beyond the end and keeps the size")
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
	"an access to a huge page allocated beyond the end of the file gets SIGBUS")
{
	int fd = hp_hugetlb_file();
	struct hp_area area;

	hp_check_ok(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, hp_page_size));
	/* A writable mapping would extend the file. */
	area = hp_area_at(
		hp_check_ok(mmap(NULL, hp_page_size, PROT_READ, MAP_SHARED, fd, 0)),
		hp_page_size, hp_page_size);
	hp_check_fault(&area, area.addr, HP_READ, SIGBUS, BUS_ADRERR);
	hp_resize_file(fd, 1);
	hp_check_zeros(&area);
}

HP_CASE(part_of_a_page, "fallocate of a part of a huge page allocates the whole page")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd = hp_hugetlb_file();

	hp_check_ok(fallocate(fd, 0, 10, 10));
	hp_check_hugetlb(start, .free = -1);
	hp_check_eq(size_of(fd), 20);
}

HP_CASE(no_page_left, "fallocate of more huge pages than the pool has fails with ENOSPC")
{
	struct hp_hugetlb_counts start = hp_pool_leave(1);
	int fd = hp_hugetlb_file();

	hp_check_errno(fallocate(fd, 0, 0, 2 * hp_page_size), ENOSPC);
	hp_check_range(start.free - hp_hugetlb().free, 0, 1);
	hp_check_eq(hp_hugetlb().rsvd, start.rsvd);
	hp_check_ok(close(fd));
	hp_check_hugetlb(start);
}

HP_CASE(other_modes, "unsupported fallocate modes of a hugetlb file fail with EOPNOTSUPP")
{
	int fd = hp_hugetlb_file();

	hp_check_errno(fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, hp_page_size),
		       EOPNOTSUPP);
	hp_check_errno(fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, hp_page_size), EOPNOTSUPP);
	hp_check_errno(fallocate(fd, FALLOC_FL_INSERT_RANGE, 0, hp_page_size), EOPNOTSUPP);
	hp_check_errno(hp_punch(fd, 0, 0), EINVAL);
}

/* Also beyond a size that is kept. */
HP_CASE(file_limit, "fallocate beyond RLIMIT_FSIZE fails with EFBIG and allocates nothing")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd = hp_hugetlb_file();

	hp_limit_file_size(hp_page_size);
	hp_check_errno(fallocate(fd, 0, 0, (off_t)hp_page_size + 1), EFBIG);
	hp_check_errno(fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)hp_page_size, 1), EFBIG);
	hp_check_eq(size_of(fd), 0);
	hp_check_hugetlb(start);
	hp_check_ok(fallocate(fd, 0, 0, (off_t)hp_page_size));
	hp_check_hugetlb(start, .free = -1);
}

HP_PROGRAM(.summary = "fallocate allocates the huge pages of a file in advance",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .sources = HP_SOURCES({"man", "fallocate(2)"},
				 {"man", "setrlimit(2)", "RLIMIT_FSIZE"},
				 {"commit", "70c3547e36f5",
				  "hugetlbfs: add hugetlbfs_fallocate()"}))
