// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Huge pages of a memfd that were swapped out can be swapped in piece by piece, in any
 * order, by faults and system calls, and no byte changes. Ranges that are punched out or
 * truncated while they are in swap read as zeroes and use no blocks.
 */
#include "hugeproof.h"

#include <fcntl.h>

#define PAGES 2

static const struct size {
	struct hp_variant variant;
	size_t bytes; /* 0: PMD size */
} sizes[] = {
	{{"64k", "64 kB"}, 64 << 10},
	{{"512k", "512 kB"}, 512 << 10},
	{{"pmd", "PMD size"}, 0},
};

struct swapped {
	struct hp_shmem *shmem;
	struct hp_area *area; /* in base pages */
	size_t bytes;         /* of a huge page */
};

static struct swapped swapped_out(const struct size *size)
{
	struct swapped it = {.shmem = hp_shmem_new(HP_MEMFD, PAGES),
			     .bytes = size->bytes ? size->bytes : hp_pmd_size};

	it.area = hp_map_huge_shmem(it.shmem, it.bytes, 's');
	hp_observed("a page's size before it goes to swap", "%zu",
		    hp_folio_size(it.area->addr));
	hp_swap_out(it.area);
	return it;
}

static size_t base_pages(const struct swapped *it)
{
	return it->area->size / hp_base_size;
}

static void read_page(const struct swapped *it, size_t n)
{
	hp_check_filled(hp_nth_page(it->area, n), 's');
}

/* Visits every base page once, and never two neighbours one after the other. */
#define STRIDE 37

HP_CASES(mapped,
	 "swapped-out huge pages are intact when their base pages are read in scattered "
	 "order",
	 sizes, size)
{
	struct swapped it = swapped_out(size);

	for (size_t i = 0; i < base_pages(&it); i++)
		read_page(&it, i * STRIDE % base_pages(&it));
	hp_check_filled(it.area, 's');
}

HP_CASES(written,
	 "a write to every third base page of swapped-out huge pages leaves the others "
	 "intact",
	 sizes, size)
{
	struct swapped it = swapped_out(size);

	for (size_t i = base_pages(&it); i-- > 0;)
		if (i % 3 == 0)
			hp_fill(hp_nth_page(it.area, i), 'w');
	for (size_t i = 0; i < base_pages(&it); i++)
		hp_check_filled(hp_nth_page(it.area, i), i % 3 == 0 ? 'w' : 's');
}

HP_CASES(read_by_call, "pread() across base pages returns what was swapped out", sizes,
	 size)
{
	struct swapped it = swapped_out(size);
	size_t piece = hp_base_size + hp_base_size / 2;
	char *buffer = malloc(piece);
	struct hp_area *again;

	hp_require(buffer, "no memory");
	for (size_t at = hp_base_size / 2; at + piece <= it.area->size; at += 5 * piece)
		hp_check_eq(pread(it.shmem->fd, buffer, piece, (off_t)at), (ssize_t)piece);
	again = hp_map_all_shmem(it.shmem, MAP_SHARED);
	for (size_t at = hp_base_size / 2; at + piece <= it.area->size; at += 5 * piece) {
		hp_check_eq(pread(it.shmem->fd, buffer, piece, (off_t)at), (ssize_t)piece);
		hp_check(!memcmp(buffer, again->addr + at, piece));
	}
	hp_check_filled(it.area, 's');
}

HP_CASES(punched,
	 "a hole punched into swapped-out huge pages reads as zeroes, the rest is intact",
	 sizes, size)
{
	struct swapped it = swapped_out(size);
	size_t from = it.bytes / 4, bytes = it.bytes / 2;

	hp_punch_shmem(it.shmem, from, bytes);
	hp_check_eq(hp_shmem_blocks(it.shmem), it.area->size - bytes);
	hp_check_zeros(hp_part(it.area, from, bytes));
	hp_check_filled_around(it.area, hp_part(it.area, from, bytes), 's');
}

HP_CASES(truncated,
	 "swapped-out pages that are truncated read as zeroes in the file when it grows",
	 sizes, size)
{
	struct swapped it = swapped_out(size);
	size_t end = it.area->size - it.bytes / 2;

	hp_check_ok(ftruncate(it.shmem->fd, (off_t)(end - 10)));
	hp_check_eq(hp_shmem_blocks(it.shmem), end);
	hp_check_ok(ftruncate(it.shmem->fd, (off_t)it.area->size));
	for (size_t i = end - 10; i < end; i++)
		hp_check_eq(it.area->addr[i], 0);
	hp_check_zeros(hp_part(it.area, end, it.area->size - end));
	hp_check_filled(hp_part(it.area, 0, end - hp_base_size), 's');
}

HP_CASES(preallocated, "fallocate() keeps the contents of swapped-out huge pages", sizes,
	 size)
{
	struct swapped it = swapped_out(size);

	hp_check_ok(fallocate(it.shmem->fd, 0, (off_t)(it.bytes / 4), (off_t)it.bytes));
	hp_check_filled(it.area, 's');
	hp_check_eq(hp_shmem_blocks(it.shmem), it.area->size);
}

