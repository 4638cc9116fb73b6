// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * swapoff(2) reads everything back that is in swap: for each process the same contents with
 * the same soft-dirty and write-protection bits, and for files also what nobody has mapped.
 */
#include "hugeproof.h"

/* Some base pages that do not begin with a huge page. */
#define AT    (hp_pmd_size / 4 + 3 * hp_base_size)
#define BYTES (9 * hp_base_size)

static void begin(void)
{
	hp_need_swapoff();
	hp_khugepaged_calm();
}

static struct hp_area *swapped_out(const struct hp_memory_kind *kind)
{
	struct hp_area *area;

	begin();
	area = hp_map_filled(kind->memory, hp_pmd_size, 's');
	hp_swap_out(area);
	return area;
}

/*
 * Most kernels before 6.16 read VmSwap from a counter that may be some pages off for each
 * processor. When the process exits, each kernel complains unless it is 0.
 */
static void check_none_counted(void)
{
	hp_check_range(hp_own_status().vm_swap, 0, (long)(hp_pmd_size / 2048));
}

HP_CASES(intact, "swapoff brings back all contents, and another swap-out keeps them",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area = swapped_out(kind);

	for (int i = 0; i < 2; i++) {
		hp_swapoff();
		hp_check_eq(hp_area_smaps(area).swap, 0);
		check_none_counted();
		/* Files are read into the page cache only. */
		if (kind->memory != HP_MEMORY_TMPFS)
			hp_check_eq(hp_area_smaps(area).rss, (long)(area->size / 1024));
		hp_check_filled(area, 's');
		hp_swapon();
		hp_swap_out(area);
	}
	hp_check_filled(area, 's');
}

HP_CASES(part, "swapoff with a part of huge pages in swap brings that part back",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area;
	const struct hp_area *part;

	begin();
	area = hp_map_filled(kind->memory, hp_pmd_size, 's');
	part = hp_part(area, AT, BYTES);
	hp_drain_lru();
	hp_eventually((hp_fill(part, 'p'),
		       hp_check_ok(madvise(part->addr, part->size, MADV_PAGEOUT)),
		       hp_area_smaps(area).swap == (long)(BYTES / 1024)),
		      5);
	hp_swapoff();
	hp_check_eq(hp_area_smaps(area).swap, 0);
	hp_check_filled(part, 'p');
	hp_check_filled_around(area, part, 's');
}

HP_CASES(forked, "after swapoff, parent and child have the contents, and copy on write",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area = swapped_out(kind);
	bool shared = kind->memory == HP_MEMORY_TMPFS;
	struct hp_paused *child;

	hp_paused_child(child) {
		hp_pause(child);
		check_none_counted();
		hp_check_filled(area, shared ? 'p' : 's');
		hp_fill(area, 'c');
	}
	hp_swapoff();
	hp_check_filled(area, 's');
	hp_fill(area, 'p');
	hp_resume_ok(child);
	hp_check_filled(area, shared ? 'c' : 'p');
}

static void check_same_bits(const struct hp_area *area)
{
	struct hp_pagemap_entry *before = hp_page_entries(area), *after;

	hp_swapoff();
	hp_check_eq(hp_area_smaps(area).swap, 0);
	after = hp_page_entries(area);
	for (size_t i = 0; i < hp_base_pages(area); i++) {
		hp_step("base page %zu of %zu", i, hp_base_pages(area));
		hp_check_eq(after[i].soft_dirty, before[i].soft_dirty);
		hp_check_eq(after[i].uffd_wp, before[i].uffd_wp);
	}
	hp_check_filled(area, 's');
}

HP_CASES(soft_dirty, "swapoff changes the soft-dirty bit of no page", hp_anonymous_kinds,
	 kind)
{
	struct hp_area *area;
	const struct hp_area *written;

	hp_case_needs("soft-dirty");
	begin();
	area = hp_map_filled_base(kind->memory, 2 * hp_pmd_size, 's');
	written = hp_part(area, hp_pmd_size + AT, BYTES);
	hp_clear_refs("4");
	hp_fill(written, 's');
	hp_swap_out(area);
	hp_check_eq(hp_sum_pages(written).soft_dirty, hp_base_pages(written));
	/* The split of a dirty PMD may make its PTEs soft-dirty. */
	if (kind->memory != HP_MEMORY_THP)
		hp_check_eq(hp_sum_pages(area).soft_dirty, hp_base_pages(written));
	check_same_bits(area);
}

HP_CASES(write_protected, "swapoff keeps pages write-protected for userfaultfd",
	 hp_anonymous_kinds, kind)
{
	struct hp_area *area;
	int uffd;

	begin();
	area = hp_map_filled_base(kind->memory, hp_pmd_size, 's');
	uffd = hp_uffd_write_protected(area);
	hp_check_eq(hp_uffd_protect(uffd, area->addr + AT, BYTES, true), 0);
	hp_swap_out(area);
	hp_check_eq(hp_sum_pages(area).uffd_wp, BYTES / hp_base_size);
	check_same_bits(area);
}

HP_CASES(unmapped_file, "swapoff brings back a file that is not mapped", hp_shmem_kinds,
	 backing)
{
	struct hp_shmem *shmem;
	struct hp_area *area;

	begin();
	shmem = hp_shmem_new(backing->backing, 2);
	area = hp_map_huge_shmem(shmem, hp_pmd_size, 's');
	hp_swap_out(area);
	hp_unmap(area);
	hp_swapoff();
	hp_check_eq(hp_shmem_blocks(shmem), 2 * hp_pmd_size);
	area = hp_map_all_shmem(shmem, MAP_SHARED);
	hp_check_eq(hp_area_smaps(area).swap, 0);
	hp_check_filled(area, 's');
	hp_swapon();
	hp_swap_out(area);
	hp_check_filled(area, 's');
}

HP_PROGRAM(.summary = "swapoff brings back huge pages with their contents and bits",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "swap", "root", "cap:sys_admin", "pagemap"),
	   .sources = HP_SOURCES({"man", "swapoff(2)"},
				 {"commit", "14a762dd1977",
				  "mm/swapfile: fix lost swap bits in unuse_pte()"}))
