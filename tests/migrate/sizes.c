// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Folios of every size migrate whole between nodes, by mbind and by move_pages of one base
 * page.
 */
#include "hugeproof.h"

#include <numa.h>
#include <numaif.h>

#define PAGES 4

static int from, to;

/* Where a PMD maps 512 MB, a node may not have enough free blocks of the largest sizes. */
static bool fits(size_t size)
{
	long long here, there;

	return numa_node_size64(from, &here) > 0 && numa_node_size64(to, &there) > 0 &&
	       (long long)(PAGES * size) <= (here < there ? here : there) / 4;
}

static struct hp_area *filled(size_t size)
{
	struct hp_area *area = hp_map_thp_of(size, PAGES);

	hp_fill(area, 'z');
	hp_require_folio(area->addr, size);
	return area;
}

static void check_on(const struct hp_area *area, size_t page, int node)
{
	hp_check_eq(hp_node_of(hp_page(area, page)), node);
	hp_check_eq(hp_node_of(hp_page(area, page + 1) - hp_base_size), node);
	hp_check_eq(hp_folio_size(hp_page(area, page)), area->page_size);
	hp_check(hp_contiguous(hp_page(area, page), area->page_size / hp_base_size));
}

static void move_size(size_t size)
{
	struct hp_area *area = filled(size);
	unsigned long mask = 1UL << to;

	hp_check_eq(hp_move_to_node(hp_page(area, 2) + hp_base_size, to), to);
	check_on(area, 2, to);
	check_on(area, 1, from);
	hp_check_filled(area, 'z');
	hp_check_ok(mbind(area->addr, area->size, MPOL_BIND, &mask, 8 * sizeof(mask) + 1,
			  MPOL_MF_MOVE | MPOL_MF_STRICT));
	for (size_t page = 0; page < PAGES; page++)
		check_on(area, page, to);
	hp_check_filled(area, 'z');
	hp_unmap(area);
}

HP_CASE(every_size,
	"move_pages and mbind migrate folios of every size whole, and no neighbours")
{
	size_t sizes[HP_MAX_THP_SIZES];
	int n = hp_thp_sizes(sizes);

	from = hp_node(0);
	to = hp_node(1);
	hp_bind_process(from);
	if (n < 2)
		hp_skip_case(
			"needs huge pages of several sizes (Linux 6.8): run it in the lab");
	for (int i = 0; i < n; i++) {
		hp_step("%zu kB", sizes[i] / 1024);
		if (!fits(sizes[i])) {
			hp_observed("left out for lack of memory", "from %zu kB on",
				    sizes[i] / 1024);
			break;
		}
		if (sizes[i] > 2 * hp_base_size)
			move_size(sizes[i]);
	}
}

HP_PROGRAM(.summary = "folios of every size migrate whole between nodes",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "nodes:2", "migration", "root",
			     "cap:sys_nice"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/transhuge.rst"},
				 {"man", "move_pages(2)"}))
