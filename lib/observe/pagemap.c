// SPDX-License-Identifier: LGPL-2.1-or-later
#include "observe/pagemap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kernel-page-flags.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Reads n 64-bit entries of an open file, from an index on, in one read. */
static int read_entries(int fd, uint64_t index, size_t n, uint64_t *entries)
{
	ssize_t got =
		pread(fd, entries, n * sizeof(*entries), (off_t)(index * sizeof(*entries)));

	return got < 0 ? -errno : got == (ssize_t)(n * sizeof(*entries)) ? 0 : -EIO;
}

static int read_entry(const char *path, uint64_t index, uint64_t *entry)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error;

	if (fd < 0)
		return -errno;
	error = read_entries(fd, index, 1, entry);
	close(fd);
	return error;
}

/* Page flags, read in blocks. */
#define BLOCK 512

struct flags {
	int fd, error;
	bool any;
	uint64_t first, block[BLOCK];
};

/* The flags of a page frame; 0 if they cannot be read, which sets flags->error. */
static uint64_t flags_of(struct flags *flags, uint64_t pfn)
{
	uint64_t first = pfn - pfn % BLOCK;

	if (!flags->any || first != flags->first) {
		ssize_t got = pread(flags->fd, flags->block, sizeof(flags->block),
				    (off_t)(first * sizeof(uint64_t)));

		if (got < 0) {
			flags->error = -errno;
			return 0;
		}
		/* The last block of memory may be shorter. */
		memset((char *)flags->block + got, 0, sizeof(flags->block) - (size_t)got);
		flags->first = first;
		flags->any = true;
	}
	return flags->block[pfn - first];
}

#define SECTION_BYTES ((size_t)16 << 20)

/* Whether no frame of its part of memory has any flag; -ENODATA if so. */
static int look_around(uint64_t pfn)
{
	struct flags flags = {.fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC)};
	uint64_t n = SECTION_BYTES / (uint64_t)sysconf(_SC_PAGESIZE), at = pfn - pfn % n;
	uint64_t end = at + n;

	if (flags.fd < 0)
		return -errno;
	while (at < end && !flags_of(&flags, at) && !flags.error)
		at++;
	close(flags.fd);
	return flags.error ? flags.error : at < end ? 0 : -ENODATA;
}

int hp_page_count(uint64_t pfn, uint64_t *mappings)
{
	int error = read_entry("/proc/kpagecount", pfn, mappings);

	return error || *mappings ? error : look_around(pfn);
}

int hp_page_flags(uint64_t pfn, uint64_t *flags)
{
	int error = read_entry("/proc/kpageflags", pfn, flags);

	return error || *flags ? error : look_around(pfn);
}

#define PRESENT (UINT64_C(1) << 63)
#define SWAPPED (UINT64_C(1) << 62)
#define FRAME   ((UINT64_C(1) << 55) - 1)

/* Exponential backoff while a page is being migrated. */
struct backoff {
	struct timespec began;
	long pause_us;
};

static long elapsed_ms(const struct backoff *backoff)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - backoff->began.tv_sec) * 1000 +
	       (now.tv_nsec - backoff->began.tv_nsec) / 1000000;
}

/* False after HP_REST_MS. */
static bool back_off(struct backoff *backoff)
{
	if (!backoff->pause_us) {
		clock_gettime(CLOCK_MONOTONIC, &backoff->began);
		backoff->pause_us = 20;
	}
	if (elapsed_ms(backoff) >= HP_REST_MS)
		return false;
	usleep((useconds_t)backoff->pause_us);
	if (backoff->pause_us < 1000)
		backoff->pause_us *= 2;
	return true;
}

/*
 * True for a migration entry. In an entry that is not present, bits 0-4 are the swap type
 * and the rest is the offset (pagemap.rst). The highest types are not swap areas but
 * migration entries, device private pages, poisoned pages and PTE markers; their numbers
 * depend on the version and the configuration (include/linux/swap.h). The offset of the
 * first three is a page frame number (is_pfn_swap_entry), whose page flags distinguish
 * them: a device private page has none (KPF_NOPAGE, or -ENODATA), a poisoned one has
 * KPF_HWPOISON. The offset of a marker is a small number of flags.
 */
#define FIRST_SPECIAL_TYPE 23
#define MOST_MARKER_FLAGS  16

static bool migrating(uint64_t entry)
{
	uint64_t type = entry & 31, offset = (entry & FRAME) >> 5, flags;

	if (entry & PRESENT || !(entry & SWAPPED) || type < FIRST_SPECIAL_TYPE ||
	    offset < MOST_MARKER_FLAGS || hp_page_flags(offset, &flags))
		return false;
	return !(flags >> KPF_NOPAGE & 1) && !(flags >> KPF_HWPOISON & 1);
}

