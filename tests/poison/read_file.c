// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * read(2) of a hugetlb file gives what is good before the bad base page, then EIO, and
 * goes on behind it; truncation and unlink of such a file work.
 */
#include "hugeproof.h"

struct file {
	int fd;
	struct hp_area *area;
	size_t bad; /* offset of the bad base page */
};

static struct file file_with_error(void)
{
	struct file file = {hp_hugetlb_file(), NULL, hp_page_size / 2};

	hp_check_ok(ftruncate(file.fd, (off_t)(2 * hp_page_size)));
	file.area = hp_map_file(file.fd, 0, 2, MAP_SHARED);
	hp_fill(file.area, 'f');
	hp_poison(file.area->addr + file.bad);
	return file;
}

/* The pattern word of an offset, as hp_fill writes it, is checked through read. */
static void check_bytes(int fd, size_t from, size_t bytes)
{
	static struct hp_area copy;
	static char *room;
	char *got;

	if (!room)
		room = hp_shared(hp_page_size);
	got = room + from % hp_page_size;
	hp_step("reads %zu bytes at %zu", bytes, from);
	hp_check_eq(pread(fd, got, bytes, (off_t)from), bytes);
	/* Against a page that was written in the same way. */
	if (!copy.addr) {
		copy = *hp_map_hugetlb(1, MAP_PRIVATE);
		hp_fill(&copy, 'f');
	}
	hp_check_eq(memcmp(got, copy.addr + from, bytes), 0);
}

HP_CASE(good_part, "what lies before the bad base page is read, and not more")
{
	struct file file = file_with_error();
	static char buf[3 * 65536];
	size_t base = hp_base_page_size();

	check_bytes(file.fd, 0, 100);
	check_bytes(file.fd, file.bad - 100, 100);
	hp_step("reads from before the bad base page into it");
	hp_check_eq(pread(file.fd, buf, 2 * base, (off_t)(file.bad - base)), base);
}

HP_CASE(bad_part, "the bad base page is EIO, from its first byte to its last")
{
	struct file file = file_with_error();
	size_t base = hp_base_page_size();
	char byte;

	hp_check_errno(pread(file.fd, &byte, 1, (off_t)file.bad), EIO);
	hp_check_errno(pread(file.fd, &byte, 1, (off_t)(file.bad + base - 1)), EIO);
}

HP_CASE(behind_it, "what lies behind it is read, and so is the next huge page")
{
	struct file file = file_with_error();
	size_t base = hp_base_page_size();
	char byte;

	check_bytes(file.fd, file.bad + base, 100);
	hp_check_eq(pread(file.fd, &byte, 1, (off_t)hp_page_size), 1);
	hp_check_page_filled(file.area, 1, 'f');
}

HP_CASE(truncated, "the file can be cut, and what it held is given up")
{
	struct file file = file_with_error();
	char byte;

	hp_check_ok(ftruncate(file.fd, 0));
	hp_check_eq(pread(file.fd, &byte, 1, (off_t)file.bad), 0);
	hp_check_ok(ftruncate(file.fd, (off_t)hp_page_size));
	hp_check_page_zero(file.area, 0);
}

HP_CASE(punched, "a hole takes the bad page out, and reads as zeros")
{
	struct file file = file_with_error();
	char byte = 1;

	hp_check_ok(fallocate(file.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			      (off_t)hp_page_size));
	hp_check_eq(pread(file.fd, &byte, 1, (off_t)file.bad), 1);
	hp_check_eq(byte, 0);
	hp_check_page_filled(file.area, 1, 'f');
}

HP_PROGRAM(.summary = "a file with a bad base page is read around it, and can be cut",
	   .needs = HP_NEEDS("memory-failure", "pagemap", "hugetlb:4"), .poisons = true,
	   .source = "hugetlbfs: improve read HWPOISON hugepage (2023)")
