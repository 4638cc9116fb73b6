// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * read(2) of a hugetlb file returns the data before a poisoned base page, fails with EIO in
 * it and works again after it. The file can be truncated, and a hole punched into it.
 */
#include "hugeproof.h"

struct file {
	int fd;
	struct hp_area *area;
	size_t bad; /* offset of the poisoned base page */
};

static struct file file_with_error(void)
{
	struct file file = {.bad = hp_page_size / 2};

	file.area = hp_filled_file(&file.fd, 2, 'f');
	hp_poison(file.area->addr + file.bad);
	return file;
}

/* Compares what pread returns with the pattern of hp_fill. */
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
	/* A page with the same pattern. */
	if (!copy.addr) {
		copy = *hp_map_hugetlb(1, MAP_PRIVATE);
		hp_fill(&copy, 'f');
	}
	hp_check_eq(memcmp(got, copy.addr + from, bytes), 0);
}

HP_CASE(good_part, "read of a hugetlb file stops before a poisoned base page")
{
	struct file file = file_with_error();
	static char buf[3 * 65536];

	check_bytes(file.fd, 0, 100);
	check_bytes(file.fd, file.bad - 100, 100);
	hp_step("reads from before the poisoned base page into it");
	hp_check_eq(pread(file.fd, buf, 2 * hp_base_size, (off_t)(file.bad - hp_base_size)),
		    hp_base_size);
}

HP_CASE(bad_part, "read within a poisoned base page of a hugetlb file fails with EIO")
{
	struct file file = file_with_error();
	char byte;

	hp_check_errno(pread(file.fd, &byte, 1, (off_t)file.bad), EIO);
	hp_check_errno(pread(file.fd, &byte, 1, (off_t)(file.bad + hp_base_size - 1)), EIO);
}

HP_CASE(behind_it, "read of a hugetlb file works after a poisoned base page")
{
	struct file file = file_with_error();
	char byte;

	check_bytes(file.fd, file.bad + hp_base_size, 100);
	hp_check_eq(pread(file.fd, &byte, 1, (off_t)hp_page_size), 1);
	hp_check_filled(hp_nth_page(file.area, 1), 'f');
}

HP_CASE(truncated, "truncating and extending a hugetlb file drops its poisoned page")
{
	struct file file = file_with_error();
	char byte;

	hp_check_ok(ftruncate(file.fd, 0));
	hp_check_eq(pread(file.fd, &byte, 1, (off_t)file.bad), 0);
	hp_resize_file(file.fd, 1);
	hp_check_zeros(hp_nth_page(file.area, 0));
}

HP_CASE(punched, "punching out a poisoned huge page makes the range read as zeros")
{
	struct file file = file_with_error();
	char byte = 1;

	hp_check_ok(hp_punch(file.fd, 0, hp_page_size));
	hp_check_eq(pread(file.fd, &byte, 1, (off_t)file.bad), 1);
	hp_check_eq(byte, 0);
	hp_check_filled(hp_nth_page(file.area, 1), 'f');
}

HP_PROGRAM(.summary = "a hugetlb file with a poisoned base page can be read around it and "
		      "truncated",
	   .needs = HP_NEEDS("memory-failure", "pagemap", "hugetlb:4"), .poisons = true,
	   .sources = HP_SOURCES({"commit", "38c1ddbde6c6",
				  "hugetlbfs: improve read HWPOISON hugepage"}))
