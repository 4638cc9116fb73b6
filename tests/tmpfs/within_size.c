// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * With huge=within_size a new page is huge if and only if the whole huge page lies within
 * the file, whose size is rounded up to base pages.
 */
#include "hugeproof.h"

/* How far the end of the file is from a multiple of the huge page size. */
static const struct tail {
	struct hp_variant variant;
	long pages, bytes; /* base pages, and bytes in addition */
} tails[] = {
	{{"page_short", "two huge pages less a base page"}, -1, 0},
	{{"page_and_byte_short", "two huge pages less a base page and a byte"}, -1, -1},
	{{"byte_of_last", "two huge pages less a base page but one byte"}, -1, +1},
	{{"byte_short", "two huge pages less a byte"}, 0, -1},
	{{"exact", "two huge pages"}, 0, 0},
	{{"byte_more", "two huge pages and a byte"}, 0, +1},
	{{"page_more", "two huge pages and a base page"}, +1, 0},
};

/* Touches a page of the first, second or third huge-page-sized range. */
static void check_touched(const struct hp_shmem *shmem, size_t size, size_t at)
{
	struct hp_area *area = hp_map_all_shmem(shmem, MAP_SHARED);
	long fallbacks = hp_shmem_fallbacks(hp_pmd_size);
	size_t whole = (size + hp_base_size - 1) / hp_base_size * hp_base_size, got,
	       end = (at / hp_pmd_size + 1) * hp_pmd_size;

	hp_step("base page %zu of %zu is touched", at / hp_base_size, whole / hp_base_size);
	hp_touch(hp_part(area, at, 1));
	got = hp_folio_size(area->addr + at);
	if (end <= whole)
		hp_short_of_shmem(hp_pmd_size, got, fallbacks);
	hp_check_eq(got == hp_pmd_size, end <= whole);
	hp_check_zeros(hp_part(area, at / hp_base_size * hp_base_size + 8, 8));
	hp_unmap(area);
}

HP_ROW_CASES(each_tail, "huge=within_size uses huge pages within the file", tails, tail)
{
	size_t size = 2 * hp_pmd_size + (size_t)(tail->pages * (long)hp_base_size) +
		      (size_t)tail->bytes;
	size_t last = (size - 1) / hp_base_size * hp_base_size;
	const size_t at[] = {0,
			     hp_pmd_size - hp_base_size,
			     hp_pmd_size,
			     hp_pmd_size + hp_pmd_size / 2,
			     2 * hp_pmd_size - 2 * hp_base_size,
			     last};
	const char *mount;

	hp_shmem_never();
	mount = hp_mount_tmpfs("huge=within_size");
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		struct hp_shmem *shmem = hp_shmem_in(mount, 3);

		hp_check_ok(ftruncate(shmem->fd, (off_t)size));
		check_touched(shmem, size, at[i]);
		close(shmem->fd);
	}
}

HP_CASE(grown, "with huge=within_size a file that grows gets huge pages in its new part")
{
	struct hp_shmem *shmem;
	struct hp_area *area;
	long fallbacks;
	size_t got;

	hp_shmem_never();
	shmem = hp_shmem_in(hp_mount_tmpfs("huge=within_size"), 3);
	hp_check_ok(ftruncate(shmem->fd, (off_t)(2 * hp_pmd_size - hp_base_size)));
	area = hp_map_all_shmem(shmem, MAP_SHARED);
	hp_fill(hp_part(area, hp_pmd_size, hp_base_size), 'g');
	hp_check(hp_folio_size(area->addr + hp_pmd_size) < hp_pmd_size);
	hp_check_ok(ftruncate(shmem->fd, (off_t)(3 * hp_pmd_size)));
	fallbacks = hp_shmem_fallbacks(hp_pmd_size);
	hp_touch(hp_part(area, 3 * hp_pmd_size - hp_base_size, 1));
	got = hp_folio_size(area->addr + 3 * hp_pmd_size - hp_base_size);
	hp_short_of_shmem(hp_pmd_size, got, fallbacks);
	hp_check_eq(got, hp_pmd_size);
	hp_check_filled(hp_part(area, hp_pmd_size, hp_base_size), 'g');
	hp_check(hp_folio_size(area->addr + hp_pmd_size) < hp_pmd_size);
}

HP_CASE(end_in_it, "truncation inside a huge page zeroes the rest")
{
	const size_t end = hp_pmd_size + 9 * hp_base_size + 80;
	struct hp_shmem *shmem;
	struct hp_area *area;

	hp_shmem_never();
	shmem = hp_shmem_in(hp_mount_tmpfs("huge=within_size"), 2);
	area = hp_map_all_shmem(shmem, MAP_SHARED);
	hp_fill(area, 'e');
	hp_check_ok(ftruncate(shmem->fd, (off_t)end));
	hp_check_filled(hp_part(area, 0, end), 'e');
	/* The mapping includes the rest of the last base page, and can write it. */
	hp_check_zeros(hp_part(area, end, hp_base_size - 80));
	hp_fill(hp_part(area, end, hp_base_size - 80), 'x');
	hp_check_ok(ftruncate(shmem->fd, (off_t)(2 * hp_pmd_size)));
	hp_check_filled(hp_part(area, 0, end), 'e');
	hp_check_zeros(hp_part(area, end + hp_base_size - 80,
			       2 * hp_pmd_size - end - hp_base_size + 80));
}

HP_PROGRAM(.summary = "huge=within_size makes huge pages within the file only",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_admin"),
	   .sources = HP_SOURCES({"doc", "Documentation/filesystems/tmpfs.rst",
				  "huge=within_size"},
				 {"doc", "Documentation/admin-guide/mm/transhuge.rst",
				  "Hugepages in tmpfs/shmem"}))