static bool any_migrating(const uint64_t *entries, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (migrating(entries[i]))
			return true;
	return false;
}

static int open_pagemap(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid ? pid : getpid());
	return open(path, O_RDONLY | O_CLOEXEC);
}

static uint64_t index_of(const void *addr)
{
	return (uintptr_t)addr / (size_t)sysconf(_SC_PAGESIZE);
}

/* Reads n entries until two readings agree and none of them is a migration entry. */
static int read_at_rest(int fd, uint64_t index, size_t n, uint64_t *entries)
{
	uint64_t *again = malloc(n * sizeof(*again));
	struct backoff backoff = {.pause_us = 0};
	int error = again ? 0 : -ENOMEM;

	while (!error) {
		error = read_entries(fd, index, n, entries);
		if (!error && !any_migrating(entries, n)) {
			error = read_entries(fd, index, n, again);
			if (error || !memcmp(entries, again, n * sizeof(*again)))
				break;
		}
		if (!error && !back_off(&backoff))
			error = -EBUSY;
	}
	free(again);
	return error;
}

static void decode(uint64_t entry, struct hp_pagemap_entry *page)
{
	page->present = entry & PRESENT;
	page->swapped = entry & SWAPPED;
	page->file_or_shared = entry >> 61 & 1;
	page->uffd_wp = entry >> 57 & 1;
	page->exclusive = entry >> 56 & 1;
	page->soft_dirty = entry >> 55 & 1;
	page->guard = entry >> 58 & 1;
	page->pfn = page->present ? entry & FRAME : 0;
}

int hp_pages_read(pid_t pid, const void *addr, size_t n, struct hp_pagemap_entry *pages)
{
	uint64_t *entries = malloc(n * sizeof(*entries));
	int fd = open_pagemap(pid), error = fd < 0 ? -errno : entries ? 0 : -ENOMEM;

	if (!error)
		error = read_at_rest(fd, index_of(addr), n, entries);
	for (size_t i = 0; !error && i < n; i++)
		decode(entries[i], &pages[i]);
	if (fd >= 0)
		close(fd);
	free(entries);
	return error;
}

int hp_page_read(pid_t pid, const void *addr, struct hp_pagemap_entry *page)
{
	return hp_pages_read(pid, addr, 1, page);
}

int hp_page_read_once(pid_t pid, const void *addr, struct hp_pagemap_entry *page)
{
	uint64_t entry;
	int fd = open_pagemap(pid), error;

	if (fd < 0)
		return -errno;
	error = read_entries(fd, index_of(addr), 1, &entry);
	close(fd);
	if (!error)
		decode(entry, page);
	return error;
}

static int read_folio(uint64_t pfn, struct hp_folio *folio)
{
	struct flags flags = {.fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC)};

	if (flags.fd < 0)
		return -errno;
	folio->head = pfn;
	folio->pages = 1;
	folio->flags = flags_of(&flags, pfn);
	while (folio->head && flags_of(&flags, folio->head) >> KPF_COMPOUND_TAIL & 1)
		folio->head--;
	if (flags_of(&flags, folio->head) >> KPF_COMPOUND_HEAD & 1)
		while (flags_of(&flags, folio->head + folio->pages) >> KPF_COMPOUND_TAIL &
		       1)
			folio->pages++;
	close(flags.fd);
	return flags.error;
}

static bool same_page(const struct hp_pagemap_entry *a, const struct hp_pagemap_entry *b)
{
	return a->present == b->present && a->pfn == b->pfn;
}

static bool same_folio(const struct hp_folio *a, const struct hp_folio *b)
{
	return a->head == b->head && a->pages == b->pages;
}

int hp_folio_read(pid_t pid, const void *addr, struct hp_folio *folio)
{
	struct backoff backoff = {.pause_us = 0};

	for (;;) {
		struct hp_folio again = {.pages = 0};
		struct hp_pagemap_entry page;
		int error;

		memset(folio, 0, sizeof(*folio));
		error = hp_page_read(pid, addr, &folio->page);
		if (error || !folio->page.present)
			return error;
		/* Without CAP_SYS_ADMIN, pagemap hides the page frame number. */
		if (!folio->page.pfn)
			return -EPERM;
		error = read_folio(folio->page.pfn, folio);
		if (!error)
			error = read_folio(folio->page.pfn, &again);
		if (!error)
			error = hp_page_read(pid, addr, &page);
		if (error)
			return error;
		/* The page may have been migrated or freed between the readings. */
		if (same_page(&page, &folio->page) && same_folio(folio, &again))
			return folio->flags ? 0 : look_around(folio->head);
		if (!back_off(&backoff))
			return -EBUSY;
	}
}
