// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A range that no processor has ever touched migrates too: the device gets fresh pages of
 * zeros, without a fault before, also behind the zero page, and the process owns them.
 */
#include "hugeproof.h"

static size_t base;

static long rss_anon_pages(void)
{
	return hp_rss_anon(0) * 1024 / (long)base;
}

/*
 * All of the area, of which nothing is there, goes to the device, which finds zeros; what
 * it writes then a processor finds.
 */
static void check_migrates(struct hp_device *device, struct hp_area *area)
{
	struct hp_area *copy = hp_copy_of(area);
	size_t pages = area->size / base;
	long before = rss_anon_pages();

	hp_check_eq(hp_to_device(device, area->addr, pages, copy->addr), 0);
	hp_check_eq(hp_pages_in_device(device, area->addr, pages), pages);
	hp_check_eq(rss_anon_pages() - before, pages);
	hp_check_zeros(copy, 0, copy->size);
	hp_fill(copy, 'd');
	hp_check_eq(hp_device_write(device, area->addr, pages, copy->addr, NULL), 0);
	hp_check_eq(hp_pages_in_device(device, area->addr, pages), pages);
	hp_check_filled(area, 'd');
	hp_fill(area, 'p');
	hp_check_eq(hp_device_read(device, area->addr, pages, copy->addr, NULL), 0);
	hp_check_filled(copy, 'p');
	before = rss_anon_pages();
	hp_unmap(area);
	hp_check_eq(rss_anon_pages() - before, -(long)pages);
}

HP_DEVICE_CASES(never_touched,
		"pages that were never touched, in a page table that is there")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area;

	base = hp_base_page_size();
	area = hp_map_base_pages(128);
	hp_fill_page(area, 127, 'x');
	hp_check_ok(munmap(area->addr + area->size / 2, area->size / 4));
	area->size /= 2;
	check_migrates(device, area);
}

HP_DEVICE_CASES(no_table, "as much as a page table maps, without one")
{
	struct hp_device *device = hp_device(kind, 0);

	base = hp_base_page_size();
	check_migrates(device, hp_map_base_pages(hp_thp_size() / base));
}

HP_DEVICE_CASES(behind_zero_page, "pages that were only read: the zero page")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area;

	base = hp_base_page_size();
	area = hp_map_base_pages(64);
	hp_check_zeros(area, 0, area->size);
	for (size_t page = 0; page < 64; page++)
		hp_check(hp_is_zero_page(hp_page(area, page)));
	check_migrates(device, area);
}

HP_DEVICE_CASES(behind_huge_zero_page, "memory that was only read: the huge zero page")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area;

	base = hp_base_page_size();
	hp_thp_setting("use_zero_page", "1");
	area = hp_map_thp(1);
	hp_check_zeros(area, 0, 8);
	hp_require(hp_is_zero_page(area->addr), "the kernel gave no zero page");
	check_migrates(device, area);
}

HP_DEVICE_CASES(mixture, "written, read and untouched pages in one range, page by page")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area, *copy;
	unsigned char seen[96];
	long before;

	base = hp_base_page_size();
	area = hp_map_base_pages(96);
	copy = hp_copy_of(area);
	for (size_t page = 0; page < 96; page += 3) {
		hp_fill_page(area, page, 'm');
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
		hp_check_page_filled(copy, page, page % 3 ? 0 : 'm');
	}
	for (size_t page = 0; page < 96; page++)
		hp_check_page_filled(area, page, page % 3 ? 0 : 'm');
}

HP_DEVICE_CASES(read_only, "untouched pages of a read-only mapping: zeros, not writable")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = hp_map_base_pages(16);
	unsigned char seen[16];

	base = hp_base_page_size();
	hp_check_ok(mprotect(area->addr, area->size, PROT_READ));
	hp_check_eq(hp_to_device(device, area->addr, 16, NULL), 0);
	hp_check_eq(hp_device_snapshot(device, area->addr, 16, seen), 0);
	for (int i = 0; i < 16; i++)
		hp_check_eq(seen[i], hp_seen_local(device) | HP_SEEN_READ);
	hp_check_zeros(area, 0, area->size);
	hp_check_fault(area, area->addr, HP_WRITE, SIGSEGV, SEGV_ACCERR);
}

struct charged {
	const char *group;
	enum hp_device_kind kind;
};

#define CHARGED_PAGES 4096

static void charge(void *arg)
{
	const struct charged *charged = arg;
	struct hp_device *device;
	struct hp_area *area, *copy;
	long bytes = CHARGED_PAGES * (long)base, before;

	hp_cgroup_enter(charged->group);
	device = hp_device(charged->kind, 0);
	area = hp_map_base_pages(CHARGED_PAGES);
	copy = hp_copy_of(area);
	hp_touch(copy);
	before = hp_cgroup_usage(charged->group);
	hp_check_eq(hp_to_device(device, area->addr, CHARGED_PAGES, copy->addr), 0);
	/* Less what the group had in stock already. */
	hp_check_range(hp_cgroup_usage(charged->group) - before, bytes / 10 * 9, 2 * bytes);
	hp_unmap(area);
	hp_eventually(hp_cgroup_usage(charged->group) - before < bytes / 2, 5);
}

HP_DEVICE_CASES(group, "fresh pages are charged to the control group, and given back")
{
	struct charged charged = {hp_cgroup("memory"), kind};

	base = hp_base_page_size();
	hp_wait_ok(hp_fork(charge, &charged));
}

HP_PROGRAM(.summary = "a device gets fresh pages where no processor has touched memory",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("hmm", "thp", "pagemap", "root"),
	   .source = "mm/migrate: allow migrate_vma() to alloc new page on empty entry "
		     "(2017)")
