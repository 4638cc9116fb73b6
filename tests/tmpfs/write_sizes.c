// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * In a tmpfs that is mounted with huge=within_size, write(2) makes folios of every size
 * that the file has room for; with huge=always a whole huge page wherever it can. Where the
 * file system has no room for them, smaller ones take their place.
 */
#include "hugeproof.h"

#include <sys/mount.h>
#include <sys/statfs.h>

static void need_sizes(void)
{
	if (!hp_kernel_from(6, 17))
		hp_skip_case("needs a tmpfs whose writes make folios of every size (Linux "
			     "6.17): run it on a newer kernel");
}

struct file {
	struct hp_shmem *shmem;
	char *from;         /* what is written, of a huge page's size */
	long fallbacks[64]; /* by the power of two of the folio's size */
};

static struct file opened(const char *options)
{
	struct file file = {.from = malloc(hp_pmd_size)};

	hp_require(file.from, "no memory");
	for (size_t i = 0; i < hp_pmd_size; i++)
		file.from[i] = (char)hp_disk_byte(i);
	hp_khugepaged_calm();
	hp_shmem_never();
	for (size_t size = hp_base_size; size <= hp_pmd_size; size *= 2)
		file.fallbacks[__builtin_ctzl(size)] = hp_shmem_fallbacks(size);
	file.shmem = hp_shmem_in(hp_mount_tmpfs(options), 4);
	hp_check_ok(ftruncate(file.shmem->fd, 0));
	return file;
}

static void write_at(const struct file *file, size_t at, size_t bytes)
{
	hp_check_eq(pwrite(file->shmem->fd, file->from, bytes, (off_t)at), bytes);
}

/* The folio at an offset; the mapping brings nothing in that write(2) did not. */
static size_t size_at(const struct file *file, size_t at)
{
	struct hp_area *area = hp_map_all_shmem(file->shmem, MAP_SHARED);
	size_t size;

	(void)*(volatile char *)(area->addr + at);
	size = hp_folio_size(area->addr + at);
	hp_unmap(area);
	return size;
}

static void check_size(const struct file *file, size_t at, size_t expected)
{
	size_t size = size_at(file, at);

	hp_short_of_shmem(expected, size, file->fallbacks[__builtin_ctzl(expected)]);
	hp_check_eq(size, expected);
}

static void check_contents(const struct file *file, size_t at, size_t bytes)
{
	char *got = malloc(bytes);

	hp_require(got, "no memory");
	hp_check_eq(pread(file->shmem->fd, got, bytes, (off_t)at), bytes);
	hp_check_eq(memcmp(got, file->from, bytes), 0);
	free(got);
}

HP_CASE(aligned, "a write of a power of two at the file's end makes a folio of that size")
{
	size_t base = hp_base_size;

	need_sizes();
	for (size_t bytes = base; bytes <= hp_pmd_size; bytes *= 2) {
		struct file file = opened("huge=within_size");

		hp_step("%zu kB", bytes / 1024);
		write_at(&file, 0, bytes);
		hp_check_eq(hp_shmem_blocks(file.shmem), bytes);
		check_size(&file, 0, bytes);
		check_size(&file, bytes - base, bytes);
		check_contents(&file, 0, bytes);
	}
}

HP_CASE(odd, "a write of an odd number of pages makes ever smaller folios, none beyond it")
{
	size_t base = hp_base_size, bytes = 23 * base;
	struct file file;

	need_sizes();
	file = opened("huge=within_size");
	write_at(&file, 0, bytes);
	hp_check_eq(hp_shmem_blocks(file.shmem), bytes);
	check_size(&file, 0, 16 * base);
	check_size(&file, 16 * base, 4 * base);
	check_size(&file, 20 * base, 2 * base);
	check_size(&file, 22 * base, base);
	check_contents(&file, 0, bytes);
}

HP_CASE(page_by_page, "writes of single pages make base pages as a file grows")
{
	struct file file;

	need_sizes();
	file = opened("huge=within_size");
	for (size_t page = 0; page < 16; page++)
		write_at(&file, page * hp_base_size, hp_base_size);
	for (size_t page = 0; page < 16; page++)
		check_size(&file, page * hp_base_size, hp_base_size);
	hp_check_eq(hp_shmem_blocks(file.shmem), 16 * hp_base_size);
}

HP_CASE(always, "with huge=always a write of a single byte makes a huge page")
{
	struct file file;

	need_sizes();
	file = opened("huge=always");
	write_at(&file, 0, 1);
	check_size(&file, 0, hp_pmd_size);
	hp_check_eq(hp_shmem_blocks(file.shmem), hp_pmd_size);
	check_contents(&file, 0, 1);
}

static const struct option {
	struct hp_variant variant;
	const char *text;
} options[] = {
	{{"always", "huge=always"}, "huge=always"},
	{{"within_size", "huge=within_size"}, "huge=within_size"},
};

HP_CASE(never, "with huge=never a write makes base pages")
{
	struct file file = opened("huge=never");

	write_at(&file, 0, hp_pmd_size);
	for (size_t at = 0; at < hp_pmd_size; at += hp_base_size)
		hp_check_eq(size_at(&file, at), hp_base_size);
	check_contents(&file, 0, hp_pmd_size);
}

static size_t free_bytes(const struct file *file)
{
	struct statfs status;

	hp_check_ok(statfs(file->shmem->mount, &status));
	return status.f_bfree * hp_base_size;
}

HP_CASES(full, "where a large folio has no room a write makes smaller ones, not ENOSPC: %s",
	 options, option)
{
	size_t base = hp_base_size, room = 21 * base;
	struct file file;
	const char *size;

	need_sizes();
	file = opened(option->text);
	size = hp_size_option("size", room);
	hp_check_ok(mount(NULL, file.shmem->mount, NULL, MS_REMOUNT, size));
	hp_step("a write of more than there is room for");
	hp_check_eq(pwrite(file.shmem->fd, file.from, 64 * base, 0), room);
	hp_check_eq(free_bytes(&file), 0);
	hp_check_errno(pwrite(file.shmem->fd, file.from, base, (off_t)(64 * base)), ENOSPC);
	check_contents(&file, 0, room);
	hp_check_ok(ftruncate(file.shmem->fd, 0));
	hp_check_eq(free_bytes(&file), room);
	hp_step("a large write after small ones");
	write_at(&file, 0, 5 * base);
	hp_check_eq(pwrite(file.shmem->fd, file.from, 32 * base, (off_t)(32 * base)),
		    16 * base);
	check_contents(&file, 32 * base, 16 * base);
	hp_check_eq(free_bytes(&file), 0);
}

HP_PROGRAM(.summary = "write(2) to a huge tmpfs makes folios as large as what it writes",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_admin"), .seconds = 20,
	   .sources = HP_SOURCES({"commit", "acd7ccb284b8",
				  "mm: shmem: add large folio support for tmpfs"}))
