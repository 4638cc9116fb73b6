// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A range that no processor has touched migrates without a fault: the device allocates
 * zeroed pages for missing pages and for the zero page, and they count in the process's
 * RSS.
 */
#include "hugeproof.h"

static long rss_anon_pages(void)
{
	return hp_rss_anon(0) * 1024 / (long)hp_base_size;
}

/*
 * The area has no pages: all of it migrates, and the device finds zeros. Then the device
 * reads what the processor writes. A separate case covers the device writing, because the
 * test device of 7.3 crashes there.
 */
static void check_migrates(struct hp_device *device, struct hp_area *area)
{
	struct hp_area *copy = hp_copy_of(area);
	size_t pages = area->size / hp_base_size;
	long before = rss_anon_pages();

	hp_check_eq(hp_to_device(device, area->addr, pages, copy->addr), 0);
	hp_check_eq(hp_pages_in_device(device, area->addr, pages), pages);
	hp_check_eq(rss_anon_pages() - before, pages);
	hp_check_zeros(copy);
	hp_fill(area, 'p');
	hp_check_device_reads(device, area, 'p');
	before = rss_anon_pages();
	hp_unmap(area);
	hp_check_eq(rss_anon_pages() - before, -(long)pages);
}

HP_DEVICE_CASES(never_touched, "missing pages migrate as zeros where a page table exists")
{
	struct hp_area *area;

	area = hp_map_base_pages(128);
	hp_fill(hp_nth_page(area, 127), 'x');
	hp_check_ok(munmap(area->addr + area->size / 2, area->size / 4));
	area->size /= 2;
	check_migrates(device, area);
}

HP_DEVICE_CASES(no_table, "missing pages migrate as zeros where no page table exists")
{
	check_migrates(device, hp_map_base_pages(hp_pmd_size / hp_base_size));
}

HP_DEVICE_CASES(behind_zero_page,
		"mappings of the zero page are replaced by zeroed pages of the device")
{
	struct hp_area *area;

	hp_case_needs("zero-page");
	area = hp_map_base_pages(64);
	hp_check_zeros(area);
	for (size_t page = 0; page < 64; page++)
		hp_check(hp_is_zero_page(hp_page(area, page)));
	check_migrates(device, area);
}

HP_DEVICE_CASES(behind_huge_zero_page,
		"a mapping of the huge zero page is replaced by zeroed pages of the device")
{
	struct hp_area *area;

	hp_case_needs("zero-page");
	hp_thp_setting("use_zero_page", "1");
	area = hp_map_thp(1);
	hp_check_zeros(hp_part(area, 0, 8));
	hp_check(hp_is_zero_page(area->addr));
	check_migrates(device, area);
}

HP_DEVICE_CASES(written,
		"the device writes to the pages that replaced missing and zero pages")
{
	struct hp_area *area;

	hp_case_needs("zero-page");
	area = hp_map_base_pages(64);
	for (size_t page = 0; page < 64; page += 2)
		*(volatile char *)hp_page(area, page);
	hp_check_eq(hp_to_device(device, area->addr, 64, NULL), 0);
	hp_check_eq(hp_device_fill(device, area, 'd'), 0);
	hp_check_in_device(device, area);
	hp_check_filled(area, 'd');
}

HP_DEVICE_CASES(mixture, "written, read and missing pages of one range all migrate")
{
	struct hp_area *area, *copy;
	unsigned char seen[96];
	long before;

	area = hp_map_base_pages(96);
	copy = hp_copy_of(area);
	for (size_t page = 0; page < 96; page += 3) {
		hp_fill(hp_nth_page(area, page), 'm');
		*(volatile char *)hp_page(area, page + 1);
	}
	hp_check_eq(hp_device_snapshot(device, area->addr, 96, seen), 0);
	for (size_t page = 0; page < 96; page += 3) {
		hp_check_eq(seen[page], HP_SEEN_WRITE);
		hp_check_eq(seen[page + 1], HP_SEEN_ZERO | HP_SEEN_READ);
		hp_check_eq(seen[page + 2], HP_SEEN_NOTHING);
	}
	before = rss_anon_pages();
	hp_check_eq(hp_to_device(device, area->addr, 96, copy->addr), 0);
	hp_check_eq(rss_anon_pages() - before, 64);
	hp_check_eq(hp_device_snapshot(device, area->addr, 96, seen), 0);
	for (size_t page = 0; page < 96; page++) {
		hp_check_eq(seen[page], hp_seen_local(device) | HP_SEEN_WRITE);
		hp_check_filled(hp_nth_page(copy, page), page % 3 ? 0 : 'm');
	}
	for (size_t page = 0; page < 96; page++)
		hp_check_filled(hp_nth_page(area, page), page % 3 ? 0 : 'm');
}

HP_DEVICE_CASES(read_only,
		"missing pages of a read-only mapping migrate as zeros and stay read-only")
{
	struct hp_area *area = hp_map_base_pages(16);

	hp_protect(area, PROT_READ);
	hp_check_eq(hp_to_device(device, area->addr, 16, NULL), 0);
	hp_check_seen(device, area, 0xff, hp_seen_local(device) | HP_SEEN_READ);
	hp_check_zeros(area);
	hp_check_fault(area, area->addr, HP_WRITE, SIGSEGV, SEGV_ACCERR);
}

#define CHARGED_PAGES 4096

HP_CASE_OF_ROWS(charged, "group",
		"pages allocated by the device are charged to the memory cgroup and "
		"uncharged at munmap",
		hp_device_memories, memory)
{
	const char *group = hp_cgroup("memory");

	hp_in_child() {
		struct hp_device *device;
		struct hp_area *area, *copy;
		long bytes = CHARGED_PAGES * (long)hp_base_size, before;

		hp_cgroup_enter(group);
		device = hp_device_open(memory->kind, 0);
		area = hp_map_base_pages(CHARGED_PAGES);
		copy = hp_copy_of(area);
		hp_touch(copy);
		before = hp_cgroup_usage(group);
		hp_check_eq(hp_to_device(device, area->addr, CHARGED_PAGES, copy->addr), 0);
		/* The cgroup's per-CPU stock of charges makes this inexact. */
		hp_check_range(hp_cgroup_usage(group) - before, bytes / 10 * 9, 2 * bytes);
		hp_unmap(area);
		hp_eventually(hp_cgroup_usage(group) - before < bytes / 2, 5);
	}
}

HP_PROGRAM(.summary =
		   "a device allocates zeroed pages where no processor has touched memory",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("hmm", "thp", "pagemap", "root"),
	   /* The test device of some kernels dies there, with its lock held. */
	   .case_tags = HP_CASE_TAGS({"written_private", "dangerous"}),
	   .sources = HP_SOURCES(
		   {"commit", "8315ada7f095",
		    "mm/migrate: allow migrate_vma() to alloc new page on empty entry"}))
