// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * pagemap reports pages as exclusive that only one process maps: not while fork shares
 * them, and again once the other process has exited or has a copy.
 */
#include "hugeproof.h"

/* A part of the area: some base pages, not aligned to huge pages. */
#define AT    (hp_pmd_size / 4 + 3 * hp_base_size)
#define BYTES (9 * hp_base_size)

static struct hp_area *filled(const struct hp_memory_kind *kind)
{
	hp_khugepaged_calm();
	return hp_map_filled(kind->memory, hp_pmd_size, 'e');
}

static size_t exclusive(const struct hp_area *area)
{
	return hp_sum_pages(area).exclusive;
}

static void read_all(void *arg)
{
	const struct hp_area *area = arg;

	hp_check_filled(area, 'e');
	hp_check_eq(exclusive(area), 0);
}

HP_CASES(forked, "pages are exclusive in pagemap again when the child has exited",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area = filled(kind);
	struct hp_paused *child;

	hp_check_eq(exclusive(area), hp_base_pages(area));
	child = hp_fork_paused(read_all, NULL, area);
	hp_check_eq(exclusive(area), 0);
	hp_check_eq(exclusive(hp_part(area, AT, BYTES)), 0);
	hp_resume_ok(child);
	hp_check_eq(exclusive(area), hp_base_pages(area));
	hp_check_filled(area, 'e');
}

static void unmap_all(void *arg)
{
	const struct hp_area *area = arg;

	hp_check_filled(area, 'e');
	hp_check_ok(munmap(area->addr, area->size));
}

HP_CASES(unmapped, "pages are exclusive in pagemap again when the child unmaps them",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area = filled(kind);
	struct hp_paused *child = hp_fork_paused(unmap_all, NULL, area);

	hp_check_eq(exclusive(area), hp_base_pages(area));
	hp_resume_ok(child);
}

static void write_part(void *arg)
{
	const struct hp_area *area = arg;

	hp_fill(hp_part(area, AT, BYTES), 'c');
	/* Only the copies. */
	hp_check_eq(exclusive(area), BYTES / hp_base_size);
	hp_check_eq(exclusive(hp_part(area, AT, BYTES)), BYTES / hp_base_size);
}

HP_CASES(copied, "of a child's pages only its copies are exclusive in pagemap",
	 hp_anonymous_kinds, kind)
{
	struct hp_area *area = filled(kind);
	struct hp_paused *child = hp_fork_paused(write_part, NULL, area);

	/* If a part of a huge page is shared, the rest may count as shared as well. */
	hp_check_range(exclusive(area), 0, BYTES / hp_base_size);
	hp_check_eq(exclusive(hp_part(area, 0, AT)), 0);
	hp_resume_ok(child);
	hp_check_eq(exclusive(area), hp_base_pages(area));
	hp_check_filled(area, 'e');
}

HP_CASES(swapped, "pages are exclusive in pagemap again when back from swap",
	 hp_anonymous_kinds, kind)
{
	struct hp_area *area;

	hp_case_needs("swap");
	area = filled(kind);
	hp_page_out(area);
	hp_check_eq(exclusive(area), 0);
	hp_check_filled(area, 'e');
	hp_check_eq(exclusive(area), hp_base_pages(area));
}

HP_PROGRAM(.summary = "pagemap reports pages as exclusive that only one process maps",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/pagemap.rst",
				  "bit 56"}))
