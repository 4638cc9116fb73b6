// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A file of a disk gets huge pages while nobody has it open for writing
 * (CONFIG_READ_ONLY_THP_FOR_FS). The first writer gets base pages again, and all readers
 * see what is written.
 */
#include "hugeproof.h"

#include <fcntl.h>

#define PAGES 2

static const char *path;
/* FileHugePages before the file was made, kB. */
static long before;

static bool differs(const struct hp_area *area)
{
	return hp_disk_differs(area->addr, 0, area->size) >= 0;
}

/* A file of known bytes, mapped for reading. */
static struct hp_area *small(void)
{
	size_t bytes = PAGES * hp_pmd_size;
	unsigned char *content;
	struct hp_area *area;
	int fd;

	hp_case_needs("shmem-thp");
	hp_khugepaged_calm();
	before = hp_meminfo_kb("FileHugePages");
	content = malloc(bytes);
	hp_require(content, "no memory");
	for (size_t i = 0; i < bytes; i++)
		content[i] = hp_disk_byte(i);
	path = hp_path_in(hp_disk_folder(), "hugeproof-disk-file");
	fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	hp_require(fd >= 0, "cannot make %s: %s", path, strerror(errno));
	hp_undo_unlink(path);
	hp_require(pwrite(fd, content, bytes, 0) == (ssize_t)bytes && !fsync(fd),
		   "cannot write %s: %s", path, strerror(errno));
	free(content);
	hp_check_ok(close(fd));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	hp_require(fd >= 0, "cannot open %s: %s", path, strerror(errno));
	area = hp_map_aligned(bytes, MAP_PRIVATE, fd, 0, 0);
	hp_check_ok(close(fd));
	hp_check_ok(mprotect(area->addr, area->size, PROT_READ));
	hp_check(!differs(area));
	return area;
}

static void make_huge(const struct hp_area *area)
{
	int error = hp_collapse(area);

	if (error == EINVAL)
		hp_skip_case("needs huge pages of files on disks "
			     "(CONFIG_READ_ONLY_THP_FOR_FS): run it in the lab");
	hp_check_eq(error, 0);
	hp_check_eq(hp_area_smaps(area).file_pmd_mapped, area->size / 1024);
}

/* Such a file system writes huge pages back as they are, and keeps them for a writer. */
static void need_base_pages(const struct hp_area *area)
{
	for (size_t at = 0; at < area->size; at += hp_base_size)
		if (hp_folio_size(area->addr + at) > hp_base_size)
			hp_skip_case("needs a file system that makes no large folios of "
				     "its own, as ext4 before Linux 6.16: run it in the "
				     "lab");
}

HP_CASE(collapsed, "MADV_COLLAPSE makes huge pages of a file on a disk, with its contents")
{
	struct hp_area *area = small();

	make_huge(area);
	hp_check(!differs(area));
	if (hp_counters_exact())
		hp_check_eq(hp_meminfo_kb("FileHugePages"),
			    before + (long)(PAGES * hp_pmd_size / 1024));
	hp_unmap(area);
	hp_check_ok(unlink(path));
	if (hp_counters_exact())
		hp_check_eq(hp_meminfo_kb("FileHugePages"), before);
}

HP_CASE(writer, "a file on a disk loses its huge pages when it is opened for writing")
{
	struct hp_area *area = small();
	const size_t at = hp_pmd_size + 5 * hp_base_size + 7;
	unsigned char wrong = (unsigned char)(hp_disk_byte(at) + 1), seen = 0;
	int fd;

	need_base_pages(area);
	make_huge(area);
	fd = hp_check_ok(open(path, O_RDWR | O_CLOEXEC));
	hp_check_eq(hp_area_smaps(area).file_pmd_mapped, 0);
	if (hp_counters_exact())
		hp_check_eq(hp_meminfo_kb("FileHugePages"), before);
	hp_check(!differs(area));
	hp_step("with the writer there are no huge pages");
	hp_check(hp_collapse(area) != 0);
	hp_check_eq(pwrite(fd, &wrong, 1, (off_t)at), 1);
	hp_check_eq((unsigned char)area->addr[at], wrong);
	hp_check_ok(fsync(fd));
	hp_check_ok(close(fd));
	hp_step("without it there are again");
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_disk_differs(area->addr, 0, area->size), at);
	fd = hp_check_ok(open(path, O_RDONLY | O_CLOEXEC));
	hp_check_eq(pread(fd, &seen, 1, (off_t)at), 1);
	hp_check_eq(seen, wrong);
	hp_check_ok(close(fd));
}

HP_PROGRAM(.summary = "huge pages of a file on a disk last until somebody writes to it",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_admin"),
	   .sources = HP_SOURCES({"commit", "09d91cda0e82",
				  "mm,thp: avoid writes to file with THP in pagecache"},
				 {"commit", "99cb0dbd47a1",
				  "mm,thp: add read-only THP support for (non-shmem) FS"}))