HP_CASES(copied, "writes to a private mapping leave the swapped-out file intact", sizes,
	 size)
{
	struct swapped it = swapped_out(size);
	struct hp_area *own = hp_map_all_shmem(it.shmem, MAP_PRIVATE);

	for (size_t i = 0; i < base_pages(&it); i += 2)
		hp_fill(hp_nth_page(own, i * STRIDE % base_pages(&it)), 'c');
	hp_check_filled(it.area, 's');
}

HP_CASES(twice, "huge pages that were partly swapped in are intact after another swap-out",
	 sizes, size)
{
	struct swapped it = swapped_out(size);

	for (int round = 0; round < 3; round++) {
		for (size_t i = (size_t)round; i < base_pages(&it); i += 7)
			read_page(&it, i);
		hp_fill(hp_nth_page(it.area, (size_t)round), 's');
		hp_swap_out(it.area);
	}
	hp_check_filled(it.area, 's');
}

/* Of the file in swap, as far as it is mapped, and not written through this mapping. */
HP_CASES(told_private, "smaps of a private mapping shows what its file has in swap", sizes,
	 size)
{
	struct swapped it = swapped_out(size);
	struct hp_area *own = hp_map_all_shmem(it.shmem, MAP_PRIVATE), *half;
	size_t part = it.bytes;

	hp_check_eq(hp_area_smaps(own).swap, it.area->size / 1024);
	half = hp_map_shmem_part(it.shmem, (off_t)part, it.area->size - part, MAP_PRIVATE,
				 0);
	hp_check_eq(hp_area_smaps(half).swap, (it.area->size - part) / 1024);
	hp_check_filled(half, 's');
	hp_check_eq(hp_area_smaps(half).swap, 0);
}

static void need_whole_swap_in(void)
{
	if (!hp_kernel_from(6, 14))
		hp_skip_case("needs large folios of shared memory that come back from swap "
			     "whole (Linux 6.14): run it on a newer kernel");
	hp_need_whole_swap_in();
}

/* How often swap-in found no memory for a folio; 0 on kernels that do not count it. */
static long swap_in_fallbacks(size_t bytes)
{
	long count = 0;

	return hp_thp_stat_read(bytes, "swpin_fallback", &count) ? 0 : count;
}

HP_CASES(whole, "one access brings back the whole huge page that was swapped out", sizes,
	 size)
{
	struct swapped it;
	long before, out, fallbacks, none;
	size_t first;

	need_whole_swap_in();
	hp_require(!hp_thp_stat_read(size->bytes ? size->bytes : hp_pmd_size, "swpout",
				     &before),
		   "cannot read swpout");
	fallbacks = hp_shmem_fallbacks(size->bytes ? size->bytes : hp_pmd_size);
	it = swapped_out(size);
	hp_thp_stat_read(it.bytes, "swpout", &out);
	if (out - before < (long)(it.area->size / it.bytes))
		hp_short_of(it.bytes, "%ld of %zu huge pages went to swap whole",
			    out - before, it.area->size / it.bytes);
	first = it.bytes / hp_base_size + 3;
	none = swap_in_fallbacks(it.bytes);
	read_page(&it, first);
	if (swap_in_fallbacks(it.bytes) > none)
		hp_short_of(it.bytes, "swap-in found no free page of the size");
	hp_short_of_shmem(it.bytes, hp_folio_size(hp_page(it.area, first)), fallbacks);
	hp_check_folio_size(hp_page(it.area, first), it.bytes);
	hp_check_eq(hp_area_smaps(it.area).swap, (it.area->size - it.bytes) / 1024);
	hp_check_filled(it.area, 's');
	hp_check_eq(hp_area_smaps(it.area).swap, 0);
	hp_check_eq(hp_shmem_blocks(it.shmem), it.area->size);
}

HP_CASES(told_proportional, "SwapPss of a mapping leaves out what its file has in swap",
	 sizes, size)
{
	struct swapped it = swapped_out(size);

	/* Of shmem in swap it is not known who has mapped it. */
	hp_check_eq(hp_area_smaps(it.area).swap_pss, 0);
	hp_check_eq(hp_area_smaps(it.area).swap, it.area->size / 1024);
	hp_check_filled(it.area, 's');
}

HP_CASE(told_huge,
	"ShmemHugePages counts no huge page in swap, and none of a file that is gone")
{
	struct hp_thp_totals start = hp_thp_kb();
	struct swapped it = swapped_out(&sizes[2]);

	hp_check_thp_kb(start);
	hp_check_filled(it.area, 's');
	hp_unmap(it.area);
	hp_check_ok(close(it.shmem->fd));
	hp_check_thp_kb(start);
}

HP_PROGRAM(.summary =
		   "huge pages of a memfd are swapped in piece by piece without data loss",
	   .page_sizes = HP_NO_PAGE_SIZE, .seconds = 30,
	   .needs = HP_NEEDS("thp", "swap", "root", "pagemap"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/transhuge.rst"},
				 {"commit", "058313515d5a",
				  "mm: shmem: fix potential data corruption during shmem "
				  "swapin"}))
