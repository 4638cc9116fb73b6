// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * cachestat(2) counts the base pages of a range of a file that are in the page cache, and
 * those that are not because they were evicted; huge pages and entries of swap count with
 * the part that is in the range.
 */
#include "hugeproof.h"

#include <fcntl.h>
#include <sys/syscall.h>

#ifndef __NR_cachestat
#define __NR_cachestat 451
#endif

/* uapi/linux/mman.h since Linux 6.5. */
struct range {
	uint64_t offset, bytes; /* 0 bytes: to the end of the file */
};
struct counts {
	uint64_t cache, dirty, writeback, evicted, recently_evicted; /* base pages */
};

static const struct size {
	struct hp_variant variant;
	size_t bytes; /* 0: PMD size */
} sizes[] = {
	{{"64k", "64 kB"}, 64 << 10},
	{{"pmd", "PMD size"}, 0},
};

#define PAGES 2 /* of PMD size */

static long cachestat(int fd, uint64_t offset, uint64_t bytes, struct counts *counts,
		      unsigned int flags)
{
	struct range range = {offset, bytes};

	return syscall(__NR_cachestat, fd, &range, counts, flags);
}

static void need_cachestat(void)
{
	struct counts counts;

	/* A filter of system calls may refuse one that it does not know with EPERM. */
	if (cachestat(-1, 0, 0, &counts, 0) && errno != EBADF)
		hp_skip_case("needs cachestat (Linux 6.5 or later): %s", strerror(errno));
}

struct file {
	struct hp_shmem *shmem;
	struct hp_area *area;
	size_t size; /* of a huge page, bytes */
};

static struct file filled(const struct size *size)
{
	struct file it = {.size = size->bytes ? size->bytes : hp_pmd_size};
	long fallbacks;

	need_cachestat();
	it.shmem = hp_shmem_new(HP_MEMFD, PAGES);
	fallbacks = hp_shmem_fallbacks(it.size);
	it.area = hp_map_huge_shmem(it.shmem, it.size, 'c');
	hp_short_of_shmem(it.size, hp_folio_size(it.area->addr), fallbacks);
	hp_check_eq(hp_folio_size(it.area->addr), it.size);
	return it;
}

/* Checks the counts of a range, in base pages, of which all are cached or evicted. */
static void check_range(const struct file *it, size_t from, size_t n, size_t cached)
{
	struct counts counts;

	hp_step("base pages %zu to %zu", from, from + n - 1);
	hp_check_eq(
		cachestat(it->shmem->fd, from * hp_base_size, n * hp_base_size, &counts, 0),
		0);
	hp_check_eq(counts.cache, cached);
	hp_check_eq(counts.evicted, n - cached);
	hp_check_eq(counts.writeback, 0);
	hp_check(counts.recently_evicted <= counts.evicted);
}

/* Reclaim may push pages out to swap at any time. */
static void keep_in_memory(const struct file *it)
{
	hp_check_ok(mlock(it->area->addr, it->area->size));
}

/* Ranges that begin and end with a huge page, within one, and within two. */
static void check_ranges(const struct file *it, bool cached)
{
	size_t all = it->area->size / hp_base_size, page = it->size / hp_base_size;
	const struct {
		size_t from, n;
	} ranges[] = {
		{0, all},     {0, 1},       {page - 1, 2},    {3, 5},
		{1, all - 2}, {page, page}, {page / 2, page}, {all - 3, 3},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++)
		check_range(it, ranges[i].from, ranges[i].n, cached ? ranges[i].n : 0);
}

HP_CASES(cached, "cachestat counts the base pages of huge pages that are in a range", sizes,
	 size)
{
	struct file it = filled(size);

	keep_in_memory(&it);
	check_ranges(&it, true);
}

HP_CASES(swapped, "cachestat counts base pages of huge pages in swap as evicted", sizes,
	 size)
{
	struct file it;

	hp_case_needs("swap");
	it = filled(size);
	hp_swap_out(it.area);
	check_ranges(&it, false);
	/* Counting has not read them back. */
	hp_check_eq(hp_area_smaps(it.area).rss, 0);
	keep_in_memory(&it);
	hp_check_filled(it.area, 'c');
	check_ranges(&it, true);
}

HP_CASES(holes, "cachestat counts nothing in holes and beyond the end of a file", sizes,
	 size)
{
	struct file it = filled(size);
	size_t all = it.area->size / hp_base_size, hole = it.size / 2 / hp_base_size;
	struct counts counts;

	keep_in_memory(&it);
	/* Where somebody has a reference to a huge page, it is only zeroed in part. */
	hp_eventually((hp_punch_shmem(it.shmem, 0, it.size / 2),
		       hp_shmem_blocks(it.shmem) == it.area->size - it.size / 2),
		      2);
	hp_check_eq(cachestat(it.shmem->fd, 0, it.size, &counts, 0), 0);
	hp_check_eq(counts.cache, hole);
	hp_check_eq(counts.evicted, 0);
	hp_check_eq(cachestat(it.shmem->fd, 0, 0, &counts, 0), 0);
	hp_check_eq(counts.cache, all - hole);
	hp_check_eq(cachestat(it.shmem->fd, it.area->size, it.size, &counts, 0), 0);
	hp_check_eq(counts.cache, 0);
	hp_check_eq(counts.evicted, 0);
}

HP_CASE(refused, "cachestat refuses flags (EINVAL), bad descriptors and addresses")
{
	struct file it = filled(&sizes[1]);
	struct counts counts;

	hp_check_errno(cachestat(it.shmem->fd, 0, 0, &counts, 1), EINVAL);
	hp_check_errno(cachestat(-1, 0, 0, &counts, 0), EBADF);
	hp_check_errno(cachestat(it.shmem->fd, 0, 0, NULL, 0), EFAULT);
}

HP_CASE(hugetlb, "cachestat refuses a hugetlb file (EOPNOTSUPP)")
{
	struct counts counts;
	int fd;

	need_cachestat();
	fd = memfd_create("hugeproof", MFD_HUGETLB | MFD_CLOEXEC);
	if (fd < 0)
		hp_skip_case("needs hugetlb pages: memfd_create: %s", strerror(errno));
	hp_check_errno(cachestat(fd, 0, 0, &counts, 0), EOPNOTSUPP);
}

HP_PROGRAM(.summary = "cachestat counts huge pages of tmpfs by the part in its range",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root", "pagemap"),
	   .sources = HP_SOURCES(
		   {"commit", "cf264e1329fb", "cachestat: implement cachestat syscall"},
		   {"commit", "d5d39c707a4c", "cachestat: fix two shmem bugs"}))
