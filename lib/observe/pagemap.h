/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The page mapped at a virtual address, from /proc/PID/pagemap, /proc/kpageflags and
 * /proc/kpagecount. Source: Documentation/admin-guide/mm/pagemap.rst.
 *
 * Compaction, NUMA balancing and others may migrate a page at any time. Meanwhile the page
 * table has a migration entry, which pagemap shows as swapped and not present. The
 * functions below wait for the migration to end, at most HP_REST_MS, and return what two
 * successive readings agree on. hugetlb pages are migrated only by alloc_contig_range and
 * memory hotplug; pagemap does not show those migration entries, so they are not waited
 * for.
 */
#ifndef HP_OBSERVE_PAGEMAP_H
#define HP_OBSERVE_PAGEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How long a migration may take, milliseconds. */
#define HP_REST_MS 2000

struct hp_pagemap_entry {
	bool present, swapped, file_or_shared, exclusive, guard, uffd_wp, soft_dirty;
	uint64_t pfn; /* 0 without CAP_SYS_ADMIN or when not present */
};

/**
 * DOC: Look at a page
 */

/**
 * hp_page_read() - read the pagemap entry of a base page, after any migration
 * @pid: the process; 0: the caller
 * @addr: an address within the page
 * @page: filled in
 *
 * Return: 0 or -errno; -EBUSY if it was still being migrated after HP_REST_MS.
 */
int hp_page_read(pid_t pid, const void *addr, struct hp_pagemap_entry *page);

/**
 * hp_pages_read() - read the pagemap entries of a range while none is being migrated
 * @pid: the process; 0: the caller
 * @addr: an address within the first page
 * @n: the number of base pages
 * @pages: filled in with the entries
 *
 * Return: 0 or -errno, as hp_page_read().
 */
int hp_pages_read(pid_t pid, const void *addr, size_t n, struct hp_pagemap_entry *pages);

/**
 * hp_page_read_once() - read the pagemap entry of a base page once, even during migration
 * @pid: the process; 0: the caller
 * @addr: an address within the page
 * @page: filled in
 *
 * Return: 0 or -errno.
 */
int hp_page_read_once(pid_t pid, const void *addr, struct hp_pagemap_entry *page);

/* The folio that a base page is part of. */
struct hp_folio {
	struct hp_pagemap_entry page;
	uint64_t flags; /* KPF_* bits of the base page; 0 when it is not present */
	uint64_t head;  /* page frame number of the first base page */
	size_t pages;   /* base pages in all; 0 when the base page is not present */
};

/**
 * hp_folio_read() - find the folio that a base page is part of, after any migration
 * @pid: the process; 0: the caller
 * @addr: an address within the base page
 * @folio: filled in
 *
 * Needs: pagemap.
 *
 * Return: 0 or -errno, as hp_page_read(); -ENODATA as hp_page_flags().
 */
int hp_folio_read(pid_t pid, const void *addr, struct hp_folio *folio);

/**
 * hp_page_count() - read how often a page frame is mapped
 * @pfn: its number
 * @mappings: set to the count (/proc/kpagecount)
 *
 * Return: 0 or -errno; -ENODATA as hp_page_flags().
 */
int hp_page_count(uint64_t pfn, uint64_t *mappings);

/**
 * hp_page_flags() - read the flags of a page frame
 * @pfn: its number
 * @flags: set to the KPF_* bits (/proc/kpageflags)
 *
 * For frames that are not online memory Linux 6.18 and 7.3 show zeros (kpage_read() in
 * fs/proc/page.c) where 6.12 shows KPF_NOPAGE. A kernel was seen to map frames of memory
 * sections that it had not marked as online: their flags and counts were all 0.
 *
 * Return: 0 or -errno; -ENODATA if the flags of this frame and of the 16 MB around it, the
 * smallest size of a memory section, are all 0.
 */
int hp_page_flags(uint64_t pfn, uint64_t *flags);

#endif
