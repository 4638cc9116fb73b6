// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Truncating, punching and writing a file of huge pages changes exactly the given bytes; a
 * huge page that is truncated or punched in part is split or zeroed, and its neighbour is
 * not.
 */
#include "hugeproof.h"

/* Maps the file as huge pages filled with 'c'. */
static struct hp_area *made(struct hp_shmem *shmem)
{
	struct hp_area *area = hp_map_all_shmem(shmem, MAP_SHARED);

	hp_fill(area, 'c');
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), area->size);
	return area;
}

/* Checks the pattern around, and zeros in, a range that is a multiple of words. */
static void check_hole(const struct hp_area *area, size_t offset, size_t bytes)
{
	hp_check_filled_around(area, hp_part(area, offset, bytes), 'c');
	hp_check_zeros(hp_part(area, offset, bytes));
}

/*
 * Truncates the file to `size` and extends it again: the rest is zeros and frees its
 * blocks.
 */
static void truncate_at(enum hp_backing backing, size_t size)
{
	struct hp_shmem *shmem = hp_shmem_new(backing, 2);
	struct hp_area *area = made(shmem);
	size_t pages_end = (size + hp_base_size - 1) / hp_base_size * hp_base_size, folio;

	hp_check_ok(ftruncate(shmem->fd, (off_t)size));
	hp_check_eq(hp_shmem_blocks(shmem), pages_end);
	hp_check_filled(hp_part(area, 0, size), 'c');
	if (pages_end > size)
		hp_check_zeros(hp_part(area, size, pages_end - size));
	if (pages_end < area->size)
		hp_check_fault(area, area->addr + pages_end, HP_READ, SIGBUS, BUS_ADRERR);
	hp_check_ok(ftruncate(shmem->fd, (off_t)area->size));
	check_hole(area, size, area->size - size);
	/*
	 * The huge page that the new end divides is split: to base pages, or since Linux
	 * 6.15 no further than necessary. The other is unchanged.
	 */
	folio = hp_folio_size(area->addr);
	hp_check_eq(folio < hp_pmd_size, size < hp_pmd_size);
	if (folio < hp_pmd_size)
		hp_observed("size of the first part", "%zu kB", folio / 1024);
	hp_check_eq(hp_shmem_blocks(shmem), pages_end + (area->size - pages_end));
}

HP_CASES(cut_in_page,
	 "truncation in the middle of a base page drops exactly the bytes after it",
	 hp_shmem_kinds, kind)
{
	truncate_at(kind->backing, hp_pmd_size / 2 + hp_base_size / 2);
}

HP_CASES(cut_at_page, "truncation between two base pages drops exactly the bytes after it",
	 hp_shmem_kinds, kind)
{
	truncate_at(kind->backing, hp_pmd_size / 2);
}

HP_CASES(cut_in_first, "truncation in the first base page drops exactly the bytes after it",
	 hp_shmem_kinds, kind)
{
	truncate_at(kind->backing, 8);
}

HP_CASES(cut_in_last, "truncation in the last base page drops exactly the bytes after it",
	 hp_shmem_kinds, kind)
{
	truncate_at(kind->backing, 2 * hp_pmd_size - 8);
}

HP_CASES(cut_at_huge_page, "truncation between two huge pages splits neither",
	 hp_shmem_kinds, kind)
{
	truncate_at(kind->backing, hp_pmd_size);
}

/* Punches a hole, which may be unaligned; then fills and collapses the range again. */
static void punch_at(enum hp_backing backing, size_t offset, size_t bytes)
{
	struct hp_shmem *shmem = hp_shmem_new(backing, 2);
	struct hp_area *area = made(shmem), *other = hp_map_all_shmem(shmem, MAP_SHARED);
	size_t first = (offset + hp_base_size - 1) / hp_base_size,
	       end = (offset + bytes) / hp_base_size;
	size_t gone = end > first ? (end - first) * hp_base_size : 0;

	hp_check_filled(other, 'c');
	hp_check_eq(hp_mapped_huge(other), other->size);
	hp_punch_shmem(shmem, offset, bytes);
	hp_check_eq(hp_shmem_blocks(shmem), 2 * hp_pmd_size - gone);
	/* Reading a hole of shmem through a mapping allocates pages. */
	check_hole(area, offset, bytes);
	check_hole(other, offset, bytes);
	hp_check_eq(hp_shmem_blocks(shmem), 2 * hp_pmd_size);
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), area->size);
	check_hole(area, offset, bytes);
	check_hole(other, offset, bytes);
	hp_fill(other, 'd');
	hp_check_filled(area, 'd');
}

HP_CASES(punch_page,
	 "punching a base page out of a huge page zeroes and frees exactly that page",
	 hp_shmem_kinds, kind)
{
	punch_at(kind->backing, 7 * hp_base_size, hp_base_size);
}

