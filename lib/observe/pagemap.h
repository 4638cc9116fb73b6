/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What lies behind one virtual address, from /proc/PID/pagemap and
 * /proc/kpageflags. Source: Documentation/admin-guide/mm/pagemap.rst.
 */
#ifndef HP_OBSERVE_PAGEMAP_H
#define HP_OBSERVE_PAGEMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct hp_page {
	bool present, swapped, file_or_shared, exclusive, uffd_wp, soft_dirty;
	uint64_t pfn; /* 0 without CAP_SYS_ADMIN or when not present */
};

/* The base page at addr in process pid (0: the caller). 0 or -errno. */
int hp_page_read(pid_t pid, const void *addr, struct hp_page *page);

/* n base pages from addr on, in one read of pagemap. 0 or -errno. */
int hp_pages_read(pid_t pid, const void *addr, size_t n, struct hp_page *pages);

/* How often a page frame is mapped (/proc/kpagecount). 0 or -errno. */
int hp_page_count(uint64_t pfn, uint64_t *mappings);

/* The KPF_* bits of a page frame. 0 or -errno. */
int hp_page_flags(uint64_t pfn, uint64_t *flags);

#endif
