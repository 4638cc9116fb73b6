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

struct hp_page {
	bool present, swapped, file_or_shared, exclusive, uffd_wp, soft_dirty;
	uint64_t pfn; /* 0 without CAP_SYS_ADMIN or when not present */
};

/*
 * The base page at addr in process pid (0: the caller). 0, or -errno; -EBUSY when it was
 * still moving after HP_REST_MS.
 */
int hp_page_read(pid_t pid, const void *addr, struct hp_page *page);

/* n base pages from addr on, all at rest at the same time. 0 or -errno, as above. */
int hp_pages_read(pid_t pid, const void *addr, size_t n, struct hp_page *pages);

/* The base page at addr as one reading shows it, at rest or not. 0 or -errno. */
int hp_page_glance(pid_t pid, const void *addr, struct hp_page *page);

/* The folio that a base page is a part of. */
struct hp_folio {
	struct hp_page page;
	uint64_t flags; /* KPF_* bits of the base page; 0 when it is not present */
	uint64_t head;  /* page frame number of the first base page */
	size_t pages;   /* base pages in all; 0 when the base page is not present */
};

/* The folio behind addr, at rest. 0 or -errno, as above. */
int hp_folio_read(pid_t pid, const void *addr, struct hp_folio *folio);

/* How often a page frame is mapped (/proc/kpagecount). 0 or -errno. */
int hp_page_count(uint64_t pfn, uint64_t *mappings);

/* The KPF_* bits of a page frame. 0 or -errno. */
int hp_page_flags(uint64_t pfn, uint64_t *flags);

#endif
