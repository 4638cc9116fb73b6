/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What lies behind one virtual address, from /proc/PID/pagemap, /proc/kpageflags and
 * /proc/kpagecount. Source: Documentation/admin-guide/mm/pagemap.rst.
 *
 * Compaction, NUMA balancing and others migrate pages at any time. While they do, a
 * migration entry stands in the page table, which pagemap shows as swapped and not present.
 * The readers below wait until the page is at rest, HP_REST_MS at most; what they tell was
 * so in two readings, one after the other. Pages of hugetlb are moved by alloc_contig_range
 * and by memory hotplug alone, and pagemap shows nothing at all meanwhile: nothing is
 * waited for there.
 */
#ifndef HP_OBSERVE_PAGEMAP_H
#define HP_OBSERVE_PAGEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* How long a page may take to come to rest, milliseconds. */
#define HP_REST_MS 2000

struct hp_pagemap_entry {
	bool present, swapped, file_or_shared, exclusive, uffd_wp, soft_dirty;
	uint64_t pfn; /* 0 without CAP_SYS_ADMIN or when not present */
};

/**
 * DOC: Look at a page
 */

/**
 * hp_page_read() - what pagemap says of a base page at rest
 * @pid: the process; 0: the caller
 * @addr: an address within the page
 * @page: gets it
 *
 * Return: 0 or -errno; -EBUSY: it was still moving after HP_REST_MS.
 */
int hp_page_read(pid_t pid, const void *addr, struct hp_pagemap_entry *page);

/**
 * hp_pages_read() - what pagemap says of base pages, all at rest at the same time
 * @pid: the process; 0: the caller
 * @addr: an address within the first
 * @n: how many
 * @pages: gets them
 *
 * Return: 0 or -errno, as hp_page_read().
 */
int hp_pages_read(pid_t pid, const void *addr, size_t n, struct hp_pagemap_entry *pages);

/**
 * hp_page_glance() - what pagemap says of a base page in one reading, at rest or not
 * @pid: the process; 0: the caller
 * @addr: an address within the page
 * @page: gets it
 *
 * Return: 0 or -errno.
 */
int hp_page_glance(pid_t pid, const void *addr, struct hp_pagemap_entry *page);

/* The folio that a base page is a part of. */
struct hp_folio {
	struct hp_pagemap_entry page;
	uint64_t flags; /* KPF_* bits of the base page; 0 when it is not present */
	uint64_t head;  /* page frame number of the first base page */
	size_t pages;   /* base pages in all; 0 when the base page is not present */
};

/**
 * hp_folio_read() - the folio that a base page is a part of, at rest
 * @pid: the process; 0: the caller
 * @addr: an address within the base page
 * @folio: gets it
 *
 * Needs pagemap.
 *
 * Return: 0 or -errno, as hp_page_read().
 */
int hp_folio_read(pid_t pid, const void *addr, struct hp_folio *folio);

/**
 * hp_page_count() - how often a page frame is mapped
 * @pfn: its number
 * @mappings: gets it (/proc/kpagecount)
 *
 * Return: 0 or -errno.
 */
int hp_page_count(uint64_t pfn, uint64_t *mappings);

/**
 * hp_page_flags() - the flags of a page frame
 * @pfn: its number
 * @flags: gets the KPF_* bits (/proc/kpageflags)
 *
 * Return: 0 or -errno.
 */
int hp_page_flags(uint64_t pfn, uint64_t *flags);

#endif
