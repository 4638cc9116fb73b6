// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * read(2) returns the contents of a hugetlb file at any offset, holes as zeros without
 * allocating pages, and stops at the end of the file. write(2) is refused.
 */
#include "hugeproof.h"

#include <sys/sendfile.h>

/* A file of two pages: the first filled with 'r', the second a hole. */
static struct hp_area *half_a_file(int *fd)
{
	struct hp_area *area = hp_filled_file(fd, 1, 'r');

	hp_resize_file(*fd, 2);
	return area;
}

HP_CASE(bytes, "read of a hugetlb file returns its contents, at unaligned offsets too")
{
	int fd;
	struct hp_area *area = half_a_file(&fd);
	static const off_t odd[] = {0, 1, 4097, 65535};
	char buf[10000];

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		hp_step("reads at offset %ld", (long)odd[i]);
		hp_check_eq(pread(fd, buf, sizeof(buf), odd[i]), sizeof(buf));
		hp_check_eq(memcmp(buf, area->addr + odd[i], sizeof(buf)), 0);
	}
}

HP_CASE(across_the_page, "read of a hugetlb file crosses from a page into a hole")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd;
	struct hp_area *area = half_a_file(&fd);
	char buf[200];

	memset(buf, 1, sizeof(buf));
	hp_check_eq(pread(fd, buf, sizeof(buf), (off_t)hp_page_size - 100), sizeof(buf));
	hp_check_eq(memcmp(buf, area->addr + hp_page_size - 100, 100), 0);
	for (int i = 100; i < 200; i++)
		hp_check_eq(buf[i], 0);
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(end_of_file, "read of a hugetlb file stops at its end, and returns 0 beyond it")
{
	int fd;
	char buf[200];

	half_a_file(&fd);
	hp_check_eq(pread(fd, buf, sizeof(buf), (off_t)(2 * hp_page_size) - 100), 100);
	hp_check_eq(pread(fd, buf, sizeof(buf), (off_t)(2 * hp_page_size)), 0);
	hp_check_eq(pread(fd, buf, sizeof(buf), (off_t)(4 * hp_page_size)), 0);
}

HP_CASE(no_write, "write to a hugetlb file fails with EINVAL")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd;
	struct hp_area *area = half_a_file(&fd);

	hp_check_errno(write(fd, "w", 1), EINVAL);
	hp_check_errno(pwrite(fd, "w", 1, (off_t)hp_page_size), EINVAL);
	hp_check_filled(area, 'r');
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(sendfile_out, "sendfile of a hugetlb file sends its contents, or fails with EINVAL")
{
	int fd, out = memfd_create("out", MFD_CLOEXEC);
	struct hp_area *area = half_a_file(&fd);
	char buf[100];
	ssize_t sent;

	hp_require(out >= 0, "memfd_create: %s", strerror(errno));
	sent = sendfile(out, fd, NULL, sizeof(buf));
	hp_observed("sendfile", sent < 0 ? "refused" : "works");
	if (sent < 0) {
		hp_check_eq(errno, EINVAL);
		return;
	}
	hp_check_eq(sent, sizeof(buf));
	hp_check_eq(pread(out, buf, sizeof(buf), 0), sizeof(buf));
	hp_check_eq(memcmp(buf, area->addr, sizeof(buf)), 0);
}

HP_PROGRAM(.summary = "read(2) of a hugetlb file returns its contents, write(2) is refused",
	   .needs = HP_NEEDS("hugetlb:1"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"}))
