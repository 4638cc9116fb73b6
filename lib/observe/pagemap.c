// SPDX-License-Identifier: LGPL-2.1-or-later
#include "observe/pagemap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* 64-bit entries of a file of such, from one on, in one read. */
static int read_entries(const char *path, uint64_t index, size_t n, uint64_t *entries)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;
	int error;

	if (fd < 0)
		return -errno;
	got = pread(fd, entries, n * sizeof(*entries), (off_t)(index * sizeof(*entries)));
	error = got < 0 ? -errno : got == (ssize_t)(n * sizeof(*entries)) ? 0 : -EIO;
	close(fd);
	return error;
}

int hp_pages_read(pid_t pid, const void *addr, size_t n, struct hp_page *pages)
{
	char path[64];
	uint64_t *entries = malloc(n * sizeof(*entries));
	int error;

	if (!entries)
		return -ENOMEM;
	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid ? pid : getpid());
	error = read_entries(path, (uintptr_t)addr / sysconf(_SC_PAGESIZE), n, entries);
	for (size_t i = 0; !error && i < n; i++) {
		uint64_t entry = entries[i];
		struct hp_page *page = &pages[i];

		page->present = entry >> 63 & 1;
		page->swapped = entry >> 62 & 1;
		page->file_or_shared = entry >> 61 & 1;
		page->uffd_wp = entry >> 57 & 1;
		page->exclusive = entry >> 56 & 1;
		page->soft_dirty = entry >> 55 & 1;
		page->pfn = page->present ? entry & ((1ULL << 55) - 1) : 0;
	}
	free(entries);
	return error;
}

int hp_page_read(pid_t pid, const void *addr, struct hp_page *page)
{
	return hp_pages_read(pid, addr, 1, page);
}

int hp_page_count(uint64_t pfn, uint64_t *mappings)
{
	return read_entries("/proc/kpagecount", pfn, 1, mappings);
}

int hp_page_flags(uint64_t pfn, uint64_t *flags)
{
	return read_entries("/proc/kpageflags", pfn, 1, flags);
}
