// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Advice to read a hugetlb file ahead, given to the file, takes no page and no promise:
 * the reservation is there for the fault that follows.
 */
#include "hugeproof.h"

/* A mapping that has the whole pool promised, after the advice. */
static void keeps_promise(int (*advise)(int fd))
{
	int fd = hp_hugetlb_file(), result;
	struct hp_hugetlb start;
	struct hp_area *area;

	hp_pool_leave(1);
	start = hp_hugetlb();
	area = hp_map_file(fd, 0, 1, MAP_SHARED);
	hp_check_hugetlb(start, .rsvd = +1);
	result = advise(fd);
	hp_observed("the advice", result ? "refused" : "taken");
	hp_check(!result || result == EINVAL);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_fill(area, 'r');
	hp_check_hugetlb(start, .free = -1);
	advise(fd);
	hp_check_filled(area, 'r');
	hp_check_hugetlb(start, .free = -1);
}

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

HP_CASE(fadvise, "POSIX_FADV_WILLNEED")
{
	keeps_promise(will_need);
}

HP_CASE(readahead_call, "readahead(2), which may refuse such a file (EINVAL)")
{
	keeps_promise(read_ahead);
}

HP_CASE(not_needed, "POSIX_FADV_DONTNEED drops no page: there is no other copy of it")
{
	keeps_promise(dont_need);
}

HP_PROGRAM(.summary = "advice on a hugetlb file takes no page and no reservation",
	   .needs = HP_NEEDS("hugetlb:1"), .source = "posix_fadvise(2), readahead(2)")
