// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A free huge page that is demoted becomes as many pages of the smaller size as its
 * memory holds, on the same node; reserved pages are left alone.
 */
#include "hugeproof.h"

static size_t smaller;

static void write_file(const char *file, const char *value, int error)
{
	char path[160];

	hp_hugetlb_path(path, sizeof(path), hp_page_size, file);
	hp_step("writes %s to %s", value, path);
	hp_check_eq(hp_write_text(path, value), -error);
}

static struct hp_hugetlb smaller_pool(void)
{
	struct hp_hugetlb pool;

	hp_require(!hp_hugetlb_read(smaller, &pool), "cannot read the smaller pool");
	return pool;
}

/* Finds the size that pages of this one become. */
static void needs_demotion(void)
{
	char path[160], text[32];

	hp_hugetlb_path(path, sizeof(path), hp_page_size, "demote_size");
	if (hp_read_text(path, text, sizeof(text)) <= 0)
		hp_skip_case(
			"pages of this size cannot be demoted: run it with a larger size");
	smaller = (size_t)strtoull(text, NULL, 10) * 1024;
	hp_require(smaller && smaller < hp_page_size, "demote_size is %s", text);
	hp_undo_pool(hp_page_size);
	hp_undo_pool(smaller);
}

HP_CASE(one_page, "one page becomes many small ones of the same node")
{
	struct hp_hugetlb large, small, then;
	long pages;

	needs_demotion();
	large = hp_hugetlb();
	small = smaller_pool();
	pages = (long)(hp_page_size / smaller);
	write_file("demote", "1", 0);
	hp_check_hugetlb(large, .total = -1, .free = -1);
	then = smaller_pool();
	hp_check(!hp_hugetlb_odd(&then));
	hp_check_eq(then.total, small.total + pages);
	hp_check_eq(then.free, small.free + pages);
	for (int node = 0; node < large.nodes; node++)
		hp_check_eq(
			then.node[node].total - small.node[node].total,
			pages * (large.node[node].total - hp_hugetlb().node[node].total));
}

HP_CASE(reserved, "a page that is reserved is not demoted")
{
	struct hp_hugetlb large, small;

	needs_demotion();
	hp_pool_leave(1);
	hp_map_hugetlb(1, MAP_PRIVATE);
	large = hp_hugetlb();
	small = smaller_pool();
	write_file("demote", "1", 0);
	hp_check_hugetlb(large);
	hp_check_eq(smaller_pool().total, small.total);
}

HP_CASE(no_such_size, "a size that pages cannot become is refused")
{
	needs_demotion();
	write_file("demote_size", "3M", EINVAL);
	write_file("demote_size", "64G", EINVAL);
	write_file("demote", "none", EINVAL);
}

HP_PROGRAM(.summary = "a free huge page is demoted to smaller ones without loss of memory",
	   .needs = HP_NEEDS("hugetlb:1", "pool:control"),
	   .source = "Documentation/admin-guide/mm/hugetlbpage.rst, demote")
