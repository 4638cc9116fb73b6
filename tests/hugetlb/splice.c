// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * splice(2) from a hugetlb file transfers its contents or is refused completely; into one
 * it is refused, and vmsplice(2) passes the contents of huge pages to a pipe.
 */
#include "hugeproof.h"

#define BYTES 10000

/* Reads the pipe and compares. */
static void check_pipe(int pipe, const char *expected, size_t bytes)
{
	static char got[BYTES];

	for (size_t done = 0; done < bytes;)
		done += hp_check_ok(read(pipe, got + done, bytes - done));
	hp_check_eq(memcmp(got, expected, bytes), 0);
}

HP_CASE(out_of_the_file,
	"splice from a hugetlb file at an unaligned offset works or fails with EINVAL")
{
	int fd, ends[2];
	struct hp_area *area = hp_filled_file(&fd, 1, 's');
	loff_t offset = 4099;
	ssize_t moved;

	hp_check_ok(pipe(ends));
	moved = splice(fd, &offset, ends[1], NULL, BYTES, 0);
	hp_observed("splice from a hugetlb file", moved < 0 ? "refused" : "works");
	if (moved < 0) {
		hp_check_eq(errno, EINVAL);
		hp_check_eq(offset, 4099);
		return;
	}
	hp_check_range(moved, 1, BYTES);
	hp_check_eq(offset, 4099 + moved);
	check_pipe(ends[0], area->addr + 4099, moved);
}

HP_CASE(into_the_file, "splice into a hugetlb file fails with EINVAL")
{
	int fd, ends[2];
	struct hp_area *area = hp_filled_file(&fd, 1, 's');
	loff_t offset = 0;

	hp_check_ok(pipe(ends));
	hp_check_eq(write(ends[1], "spliced", 7), 7);
	hp_check_errno(splice(ends[0], NULL, fd, &offset, 7, 0), EINVAL);
	hp_check_filled(area, 's');
}

HP_CASE(from_memory,
	"vmsplice passes the contents of huge pages to a pipe, across their boundary")
{
	struct hp_area *area = hp_filled_hugetlb(2, MAP_PRIVATE, 'v');
	struct iovec odd = {hp_page(area, 1) - BYTES / 2, BYTES};
	int ends[2];
	struct hp_hugetlb_counts start = hp_hugetlb();

	hp_check_ok(pipe(ends));
	hp_check_eq(vmsplice(ends[1], &odd, 1, 0), BYTES);
	check_pipe(ends[0], odd.iov_base, BYTES);
	hp_check_hugetlb(start);
}

HP_CASE(kept_by_pipe, "a huge page held by a pipe is freed when the pipe is closed")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_filled_hugetlb(1, MAP_PRIVATE, 'v');
	struct iovec head = {area->addr, 100};
	int ends[2];

	hp_check_ok(pipe(ends));
	hp_check_eq(vmsplice(ends[1], &head, 1, 0), 100);
	hp_unmap(area);
	hp_check_hugetlb(start, .free = -1);
	hp_check_ok(close(ends[0]));
	hp_check_ok(close(ends[1]));
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary = "splice and vmsplice transfer huge pages' contents and leak no page",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .sources = HP_SOURCES({"man", "splice(2)"}, {"man", "vmsplice(2)"}))
