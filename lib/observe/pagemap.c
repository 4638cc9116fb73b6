// SPDX-License-Identifier: LGPL-2.1-or-later
#include "observe/pagemap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* One 64-bit entry of a file of such. */
static int read_entry(const char *path, uint64_t index, uint64_t *entry)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;
	int error;

	if (fd < 0)
		return -errno;
	got = pread(fd, entry, sizeof(*entry), index * sizeof(*entry));
	error = got < 0 ? -errno : got == sizeof(*entry) ? 0 : -EIO;
	close(fd);
	return error;
}

int hp_page_read(pid_t pid, const void *addr, struct hp_page *page)
{
	char path[64];
	uint64_t entry;
	int error;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid ? pid : getpid());
	error = read_entry(path, (uintptr_t)addr / sysconf(_SC_PAGESIZE), &entry);
	if (error)
		return error;
	page->present = entry >> 63 & 1;
	page->swapped = entry >> 62 & 1;
	page->file_or_shared = entry >> 61 & 1;
	page->uffd_wp = entry >> 57 & 1;
	page->exclusive = entry >> 56 & 1;
	page->soft_dirty = entry >> 55 & 1;
	page->pfn = page->present ? entry & ((1ULL << 55) - 1) : 0;
	return 0;
}

int hp_page_count(uint64_t pfn, uint64_t *mappings)
{
	return read_entry("/proc/kpagecount", pfn, mappings);
}

int hp_page_flags(uint64_t pfn, uint64_t *flags)
{
	return read_entry("/proc/kpageflags", pfn, flags);
}
