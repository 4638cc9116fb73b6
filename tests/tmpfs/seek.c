// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * SEEK_DATA and SEEK_HOLE find pages and holes of shmem to the base page, at and around
 * every boundary, whether the pages are small, huge, truncated, preallocated or swapped
 * out.
 */
#include "hugeproof.h"

/* Which base pages of a file hold data, and where it ends. */
struct layout {
	size_t pages;
	off_t end;
	bool data[];
};

static struct layout *no_data(const struct hp_shmem *shmem)
{
	size_t pages = shmem->size / hp_base_size;
	struct layout *layout = calloc(1, sizeof(*layout) + pages);

	hp_require(layout, "no memory");
	layout->pages = pages;
	layout->end = (off_t)shmem->size;
	return layout;
}

static void set(struct layout *layout, size_t first, size_t pages, bool data)
{
	memset(layout->data + first, data, pages);
}

/* The expected result of lseek; -1: ENXIO. */
static off_t expected(const struct layout *layout, off_t at, int whence)
{
	const off_t base = (off_t)hp_base_size;
	size_t page = (size_t)(at / base);

	if (at >= layout->end)
		return -1;
	if (layout->data[page] == (whence == SEEK_DATA))
		return at;
	while (++page < layout->pages && (off_t)page * base < layout->end)
		if (layout->data[page] == (whence == SEEK_DATA))
			return (off_t)page * base;
	return whence == SEEK_DATA ? -1 : layout->end;
}

static void check_from(int fd, const struct layout *layout, off_t at)
{
	static const int whences[] = {SEEK_DATA, SEEK_HOLE};

	for (int i = 0; i < 2; i++) {
		off_t found, right = expected(layout, at, whences[i]);

		found = lseek(fd, at, whences[i]);
		if (found != right)
			hp_step("%s from %jd, base page %jd", i ? "SEEK_HOLE" : "SEEK_DATA",
				(intmax_t)at, (intmax_t)at / (intmax_t)hp_base_size);
		hp_check(right >= 0 || found >= 0 || errno == ENXIO);
		hp_check_eq(found, right);
	}
}

/* Seeks at and around the boundaries of all base pages. */
static void check_layout(const struct hp_shmem *shmem, const struct layout *layout)
{
	for (size_t page = 0; page <= layout->pages; page++)
		for (int by = page ? -1 : 0; by <= 1; by++)
			check_from(shmem->fd, layout, (off_t)(page * hp_base_size) + by);
	check_from(shmem->fd, layout, layout->end);
	hp_check_errno(lseek(shmem->fd, -1, SEEK_DATA), ENXIO);
	hp_check_errno(lseek(shmem->fd, -1, SEEK_HOLE), ENXIO);
}

/*
 * Truncated and punched pages have been freed: the file uses the pages of the layout only.
 */
static void check_cut(const struct hp_shmem *shmem, const struct layout *layout)
{
	size_t pages = 0;

	for (size_t page = 0; page < layout->pages; page++)
		pages += layout->data[page];
	hp_check_eq_split(hp_shmem_blocks(shmem), pages * hp_base_size);
}

HP_CASES(written, "SEEK_DATA and SEEK_HOLE find exactly the written base pages",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem = hp_shmem_new(kind->backing, 2);
	struct layout *layout = no_data(shmem);
	size_t in_huge = hp_pmd_size / hp_base_size;
	const size_t pages[] = {1, 2, 7, in_huge - 1, in_huge, 2 * in_huge - 1};

	check_layout(shmem, layout);
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		hp_check_eq(pwrite(shmem->fd, "w", 1, (off_t)(pages[i] * hp_base_size) + 5),
			    1);
		set(layout, pages[i], 1, true);
	}
	check_layout(shmem, layout);
}

/* A hole, a huge page, some small pages. */
static struct layout *huge_in_the_middle(struct hp_shmem *shmem, struct hp_area **area)
{
	struct layout *layout = no_data(shmem);
	size_t in_huge = hp_pmd_size / hp_base_size;

