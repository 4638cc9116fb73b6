// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A poisoned page of a file is read from the disk again if it was clean. If it was dirty
 * its contents are lost, and fsync reports that.
 */
#include "hugeproof.h"

static char *map_pages(size_t pages, int fd)
{
	return hp_check_ok(mmap(NULL, pages * hp_base_size, PROT_READ | PROT_WRITE,
				MAP_SHARED, fd, 0));
}

static int file_on_disk(void)
{
	int fd = hp_open_file(hp_mount_ext4(32 << 20), "file", O_RDWR | O_CREAT);
	static char data[2 * 65536];

	hp_require(fd >= 0, "cannot make a file: %s", strerror(errno));
	memset(data, 'f', sizeof(data));
	/*
	 * Written separately, because newer ext4 would make one large folio of both, which
	 * had to be split.
	 */
	for (int page = 0; page < 2; page++)
		hp_check_eq(write(fd, data, hp_base_size), hp_base_size);
	hp_check_ok(fsync(fd));
	return fd;
}

HP_CASE(clean_file,
	"a poisoned clean page of a file is dropped and read from the disk again")
{
	int fd = file_on_disk();
	char *addr = map_pages(2, fd);
	uint64_t frame;

	hp_check_eq(addr[0], 'f');
	frame = hp_pfn(addr);
	hp_check_recovers(addr, "clean LRU page", NULL);
	hp_check_eq(addr[0], 'f');
	hp_check(hp_pfn(addr) != frame);
}

HP_CASE(dirty_file,
	"a poisoned dirty page of a file is lost, and fsync fails once with EIO")
{
	int fd = file_on_disk();
	char *addr = map_pages(2, fd);

	addr[0] = 'd';
	hp_check_recovers(addr, "dirty LRU page", NULL);
	hp_check_errno(fsync(fd), EIO);
	hp_check_ok(fsync(fd));
	hp_check_eq(addr[hp_base_size], 'f');
}

HP_PROGRAM(.summary = "a poisoned page of a file is read again, or fsync reports its loss",
	   .page_sizes = HP_NO_PAGE_SIZE, .seconds = 30,
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap"), .poisons = true,
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hwpoison.rst"},
				 {"man", "fsync(2)"}))
