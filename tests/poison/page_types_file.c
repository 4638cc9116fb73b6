// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A page of a file that goes bad is read anew from the disk when that has it, and lost,
 * which fsync tells, when it was written since.
 */
#include "hugeproof.h"

static size_t base;

static char *map_pages(size_t pages, int fd)
{
	return hp_check_ok(
		mmap(NULL, pages * base, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
}

static int file_on_disk(void)
{
	int fd = hp_open_file(hp_mount_ext4(32 << 20), "file", O_RDWR | O_CREAT);
	static char data[2 * 65536];

	hp_require(fd >= 0, "cannot make a file: %s", strerror(errno));
	base = hp_base_page_size();
	memset(data, 'f', sizeof(data));
	hp_check_eq(write(fd, data, 2 * base), 2 * base);
	hp_check_ok(fsync(fd));
	return fd;
}

HP_CASE(clean_file, "of a file, clean: dropped, and read anew from the disk")
{
	int fd = file_on_disk();
	char *addr = map_pages(2, fd);
	uint64_t frame;

	hp_check_eq(addr[0], 'f');
	frame = hp_frame(addr);
	hp_check_recovers(addr, "clean LRU page", NULL);
	hp_check_eq(addr[0], 'f');
	hp_check(hp_frame(addr) != frame);
}

HP_CASE(dirty_file, "of a file, dirty: lost, and fsync says so once")
{
	int fd = file_on_disk();
	char *addr = map_pages(2, fd);

	addr[0] = 'd';
	hp_check_recovers(addr, "dirty LRU page", NULL);
	hp_check_errno(fsync(fd), EIO);
	hp_check_ok(fsync(fd));
	hp_check_eq(addr[base], 'f');
}

HP_PROGRAM(.summary = "a bad page of a file is read anew, or its loss is told",
	   .page_sizes = HP_NO_PAGE_SIZE, .seconds = 30,
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap"), .poisons = true,
	   .source = "Documentation/mm/hwpoison.rst, fsync(2)")
