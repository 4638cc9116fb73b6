// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A free huge page that is demoted becomes as many pages of the smaller size as its memory
 * holds, on the same node; reserved pages are not demoted.
 */
#include "hugeproof.h"

static void write_file(const char *file, const char *value, int error)
{
	char path[160];

	hp_hugetlb_path(path, sizeof(path), hp_page_size, file);
	hp_step("writes %s to %s", value, path);
	hp_check_eq(hp_write_text(path, value), -error);
}

static struct hp_hugetlb_counts pool_of(size_t smaller)
{
	struct hp_hugetlb_counts pool;

	hp_require(!hp_hugetlb_read(smaller, &pool), "cannot read the smaller pool");
	return pool;
}

/* Reads the size that pages of this size are demoted to. */
static size_t demote_size(void)
{
	char path[160], text[32];
	size_t smaller;

	hp_hugetlb_path(path, sizeof(path), hp_page_size, "demote_size");
	if (hp_read_text(path, text, sizeof(text)) <= 0)
		hp_skip_case(
			"pages of this size cannot be demoted: run it with a larger size");
	smaller = (size_t)strtoull(text, NULL, 10) * 1024;
	hp_require(smaller && smaller < hp_page_size, "demote_size is %s", text);
	hp_undo_pool(hp_page_size);
	hp_undo_pool(smaller);
	return smaller;
}

HP_CASE(one_page, "demoting a free huge page yields many smaller ones on the same node")
{
	size_t smaller = demote_size();
	long pages = (long)(hp_page_size / smaller);
	struct hp_hugetlb_counts large = hp_hugetlb(), small = pool_of(smaller), then;

	write_file("demote", "1", 0);
	hp_check_hugetlb(large, .total = -1, .free = -1);
	then = pool_of(smaller);
	hp_check(!hp_hugetlb_inconsistency(&then));
	hp_check_eq(then.total, small.total + pages);
	hp_check_eq(then.free, small.free + pages);
	for (int node = 0; node < large.nodes; node++)
		hp_check_eq(
			then.node[node].total - small.node[node].total,
			pages * (large.node[node].total - hp_hugetlb().node[node].total));
}

HP_CASE(reserved, "a reserved huge page is not demoted")
{
	size_t smaller = demote_size();
	struct hp_hugetlb_counts large, small;

	hp_pool_leave(1);
	hp_map_hugetlb(1, MAP_PRIVATE);
	large = hp_hugetlb();
	small = pool_of(smaller);
	write_file("demote", "1", 0);
	hp_check_hugetlb(large);
	hp_check_eq(pool_of(smaller).total, small.total);
}

HP_CASE(no_such_size, "demote_size and demote reject invalid values (EINVAL)")
{
	demote_size();
	write_file("demote_size", "3M", EINVAL);
	write_file("demote_size", "64G", EINVAL);
	write_file("demote", "none", EINVAL);
}

HP_PROGRAM(.summary = "demoting a free huge page to smaller ones loses no memory",
	   .needs = HP_NEEDS("hugetlb:1", "pool:control"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/hugetlbpage.rst",
				  "demote"}))
