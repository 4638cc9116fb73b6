// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A huge page that moved is mapped as before: writable or not, young, soft-dirty, locked,
 * and the process's alone.
 */
#include "hugeproof.h"

#include <sys/resource.h>

/* From the first node that has memory to the second. */
#define FROM hp_node(0)
#define TO   hp_node(1)

static void move(const struct hp_area *area)
{
	hp_check_eq(hp_move_to_node(area->addr, TO), TO);
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_filled(area, 'k');
}

HP_CASE(writable, "a write needs no fault")
{
	struct hp_area *area = hp_thp_on_node(FROM, 1, 'k');
	struct rusage before, after;

	move(area);
	getrusage(RUSAGE_SELF, &before);
	for (size_t i = 0; i < area->size; i += hp_base_size)
		*(volatile char *)(area->addr + i) = 1;
	getrusage(RUSAGE_SELF, &after);
	hp_check_eq(after.ru_minflt - before.ru_minflt, 0);
}

HP_CASE(read_only, "what is read-only stays so, and is written again when it may be")
{
	struct hp_area *area = hp_thp_on_node(FROM, 1, 'k');

	hp_protect(area, PROT_READ);
	move(area);
	hp_check_fault(area, area->addr, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_check_fault(area, area->addr + area->size - 1, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_protect(area, PROT_READ | PROT_WRITE);
	hp_check_writable(area, 'l');
}

HP_CASE(young, "referenced stays")
{
	struct hp_area *area = hp_thp_on_node(FROM, 1, 'k');

	hp_check_eq(hp_area_smaps(area).referenced, area->size / 1024);
	/* No look at the contents before: that would make it young. */
	hp_check_eq(hp_move_to_node(area->addr, TO), TO);
	hp_check_eq(hp_area_smaps(area).referenced, area->size / 1024);
}

HP_CASE(soft_dirty, "soft-dirty stays, and stays away")
{
	struct hp_area *area = hp_thp_on_node(FROM, 1, 'k');
	struct hp_pagemap_entry page;

	hp_require(!hp_write_text("/proc/self/clear_refs", "4"), "cannot write clear_refs");
	hp_check_ok(hp_page_read(0, area->addr, &page));
	if (page.soft_dirty)
		hp_skip_case(
			"needs soft-dirty bits (CONFIG_MEM_SOFT_DIRTY): run it in the lab");
	hp_fill(area, 'k');
	hp_check_ok(hp_page_read(0, area->addr, &page));
	hp_check(page.soft_dirty);
	move(area);
	hp_check_ok(hp_page_read(0, area->addr, &page));
	hp_check(page.soft_dirty);
	hp_check_ok(hp_page_read(0, area->addr + area->size - hp_base_size, &page));
	hp_check(page.soft_dirty);
}

/* kB of the whole machine that are locked. */
static long locked_kb(void)
{
	hp_write_text("/proc/sys/vm/stat_refresh", "1");
	return hp_meminfo_kb("Mlocked");
}

HP_CASE(locked, "locked memory stays locked, and its count comes back")
{
	struct hp_area *area = hp_thp_on_node(FROM, 1, 'k');
	long before = locked_kb(), kb = (long)(area->size / 1024);

	hp_check_ok(mlock(area->addr, area->size));
	if (hp_counters_exact())
		hp_check_eq(locked_kb(), before + kb);
	hp_check_ok(munlock(area->addr, area->size));
	if (hp_counters_exact())
		hp_check_eq(locked_kb(), before);
	hp_check_ok(mlock(area->addr, area->size));
	hp_check_eq(hp_area_smaps(area).locked, kb);
	move(area);
	hp_check_eq(hp_area_smaps(area).locked, kb);
	/* Reclaim is left to mark the page again when it comes by (mm/rmap.c). */
	hp_observed("Mlocked behind the move", "%+ld kB", locked_kb() - before);
	hp_check_ok(munlock(area->addr, area->size));
	if (hp_counters_exact())
		hp_check_eq(locked_kb(), before);
	hp_check_filled(area, 'k');
}

HP_CASE(exclusive, "what is one's own is written without a copy, what is shared with one")
{
	struct hp_area *area = hp_thp_on_node(FROM, 1, 'k');
	uint64_t frame;
	struct hp_pagemap_entry page;

	move(area);
	frame = hp_pfn(area->addr);
	hp_check_ok(hp_page_read(0, area->addr, &page));
	hp_check(page.exclusive);
	hp_fill(area, 'k');
	hp_check_unmoved(hp_pfn(area->addr) == frame);
	hp_check_filled(area, 'k');
}

HP_CASE(still_shared, "what a fork shares is still copied on write after a move")
{
	struct hp_area *area = hp_thp_on_node(FROM, 1, 'k');
	struct hp_paused *child;

	hp_paused_child(child) {
		hp_check_filled(area, 'k');
		hp_pause(child);
		hp_check_filled(area, 'k');
		hp_check_writable(area, 'c');
	}
	move(area);
	hp_resume_ok(child);
	hp_check_filled(area, 'k');
}

/* Free for the taking, then written, then moved: it must not be taken. */
HP_CASE(dirty, "what was written after MADV_FREE is not lost behind a move")
{
	struct hp_area *area;

	hp_case_needs("swap");
	area = hp_thp_on_node(FROM, 1, 'k');
	hp_check_ok(madvise(area->addr, area->size, MADV_FREE));
	hp_fill(area, 'k');
	move(area);
	hp_eventually((hp_check_ok(madvise(area->addr, area->size, MADV_PAGEOUT)),
		       hp_area_smaps(area).rss == 0),
		      5);
	hp_check_filled(area, 'k');
}

HP_PROGRAM(.summary = "a huge page that moved is mapped as it was",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "nodes:2", "cap:sys_nice"),
	   .sources = HP_SOURCES({"code", "mm/huge_memory.c",
				  "set_pmd_migration_entry() and remove_migration_pmd()"}))