	*area = hp_map_all_shmem(shmem, MAP_SHARED);
	hp_fill(hp_nth_page(*area, in_huge + 3), 'h');
	hp_check_eq(hp_collapse(hp_part(*area, hp_pmd_size, hp_pmd_size)), 0);
	set(layout, in_huge, in_huge, true);
	hp_fill(hp_part(*area, 2 * hp_pmd_size + 5 * hp_base_size, 3 * hp_base_size), 's');
	set(layout, 2 * in_huge + 5, 3, true);
	return layout;
}

HP_CASES(huge, "SEEK_DATA and SEEK_HOLE find a huge page up to its end", hp_shmem_kinds,
	 kind)
{
	struct hp_shmem *shmem = hp_shmem_new(kind->backing, 3);
	struct hp_area *area;
	struct layout *layout = huge_in_the_middle(shmem, &area);

	check_layout(shmem, layout);
	hp_step("the first base page after the huge page is written");
	hp_fill(hp_nth_page(area, hp_pages(area) / 3 * 2), 's');
	set(layout, layout->pages / 3 * 2, 1, true);
	check_layout(shmem, layout);
}

HP_CASES(cut, "SEEK_DATA finds data up to the end of a file within a huge page, then ENXIO",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem = hp_shmem_new(kind->backing, 3);
	size_t in_huge = hp_pmd_size / hp_base_size;
	struct hp_area *area;
	struct layout *layout = huge_in_the_middle(shmem, &area);

	layout->end = (off_t)(hp_pmd_size + 9 * hp_base_size + 100);
	hp_check_ok(ftruncate(shmem->fd, layout->end));
	set(layout, in_huge + 10, layout->pages - in_huge - 10, false);
	check_cut(shmem, layout);
	check_layout(shmem, layout);
	hp_step("the file grows again");
	layout->end = (off_t)shmem->size;
	hp_check_ok(ftruncate(shmem->fd, layout->end));
	check_layout(shmem, layout);
}

HP_CASES(punched, "SEEK_HOLE finds the whole base pages of a hole punched in a huge page",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem = hp_shmem_new(kind->backing, 3);
	size_t in_huge = hp_pmd_size / hp_base_size;
	struct hp_area *area;
	struct layout *layout = huge_in_the_middle(shmem, &area);

	hp_punch_shmem(shmem, hp_pmd_size + 4 * hp_base_size + 1, 6 * hp_base_size);
	set(layout, in_huge + 5, 5, false);
	check_cut(shmem, layout);
	check_layout(shmem, layout);
	hp_punch_shmem(shmem, 2 * hp_pmd_size - hp_base_size, 7 * hp_base_size);
	set(layout, 2 * in_huge - 1, 7, false);
	check_cut(shmem, layout);
	check_layout(shmem, layout);
}

HP_CASES(preallocated, "SEEK_DATA skips pages that fallocate made until they are written",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem = hp_shmem_new(kind->backing, 1);
	struct layout *layout = no_data(shmem);

	hp_check_ok(fallocate(shmem->fd, 0, (off_t)(8 * hp_base_size),
			      (off_t)(8 * hp_base_size)));
	hp_check_eq(hp_shmem_blocks(shmem), 8 * hp_base_size);
	check_layout(shmem, layout);
	hp_check_eq(pwrite(shmem->fd, "w", 1, (off_t)(10 * hp_base_size)), 1);
	set(layout, 10, 1, true);
	check_layout(shmem, layout);
}

HP_CASES(swapped, "SEEK_DATA finds swapped-out pages", hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem;
	struct hp_area *area;
	struct layout *layout;

	hp_case_needs("swap");
	shmem = hp_shmem_new(kind->backing, 3);
	layout = huge_in_the_middle(shmem, &area);
	/* MADV_PAGEOUT skips file pages that are not mapped, as after a split. */
	hp_eventually((hp_read_all(hp_part(area, hp_pmd_size, hp_pmd_size)),
		       hp_check_ok(madvise(area->addr, area->size, MADV_PAGEOUT)),
		       hp_area_smaps(area).swap > 0),
		      5);
	check_layout(shmem, layout);
}

HP_PROGRAM(.summary = "SEEK_DATA and SEEK_HOLE find pages of shmem exactly",
	   .page_sizes = HP_NO_PAGE_SIZE, .seconds = 30,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_admin"),
	   .sources = HP_SOURCES({"man", "lseek(2)", "SEEK_DATA"},
				 {"code", "mm/filemap.c", "mapping_seek_hole_data"}))
