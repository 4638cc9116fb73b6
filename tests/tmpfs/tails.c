// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A huge page that reaches beyond the end of its file is split when its file system is
 * full, so that a limit of bytes is about what files contain, not about their huge pages.
 */
#include "hugeproof.h"

#include <fcntl.h>
#include <sys/statfs.h>

/* As many huge pages as the file system has room for, and many more files. */
#define ROOM  3
#define FILES 24

static size_t free_bytes(const char *mount_point)
{
	struct statfs status;

	hp_check_ok(statfs(mount_point, &status));
	return status.f_bfree * hp_base_size;
}

static const struct content {
	struct hp_variant variant;
	size_t pages; /* base pages of a file; its last one is written in part */
} contents[] = {
	{{"one_page", "one base page"}, 1},
	{{"some_pages", "some base pages"}, 5},
};

static const char *mounted(size_t huge_pages)
{
	char options[64];

	hp_khugepaged_calm();
	hp_shmem_never();
	snprintf(options, sizeof(options), "huge=always,size=%zu",
		 huge_pages * hp_pmd_size);
	return hp_mount_tmpfs(options);
}

/* The name of a file, which is valid until the next call. */
static const char *numbered(int n)
{
	static char name[16];

	snprintf(name, sizeof(name), "%d", n);
	return name;
}

static void write_file(const char *mount_point, int n, size_t bytes)
{
	char *text = malloc(bytes);
	int fd;

	hp_require(text, "no memory");
	memset(text, 'a' + n % 26, bytes);
	fd = hp_open_file(mount_point, numbered(n), O_CREAT | O_RDWR);
	hp_check_eq(write(fd, text, bytes), (ssize_t)bytes);
	hp_check_ok(close(fd));
	free(text);
}

static void check_file(const char *mount_point, int n, size_t bytes)
{
	char *text = malloc(bytes + 1);
	int fd;

	hp_require(text, "no memory");
	fd = hp_open_file(mount_point, numbered(n), O_RDONLY);
	hp_check_eq(read(fd, text, bytes + 1), (ssize_t)bytes);
	for (size_t i = 0; i < bytes; i++)
		hp_check_eq(text[i], 'a' + n % 26);
	hp_check_ok(close(fd));
	free(text);
}

HP_CASES(files, "a full tmpfs splits the huge pages of files that have %s of contents",
	 contents, content)
{
	size_t bytes = content->pages * hp_base_size - 10, all;
	const char *mount_point = mounted(ROOM);

	all = free_bytes(mount_point);
	for (int i = 0; i < FILES; i++) {
		hp_step("file %d of %d, with %zu kB free", i, FILES,
			free_bytes(mount_point) / 1024);
		write_file(mount_point, i, bytes);
	}
	for (int i = 0; i < FILES; i++)
		check_file(mount_point, i, bytes);
	for (int i = 0; i < FILES; i++)
		hp_check_ok(unlink(hp_path_in(mount_point, numbered(i))));
	hp_check_eq(free_bytes(mount_point), all);
}

/* What fallocate() promised beyond the end is not given back. */
HP_CASE(preallocated, "a full tmpfs keeps what was preallocated beyond the end of a file")
{
	const char *mount_point = mounted(2);
	int fd = hp_open_file(mount_point, "promised", O_CREAT | O_RDWR);

	hp_check_ok(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)hp_pmd_size));
	write_file(mount_point, 0, 100);
	hp_step("another file takes the rest");
	for (int i = 1; i <= 2; i++)
		write_file(mount_point, i, 100);
	for (int i = 0; i <= 2; i++)
		check_file(mount_point, i, 100);
	hp_step("what was preallocated can be written");
	for (size_t at = 0; at < hp_pmd_size; at += hp_base_size)
		hp_check_eq(pwrite(fd, "p", 1, (off_t)at), 1);
}

HP_PROGRAM(.summary = "huge pages beyond the end of files do not fill a file system",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_admin"),
	   .sources = HP_SOURCES({"commit", "779750d20b93",
				  "shmem: split huge pages beyond i_size under memory "
				  "pressure"}))