HP_CASES(punch_bytes, "punching a hole within a base page zeroes exactly those bytes",
	 hp_shmem_kinds, kind)
{
	punch_at(kind->backing, 7 * hp_base_size + 64, 128);
}

HP_CASES(punch_ragged,
	 "punching an unaligned hole zeroes its bytes and frees the whole base pages in it",
	 hp_shmem_kinds, kind)
{
	punch_at(kind->backing, 7 * hp_base_size + 512, 3 * hp_base_size);
}

HP_CASES(punch_across, "punching a hole across two huge pages zeroes exactly those bytes",
	 hp_shmem_kinds, kind)
{
	punch_at(kind->backing, hp_pmd_size - 2 * hp_base_size - 16, 5 * hp_base_size);
}

HP_CASES(punch_huge_page, "punching out a huge page does not split its neighbour",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem = hp_shmem_new(kind->backing, 2);
	struct hp_area *area = made(shmem);
	uint64_t frame = hp_pfn(area->addr + hp_pmd_size);

	hp_punch_shmem(shmem, 0, hp_pmd_size);
	hp_check_eq(hp_shmem_blocks(shmem), hp_pmd_size);
	hp_check_eq(hp_mapped_huge(area), hp_pmd_size);
	check_hole(area, 0, hp_pmd_size);
	hp_check_eq(hp_folio_size(area->addr + hp_pmd_size), hp_pmd_size);
	hp_check_unmoved(hp_pfn(area->addr + hp_pmd_size) == frame);
}

HP_CASES(written, "write(2) into the middle of a huge page leaves it huge and in place",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem = hp_shmem_new(kind->backing, 1);
	struct hp_area *area = made(shmem);
	const size_t at = 5 * hp_base_size + 40, bytes = 2 * hp_base_size;
	uint64_t frame = hp_pfn(area->addr);
	char *buf = malloc(bytes);

	hp_require(buf, "no memory");
	memset(buf, 0, bytes);
	hp_check_eq(pwrite(shmem->fd, buf, bytes, (off_t)at), bytes);
	check_hole(area, at, bytes);
	hp_check_eq(hp_mapped_huge(area), hp_pmd_size);
	hp_check_unmoved(hp_pfn(area->addr) == frame);
	hp_check_eq(pread(shmem->fd, buf, bytes, (off_t)(at + bytes)), bytes);
	hp_check(!memcmp(buf, area->addr + at + bytes, bytes));
	free(buf);
}

HP_CASES(pinned,
	 "punching next to a pinned page zeroes the hole and leaves the page in place",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem = hp_shmem_new(kind->backing, 1);
	struct hp_area *area = made(shmem);
	struct hp_ring *ring = hp_ring_open();
	uint64_t word = 0, *at = (uint64_t *)(area->addr + 9 * hp_base_size);
	uint64_t frame = hp_pfn(at);

	hp_check_eq(hp_ring_pin(ring, at, hp_base_size), 0);
	hp_punch_shmem(shmem, 3 * hp_base_size, 2 * hp_base_size);
	check_hole(area, 3 * hp_base_size, 2 * hp_base_size);
	hp_check_unmoved(hp_pfn(at) == frame);
	/* The ring and the process still share the page. */
	*at = 4711;
	hp_check_eq(hp_ring_load(ring, &at, &word, 1), 0);
	hp_check_eq(word, 4711);
	hp_check_eq(hp_ring_unpin(ring), 0);
	hp_ring_close(ring);
}

HP_CASES(locked, "mlocked huge pages are punched and truncated like others", hp_shmem_kinds,
	 kind)
{
	struct hp_shmem *shmem = hp_shmem_new(kind->backing, 1);
	struct hp_area *area = made(shmem);

	hp_check_ok(mlock(area->addr, area->size));
	hp_punch_shmem(shmem, 16 * hp_base_size, 4 * hp_base_size);
	check_hole(area, 16 * hp_base_size, 4 * hp_base_size);
	hp_check_ok(ftruncate(shmem->fd, (off_t)(8 * hp_base_size)));
	hp_check_eq(hp_shmem_blocks(shmem), 8 * hp_base_size);
	hp_check_fault(area, area->addr + 8 * hp_base_size, HP_READ, SIGBUS, BUS_ADRERR);
	hp_check_filled(hp_part(area, 0, 8 * hp_base_size), 'c');
}

HP_PROGRAM(.summary = "truncation and punching of huge pages drop exactly the given bytes",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_admin"),
	   .sources = HP_SOURCES({"man", "fallocate(2)"},
				 {"doc", "Documentation/admin-guide/mm/transhuge.rst"}))
