// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A THP that is split becomes base pages, or smaller folios, in the same frames; all
 * mappings keep their contents.
 */
#include "hugeproof.h"

#include <linux/kernel-page-flags.h>

static struct hp_area *filled(int type, int *fd)
{
	struct hp_area *area;

	*fd = -1;
	if (type == MAP_PRIVATE) {
		area = hp_map_thp(1);
	} else {
		*fd = hp_shmem_file(1);
		area = hp_map_shmem(*fd, 1, type);
	}
	hp_fill(area, 's');
	/* Or it collapses again what was split. */
	hp_khugepaged_calm();
	hp_require_huge(area);
	return area;
}

static const struct hp_sharing ways[] = {
	{{"anonymous", "a split THP becomes base pages in the same frames"}, MAP_PRIVATE},
	{{"shared_file", "split shmem becomes base pages in the same frames"}, MAP_SHARED},
};

HP_NAMED_CASES(split_whole, ways, way)
{
	int fd;
	struct hp_area *area = filled(way->flag, &fd);
	struct hp_vmstat start = hp_events();
	struct hp_thp_totals kb = hp_thp_kb();
	uint64_t frame = hp_pfn(area->addr);
	long thp = (long)(area->size / 1024);

	hp_split_folios(area->addr, area->size, 0);
	hp_check_event(start, "thp_split_page", 1);
	hp_check_event(start, "thp_split_page_failed", 0);
	hp_check_filled(area, 's');
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check(hp_contiguous(area->addr, area->size / hp_base_size));
	hp_check_unmoved(hp_pfn(area->addr) == frame);
	for (size_t i = 0; i < area->size; i += hp_base_size)
		hp_check_eq(hp_folio_size(area->addr + i), hp_base_size);
	if (way->flag == MAP_PRIVATE)
		hp_check_thp_kb(kb, .anon = -thp);
	else
		hp_check_thp_kb(kb, .shmem = -thp, .shmem_pmd_mapped = -thp);
	hp_check_writable(area, 't');
}

HP_CASE(orders, "a THP can be split into folios of every order above 1")
{
	size_t orders = __builtin_ctzl(hp_pmd_size / hp_base_size);

	for (size_t order = 2; order < orders; order++) {
		int fd;
		struct hp_area *area = filled(MAP_PRIVATE, &fd);
		size_t folio = hp_base_size << order;

		hp_step("order %zu", order);
		hp_split_folios(area->addr, area->size, (int)order);
		hp_check_filled(area, 's');
		for (size_t i = 0; i < area->size; i += folio)
			hp_check_eq(hp_folio_size(area->addr + i), folio);
		hp_check(hp_contiguous(area->addr, area->size / hp_base_size));
		hp_unmap(area);
	}
}

HP_CASE(forked, "a split of a THP that fork shares keeps contents and copy-on-write")
{
	int fd;
	struct hp_area *area = filled(MAP_PRIVATE, &fd);
	struct hp_vmstat start;
	struct hp_paused *child;

	hp_paused_child(child) {
		hp_check_filled(area, 's');
		hp_pause(child);
		hp_check_filled(area, 's');
		hp_check_eq(hp_folio_size(area->addr), hp_base_size);
		hp_check_writable(area, 'c');
	}
	start = hp_events();
	hp_split_folios(area->addr, area->size, 0);
	hp_check_event(start, "thp_split_page", 1);
	hp_resume_ok(child);
	hp_check_filled(area, 's');
}

HP_CASE(partly_unmapped,
	"a split of a partly unmapped THP keeps its mapped pages and frees the others")
{
	int fd;
	struct hp_area *area = filled(MAP_PRIVATE, &fd);
	uint64_t frame = hp_pfn(area->addr + area->size / 2);

	hp_check_ok(munmap(area->addr + area->size / 2, area->size / 2));
	hp_check_eq(hp_folio_size(area->addr), area->page_size);
	hp_split_folios(area->addr, area->size / 2, 0);
	area->size /= 2;
	hp_check_filled(area, 's');
	hp_check_eq(hp_folio_size(area->addr), hp_base_size);
	/* The frame is no longer part of a THP. */
	hp_check_eq(hp_frame_flags(frame) >> KPF_COMPOUND_TAIL & 1, 0);
}

HP_CASE(pinned, "a pinned THP is not split until it is unpinned")
{
	int fd;
	struct hp_area *area = filled(MAP_PRIVATE, &fd);
	struct hp_ring *ring = hp_ring_open();
	struct hp_vmstat start = hp_events();

	hp_check_eq(hp_ring_pin(ring, area->addr + area->size / 2, hp_base_size), 0);
	hp_split_folios(area->addr, area->size, 0);
	hp_check_eq(hp_folio_size(area->addr), area->page_size);
	hp_check_event(start, "thp_split_page", 0);
	hp_check_filled(area, 's');
	hp_check_eq(hp_ring_unpin(ring), 0);
	/* The last reference may be dropped asynchronously. */
	hp_eventually((hp_split_folios(area->addr, area->size, 0),
		       hp_folio_size(area->addr) == hp_base_size),
		      5);
	hp_check_filled(area, 's');
	hp_ring_close(ring);
}

HP_PROGRAM(.summary = "a THP is split into smaller folios in place",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap", "root"),
	   .sources = HP_SOURCES({"doc", "Documentation/mm/transhuge.rst"},
				 {"code", "mm/huge_memory.c",
				  "split_huge_pages of debugfs"}))
