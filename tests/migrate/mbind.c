// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mbind with MPOL_MF_MOVE migrates a huge page whole to the node of the policy, mapped as
 * before; pages that others map too stay, unless MPOL_MF_MOVE_ALL is set.
 */
#include "hugeproof.h"

#include <numaif.h>

/* From the first node with memory to the second. */
#define FROM hp_node(0)
#define TO   hp_node(1)

static struct hp_area *filled_file(int *fd, int type)
{
	struct hp_area *area;

	hp_bind_process(FROM);
	*fd = hp_shmem_file(1);
	area = hp_map_shmem(*fd, 1, type);
	hp_fill(area, 'm');
	return area;
}

static int move(const void *addr, size_t bytes, int flags)
{
	unsigned long mask = 1UL << TO;

	return mbind((void *)addr, bytes, MPOL_BIND, &mask, 8 * sizeof(mask) + 1, flags);
}

/* Each huge page of the area is on the node, and unsplit. */
static void check_whole_on(const struct hp_area *area, int node)
{
	for (size_t page = 0; page < hp_pages(area); page++) {
		hp_check_eq(hp_node_of(hp_page(area, page)), node);
		hp_check_eq(hp_node_of(hp_page(area, page + 1) - hp_base_size), node);
		hp_check_eq(hp_folio_size(hp_page(area, page)), area->page_size);
		hp_check(
			hp_contiguous(hp_page(area, page), area->page_size / hp_base_size));
	}
}

HP_CASE(whole, "mbind migrates each THP of a range whole, and it stays PMD-mapped")
{
	struct hp_area *area = hp_thp_on_node(FROM, 2, 'm');
	struct hp_vmstat start = hp_events();
	struct hp_thp_totals kb = hp_thp_kb();
	uint64_t frame = hp_pfn(area->addr);

	hp_check_ok(move(area->addr, area->size, MPOL_MF_MOVE));
	check_whole_on(area, TO);
	hp_check(hp_pfn(area->addr) != frame);
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_filled(area, 'm');
	hp_check_event(start, "thp_migration_success", 2);
	hp_check_event(start, "thp_split_page", 0);
	hp_check_thp_kb(kb);
	hp_check_writable(area, 'n');
}

HP_CASE(mapped_by_base_pages, "mbind migrates a PTE-mapped THP whole")
{
	struct hp_area *area = hp_thp_on_node(FROM, 1, 'm');
	struct hp_vmstat start = hp_events();

	hp_check_ok(mprotect(area->addr, hp_base_size, PROT_READ));
	hp_check_ok(mprotect(area->addr, hp_base_size, PROT_READ | PROT_WRITE));
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_ok(move(area->addr, area->size, MPOL_MF_MOVE));
	check_whole_on(area, TO);
	hp_check_filled(area, 'm');
	hp_check_event(start, "thp_migration_success", 1);
}

HP_CASE(part, "mbind of a part of a THP migrates at least that part")
{
	struct hp_area *area = hp_thp_on_node(FROM, 1, 'm');
	size_t half = area->size / 2;
	int rest;

	hp_check_ok(move(area->addr, half, MPOL_MF_MOVE));
	for (size_t i = 0; i < half; i += hp_base_size)
		hp_check_eq(hp_node_of(area->addr + i), TO);
	rest = hp_node_of(area->addr + half);
	hp_check(rest == FROM || rest == TO);
	hp_observed("the rest of the THP", rest == TO ? "migrated with it" : "stayed");
	hp_check_filled(area, 'm');
}

HP_CASE(not_told,
	"mbind without MPOL_MF_MOVE migrates nothing, and later faults obey the policy")
{
	struct hp_area *area = hp_thp_on_node(FROM, 2, 'm');

	hp_check_ok(madvise(hp_page(area, 1), area->page_size, MADV_DONTNEED));
	hp_check_ok(move(area->addr, area->size, 0));
	hp_check_eq(hp_node_of(area->addr), FROM);
	hp_check_eq(hp_mapped_huge(hp_nth_page(area, 0)), area->page_size);
	hp_check_filled(hp_nth_page(area, 0), 'm');
	hp_check_zeros(hp_nth_page(area, 1));
	hp_touch(hp_nth_page(area, 1));
	hp_check_eq(hp_node_of(hp_page(area, 1)), TO);
}

static const struct way {
	struct hp_variant variant;
	int flags;
	int node;
} ways[] = {
	{{"shared_by_fork",
	  "mbind with MPOL_MF_MOVE leaves a THP that a child maps too, without an error"},
	 MPOL_MF_MOVE,
	 0},
	{{"all_of_fork", "mbind with MPOL_MF_MOVE_ALL migrates a THP for parent and child"},
	 MPOL_MF_MOVE_ALL,
	 1},
};

HP_NAMED_CASES(while_shared, ways, way)
{
	struct hp_area *area = hp_thp_on_node(FROM, 1, 'm');
	struct hp_paused *child;

	hp_paused_child(child) {
		hp_check_filled(area, 'm');
		hp_pause(child);
		hp_check_filled(area, 'm');
		hp_observed("the child's page is", "on node %d", hp_node_of(area->addr));
	}
	hp_check_ok(move(area->addr, area->size, way->flags));
	hp_check_eq(hp_node_of(area->addr), hp_node(way->node));
	hp_check_filled(area, 'm');
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_resume_ok(child);
}

HP_CASE(shmem, "mbind migrates a huge page of shmem whole")
{
	int fd;
	struct hp_area *area = filled_file(&fd, MAP_SHARED);
	struct hp_vmstat start = hp_events();
	struct hp_thp_totals kb = hp_thp_kb();

	hp_require_huge(area);
	hp_check_ok(move(area->addr, area->size, MPOL_MF_MOVE));
	check_whole_on(area, TO);
	hp_check_filled(area, 'm');
	hp_check_event(start, "thp_migration_success", 1);
	hp_check_thp_kb(kb,
			.shmem_pmd_mapped =
				(hp_mapped_huge(area) ? 0 : -(long)(area->size / 1024)));
	hp_observed("mapped by a PMD again", "%s", hp_mapped_huge(area) ? "yes" : "no");
}

HP_CASE(shmem_swapped, "shmem that was swapped out comes back on the node of its policy")
{
	int fd;
	struct hp_area *area;

	hp_case_needs("swap");
	area = filled_file(&fd, MAP_SHARED);
	hp_eventually((hp_check_ok(madvise(area->addr, area->size, MADV_PAGEOUT)),
		       hp_node_of(area->addr) == -ENOENT),
		      5);
	hp_check_ok(move(area->addr, area->size, MPOL_MF_MOVE));
	hp_check_filled(area, 'm');
	for (size_t i = 0; i < area->size; i += hp_base_size)
		hp_check_eq(hp_node_of(area->addr + i), TO);
}

HP_CASE(private_file, "mbind migrates the base pages of a private file mapping")
{
	int fd;
	struct hp_area *area = filled_file(&fd, MAP_PRIVATE);

	hp_check_ok(move(area->addr, area->size, MPOL_MF_MOVE));
	for (size_t i = 0; i < area->size; i += hp_base_size)
		hp_check_eq(hp_node_of(area->addr + i), TO);
	hp_check_filled(area, 'm');
}

HP_PROGRAM(.summary = "mbind migrates huge pages to the nodes of the policy",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "nodes:2", "migration", "cap:sys_nice"),
	   .sources = HP_SOURCES({"man", "mbind(2)"},
				 {"commit", "9c670ea37947",
				  "mm: thp: introduce CONFIG_ARCH_ENABLE_THP_MIGRATION"}))
