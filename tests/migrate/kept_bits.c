// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A huge page that migrated is mapped as before: writable or not, young, soft-dirty,
 * locked, and exclusive to the process.
 */
#include "hugeproof.h"

#include <sys/resource.h>

/* From the first node with memory to the second. */
#define FROM hp_node(0)
#define TO   hp_node(1)

static void move(const struct hp_area *area)
{
	hp_check_eq(hp_move_to_node(area->addr, TO), TO);
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_filled(area, 'k');
}

HP_CASE(writable, "a migrated huge page stays writable: a write causes no fault")
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

HP_CASE(read_only,
	"a migrated huge page of a read-only mapping stays read-only until mprotect")
{
	struct hp_area *area = hp_thp_on_node(FROM, 1, 'k');

	hp_protect(area, PROT_READ);
	move(area);
	hp_check_fault(area, area->addr, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_check_fault(area, area->addr + area->size - 1, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_protect(area, PROT_READ | PROT_WRITE);
	hp_check_writable(area, 'l');
}

HP_CASE(young, "a migrated huge page stays young (Referenced in smaps)")
{
	struct hp_area *area = hp_thp_on_node(FROM, 1, 'k');

	hp_check_eq(hp_area_smaps(area).referenced, area->size / 1024);
	/* Checking the contents would set the accessed bit. */
	hp_check_eq(hp_move_to_node(area->addr, TO), TO);
	hp_check_eq(hp_area_smaps(area).referenced, area->size / 1024);
}

HP_CASE(soft_dirty, "a migrated huge page stays soft-dirty")
{
	struct hp_area *area;
	struct hp_pagemap_entry page;

	hp_case_needs("soft-dirty");
	area = hp_thp_on_node(FROM, 1, 'k');
	hp_check_ok(hp_page_read(0, area->addr, &page));
	hp_check(page.soft_dirty);
	hp_require(!hp_write_text("/proc/self/clear_refs", "4"), "cannot write clear_refs");
	hp_check_ok(hp_page_read(0, area->addr, &page));
	hp_check(!page.soft_dirty);
	hp_fill(area, 'k');
	hp_check_ok(hp_page_read(0, area->addr, &page));
	hp_check(page.soft_dirty);
	move(area);
	hp_check_ok(hp_page_read(0, area->addr, &page));
	hp_check(page.soft_dirty);
	hp_check_ok(hp_page_read(0, area->addr + area->size - hp_base_size, &page));
	hp_check(page.soft_dirty);
}

/* Mlocked of the whole machine, in kB. */
static long locked_kb(void)
{
	hp_write_text("/proc/sys/vm/stat_refresh", "1");
	return hp_meminfo_kb("Mlocked");
}

HP_CASE(locked, "a migrated huge page stays mlocked, and Mlocked returns to its value")
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
	/*
	 * The page may only be marked as mlocked again when reclaim scans it (mm/rmap.c).
	 */
	hp_observed("Mlocked after the migration", "%+ld kB", locked_kb() - before);
	hp_check_ok(munlock(area->addr, area->size));
	if (hp_counters_exact())
		hp_check_eq(locked_kb(), before);
	hp_check_filled(area, 'k');
}

HP_CASE(exclusive, "a migrated huge page stays exclusive: a write does not copy it")
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

HP_CASE(still_shared, "a migrated huge page that fork shared is still copied on write")
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

/* MADV_FREE, a write, and a migration: the page must not be discarded. */
HP_CASE(dirty, "a huge page written after MADV_FREE stays dirty when it migrates")
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

HP_PROGRAM(.summary = "a huge page that migrated is mapped as before",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "nodes:2", "migration", "cap:sys_nice"),
	   .sources = HP_SOURCES({"code", "mm/huge_memory.c",
				  "set_pmd_migration_entry() and remove_migration_pmd()"}))
