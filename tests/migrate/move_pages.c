// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * move_pages reports the node of each page, and migrates a huge page whole for one base
 * page of it; migrate_pages migrates all pages that a process has on a node.
 */
#include "hugeproof.h"

#include <numaif.h>

/* From the first node with memory to the second. */
#define FROM hp_node(0)
#define TO   hp_node(1)

/* Checks the node of each base page of the area. */
static void check_all_on(const struct hp_area *area, int node)
{
	for (size_t i = 0; i < area->size; i += hp_base_size)
		hp_check_eq(hp_node_of(area->addr + i), node);
}

HP_CASE(first_base_page, "move_pages of its first base page migrates a THP whole")
{
	struct hp_area *area = hp_thp_on_node(FROM, 2, 'v');
	struct hp_vmstat start = hp_events();

	hp_check_eq(hp_move_to_node(area->addr, TO), TO);
	hp_check_eq(hp_node_of(area->addr + area->page_size - hp_base_size), TO);
	hp_check_eq(hp_node_of(hp_page(area, 1)), FROM);
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check(hp_contiguous(area->addr, area->page_size / hp_base_size));
	hp_check_event(start, "thp_migration_success", 1);
	hp_check_filled(area, 'v');
}

HP_CASE(inner_base_page,
	"move_pages of an inner base page migrates the whole THP, or that page alone")
{
	struct hp_area *area = hp_thp_on_node(FROM, 1, 'v');
	char *inner = area->addr + area->size / 2 + 3 * hp_base_size;
	int first;

	hp_check_eq(hp_move_to_node(inner, TO), TO);
	first = hp_node_of(area->addr);
	hp_check(first == FROM || first == TO);
	hp_observed("move_pages of one inner base page",
		    first == TO ? "migrated the THP" : "split it");
	hp_check_filled(area, 'v');
}

HP_CASE(every_base_page,
	"move_pages of all base pages migrates the THP once, with a status for each page")
{
	struct hp_area *area = hp_thp_on_node(FROM, 1, 'v');
	size_t n = area->size / hp_base_size;
	void **pages = calloc(n, sizeof(*pages));
	int *nodes = calloc(n, sizeof(*nodes)), *status = calloc(n, sizeof(*status));
	struct hp_vmstat start = hp_events();

	hp_require(pages && nodes && status, "no memory");
	for (size_t i = 0; i < n; i++) {
		pages[i] = area->addr + i * hp_base_size;
		nodes[i] = TO;
		status[i] = -1;
	}
	hp_check_eq(move_pages(0, n, pages, nodes, status, MPOL_MF_MOVE), 0);
	hp_check_eq(status[0], TO);
	/* The others have migrated with the first one, or are busy. */
	for (size_t i = 1; i < n; i++)
		if (status[i] != -EBUSY)
			hp_check_eq(status[i], TO);
	hp_observed("status of the other base pages", "%s",
		    status[1] == TO ? "the node" : "EBUSY");
	check_all_on(area, TO);
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_event(start, "thp_migration_success", 1);
	hp_check_filled(area, 'v');
}

/* Filling and moving a page of 512 MB takes seconds in an emulated guest. */
#define TIMES (hp_pmd_size > (size_t)32 << 20 ? 6 : 50)

HP_CASE(to_and_fro, "a THP that migrates to and fro between two nodes keeps its contents")
{
	struct hp_area *area = hp_thp_on_node(FROM, 1, 'v');
	struct hp_vmstat start = hp_events();

	for (int i = 0; i < TIMES; i++) {
		const char tag = (char)('A' + i % 26);
		const int node = i % 2 ? FROM : TO;

		hp_fill(area, tag);
		hp_check_eq(hp_move_to_node(area->addr, node), node);
		hp_check_filled(area, tag);
	}
	hp_check_event(start, "thp_migration_success", TIMES);
	hp_check_eq(hp_mapped_huge(area), area->size);
}

HP_CASE(nothing_there,
	"move_pages reports ENOENT for a missing page, and EFAULT for unmapped memory")
{
	struct hp_area *area = hp_thp_on_node(FROM, 1, 'v');
	int status;

	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	hp_check_eq(hp_move_to_node(area->addr, TO), -ENOENT);
	hp_check_access(area->addr, HP_READ);
	if (hp_is_zero_page(area->addr)) {
		status = hp_move_to_node(area->addr, TO);
		hp_check(status == -EFAULT || status == -ENOENT);
		hp_observed("the zero page", "%s", strerrorname_np(-status));
		hp_check_zeros(hp_nth_page(area, 0));
	}
	hp_check_ok(munmap(area->addr, area->size));
	hp_check_eq(hp_move_to_node(area->addr, TO), -EFAULT);
}

HP_CASE(shared,
	"move_pages reports EACCES for a shared page, which MPOL_MF_MOVE_ALL migrates")
{
	struct hp_area *area = hp_thp_on_node(FROM, 1, 'v');
	struct hp_paused *child;
	void *page = area->addr;
	int node = TO, status = 1;

	hp_paused_child(child) {
		hp_check_filled(area, 'v');
		hp_pause(child);
		hp_check_filled(area, 'v');
	}
	hp_check_ok(move_pages(0, 1, &page, &node, &status, MPOL_MF_MOVE));
	hp_check_eq(status, -EACCES);
	hp_check_eq(hp_node_of(page), FROM);
	hp_check_eq(hp_move_to_node(page, TO), TO);
	hp_check_filled(area, 'v');
	hp_resume_ok(child);
}

HP_CASE(process, "migrate_pages migrates all THPs of the calling process whole")
{
	struct hp_area *area = hp_thp_on_node(FROM, 3, 'v');
	struct hp_vmstat start = hp_events();

	hp_check_migrates(0, FROM, TO);
	check_all_on(area, TO);
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_filled(area, 'v');
	hp_check_event(start, "thp_migration_success", 3);
}

HP_CASE(other_process, "migrate_pages migrates the THPs of another process whole")
{
	struct hp_paused *child;

	hp_paused_child(child) {
		struct hp_area *own = hp_thp_on_node(FROM, 1, 'v');

		hp_pause(child);
		check_all_on(own, TO);
		hp_check_eq(hp_mapped_huge(own), own->size);
		hp_check_filled(own, 'v');
	}
	hp_check_migrates(hp_paused_pid(child), FROM, TO);
	hp_resume_ok(child);
}

HP_PROGRAM(.summary = "move_pages and migrate_pages migrate THPs whole",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "nodes:2", "migration", "cap:sys_nice"),
	   .sources = HP_SOURCES({"man", "move_pages(2)"}, {"man", "migrate_pages(2)"}))
