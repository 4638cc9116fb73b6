// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Readahead advice for a hugetlb file takes no page and no reservation: the reservation is
 * there for the fault that follows.
 */
#include "hugeproof.h"

static int will_need(int fd)
{
	return posix_fadvise(fd, 0, (off_t)hp_page_size, POSIX_FADV_WILLNEED);
}

static int read_ahead(int fd)
{
	return readahead(fd, 0, hp_page_size) ? errno : 0;
}

static int dont_need(int fd)
{
	return posix_fadvise(fd, 0, (off_t)hp_page_size, POSIX_FADV_DONTNEED);
}

static const struct way {
	struct hp_variant variant;
	int (*advise)(int fd);
} ways[] = {
	{{"fadvise",
	  "POSIX_FADV_WILLNEED of a hugetlb file takes no page and keeps the reservation"},
	 will_need},
	{{"readahead_call",
	  "readahead of a hugetlb file takes no page, or fails with EINVAL"},
	 read_ahead},
	{{"not_needed", "POSIX_FADV_DONTNEED of a hugetlb file drops no page"}, dont_need},
};

/* A mapping that has reserved the whole pool is touched after the advice. */
HP_NAMED_CASES(keeps_promise, ways, way)
{
	int fd = hp_hugetlb_file(), result;
	struct hp_hugetlb_counts start = hp_pool_leave(1);
	struct hp_area *area = hp_map_file(fd, 0, 1, MAP_SHARED);

	hp_check_hugetlb(start, .rsvd = +1);
	result = way->advise(fd);
	hp_observed("the advice", result ? "refused" : "taken");
	hp_check(!result || result == EINVAL);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_fill(area, 'r');
	hp_check_hugetlb(start, .free = -1);
	way->advise(fd);
	hp_check_filled(area, 'r');
	hp_check_hugetlb(start, .free = -1);
}

HP_PROGRAM(.summary = "fadvise of a hugetlb file takes no page and no reservation",
	   .needs = HP_NEEDS("hugetlb:1"),
	   .sources = HP_SOURCES({"man", "posix_fadvise(2)"}, {"man", "readahead(2)"}))
