// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What user space handles the faults of is its own: a device gets no page that was missing
 * there, the fault goes to its handler, and write protection outlives the way to a device.
 */
#include "hugeproof.h"

#include <pthread.h>

#define PAGES 16

static void *read_byte(void *addr)
{
	return (void *)(intptr_t) * (volatile char *)addr;
}

static void *write_byte(void *addr)
{
	*(volatile char *)addr = 'W';
	return NULL;
}

static pthread_t start(void *(*body)(void *addr), char *addr)
{
	pthread_t thread;

	hp_require(!pthread_create(&thread, NULL, body, addr), "cannot make a thread");
	return thread;
}

HP_DEVICE_CASES(missing, "a page that is missing stays so, and its fault is told")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = hp_map_base_pages(PAGES), *copy = hp_copy_of(area);
	int uffd = hp_uffd_missing(area);
	struct hp_uffd_event fault;
	pthread_t thread;
	void *byte;

	hp_check_eq(hp_to_device(device, area->addr, PAGES, NULL), ENOENT);
	hp_check_not_in_device(device, area);
	hp_check_eq(hp_area_smaps(area).rss, 0);
	thread = start(read_byte, hp_page(area, 3));
	fault = hp_uffd_wait(uffd, 5);
	hp_check(fault.addr == hp_page(area, 3));
	hp_check(!fault.write);
	hp_fill(copy, 'u');
	hp_check_eq(hp_uffd_copy(uffd, fault.addr, hp_page(copy, 3), copy->page_size), 0);
	hp_check_eq(pthread_join(thread, &byte), 0);
	hp_check_eq((char)(intptr_t)byte, *hp_page(copy, 3));
	hp_check_page_filled(area, 3, 'u');
	close(uffd);
}

HP_DEVICE_CASES(present, "what is present in such a range migrates, and nothing beside it")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = hp_map_base_pages(PAGES);
	unsigned char seen[PAGES];
	int uffd;

	for (size_t page = 0; page < PAGES; page += 2)
		hp_fill_page(area, page, 'u');
	uffd = hp_uffd_missing(area);
	hp_check_eq(hp_to_device(device, area->addr, PAGES, NULL), ENOENT);
	hp_check_eq(hp_device_snapshot(device, area->addr, PAGES, seen), 0);
	for (size_t page = 0; page < PAGES; page++)
		hp_check_eq(seen[page] & HP_SEEN_PLACE,
			    page % 2 ? 0 : hp_seen_local(device));
	for (size_t page = 0; page < PAGES; page += 2)
		hp_check_page_filled(area, page, 'u');
	close(uffd);
}

HP_DEVICE_CASES(zero_page, "behind the zero page too")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = hp_map_base_pages(PAGES);
	int uffd;

	hp_check_zeros(area, 0, area->size);
	uffd = hp_uffd_missing(area);
	hp_check_eq(hp_to_device(device, area->addr, PAGES, NULL), ENOENT);
	hp_check_not_in_device(device, area);
	hp_check_zeros(area, 0, area->size);
	close(uffd);
}

HP_DEVICE_CASES(write_protected, "a write-protected page is so after its way to the device")
{
	struct hp_device *device = hp_device(kind, 0);
	struct hp_area *area = hp_map_base_pages(PAGES);
	struct hp_uffd_event fault;
	pthread_t thread;
	int uffd;

	hp_fill(area, 'w');
	uffd = hp_uffd_write_protected(area);
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, true), 0);
	hp_check_eq(hp_to_device(device, area->addr, PAGES, NULL), 0);
	hp_check_in_device(device, area);
	hp_check_filled(area, 'w');
	thread = start(write_byte, hp_page(area, 5));
	fault = hp_uffd_wait(uffd, 5);
	hp_check(fault.addr == hp_page(area, 5));
	hp_check(fault.write && fault.write_protected);
	hp_check_filled(area, 'w');
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, false), 0);
	hp_check_eq(pthread_join(thread, NULL), 0);
	hp_check_eq(*hp_page(area, 5), 'W');
	close(uffd);
}

HP_PROGRAM(.summary = "a device takes nothing from who handles faults in user space",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp", "root"),
	   .source = "mm/migrate: allow migrate_vma() to alloc new page on empty entry "
		     "(2017)")
