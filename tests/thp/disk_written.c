// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Where a file system has huge pages of its own, a file that is open for writing can be
 * collapsed too, also while it is dirty. What is written afterwards is seen through every
 * mapping and reaches the disk, and a cut splits no further than it must.
 */
#include "hugeproof.h"

#include <linux/kernel-page-flags.h>

/* So many dirty files are collapsed, until one does not fail with EAGAIN. */
#define DIRTY_FILES 3
/* Read-ahead reads no more at once (SZ_2M in mm/filemap.c). */
#define READ_AHEAD ((size_t)2 << 20)

/* A file of one huge page's size, open for writing. */
struct file {
	int fd;
	size_t bytes;
};

static struct file made(void)
{
	struct file file = {hp_nameless_file(hp_disk_folder(), 0), hp_pmd_size};
	char *page = malloc(hp_base_size);

	hp_khugepaged_calm();
	hp_require(page, "no memory");
	/* One by one, because a larger write would make larger folios. */
	for (size_t at = 0; at < file.bytes; at += hp_base_size) {
		for (size_t i = 0; i < hp_base_size; i++)
			page[i] = (char)hp_disk_byte(at + i);
		hp_require(pwrite(file.fd, page, hp_base_size, (off_t)at) ==
				   (ssize_t)hp_base_size,
			   "cannot write to %s: %s", hp_disk_folder(), strerror(errno));
	}
	free(page);
	return file;
}

static struct hp_area *map(const struct file *file, int prot, int flags)
{
	struct hp_area *area = hp_map_aligned(file->bytes, flags, file->fd, 0, 0);

	area->page_size = hp_base_size;
	if (prot != (PROT_READ | PROT_WRITE))
		hp_protect(area, prot);
	return area;
}

static void read_all(const struct hp_area *area)
{
	hp_check_eq(hp_disk_differs(area->addr, 0, area->size), -1);
}

static size_t mapped_huge(const struct hp_area *area)
{
	return (size_t)hp_area_smaps(area).file_pmd_mapped * 1024;
}

/*
 * Skips the case after an error of MADV_COLLAPSE if the kernel is older, or if the file
 * system has no folios of that size: then a file that nobody can write is refused too.
 */
static void need_huge_files(int error)
{
	char path[64];
	struct file file;
	int fd;

	if (!error)
		return;
	if (!hp_kernel_from(7, 3))
		hp_skip_case("needs huge pages of files that are open for writing (Linux "
			     "7.3): run it on a newer kernel");
	if (error != EINVAL)
		return;
	file = made();
	hp_check_ok(fsync(file.fd));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file.fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	hp_require(fd >= 0, "cannot open %s: %s", path, strerror(errno));
	close(file.fd);
	file.fd = fd;
	if (hp_collapse(hp_map_aligned(file.bytes, MAP_SHARED, fd, PROT_READ, 0)) == EINVAL)
		hp_skip_case("needs a file system with folios of %zu kB, which that of %s "
			     "does not have: use another one",
			     file.bytes / 1024, hp_disk_folder());
}

/* Collapses a file that is open for writing. */
static void make_huge(const struct hp_area *area)
{
	int error = hp_collapse(area);

	need_huge_files(error);
	hp_check_eq(error, 0);
	hp_check_eq(mapped_huge(area), area->size);
}

static struct hp_area *huge_file(struct file *file)
{
	struct hp_area *area;

	*file = made();
	hp_check_ok(fsync(file->fd));
	area = map(file, PROT_READ, MAP_SHARED);
	read_all(area);
	make_huge(area);
	return area;
}

/* What the disk has of the file, without the page cache's copy. */
static void check_disk(const struct file *file, size_t at, unsigned char other)
{
	unsigned char *bytes = malloc(file->bytes);

	hp_require(bytes, "no memory");
	hp_check_ok(fsync(file->fd));
	hp_check_eq(posix_fadvise(file->fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	hp_check_eq(pread(file->fd, bytes, file->bytes, 0), file->bytes);
	if (at < file->bytes) {
		hp_check_eq(bytes[at], other);
		bytes[at] = hp_disk_byte(at);
	}
	hp_check_eq(hp_disk_differs(bytes, 0, file->bytes), -1);
	free(bytes);
}

HP_CASE(collapsed,
	"a file that is open for writing is collapsed, and what is then written is "
	"seen through its mapping")
{
	const size_t at = 5 * hp_base_size + 9;
	unsigned char byte = (unsigned char)(hp_disk_byte(at) + 1);
	struct file file;
	struct hp_area *area = huge_file(&file);

	read_all(area);
	hp_check_eq(pwrite(file.fd, &byte, 1, (off_t)at), 1);
	hp_check_eq((unsigned char)area->addr[at], byte);
	hp_check_folio_size(area->addr + at, hp_pmd_size);
	hp_check_eq(hp_disk_differs(area->addr, 0, area->size), at);
	hp_unmap(area);
	check_disk(&file, at, byte);
}

HP_CASE(stored,
	"a store to a collapsed file through a writable mapping reaches all readers")
{
	const size_t at = hp_pmd_size / 2 + 100;
	unsigned char byte = (unsigned char)(hp_disk_byte(at) + 1), seen = 0;
	struct file file;
	struct hp_area *area = huge_file(&file), *writable, *private;

	writable = map(&file, PROT_READ | PROT_WRITE, MAP_SHARED);
	private = map(&file, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	read_all(private);
	private->addr[0] = (char)(hp_disk_byte(0) + 1);
	writable->addr[at] = (char)byte;
	hp_check_eq(hp_disk_differs(area->addr, 0, area->size), at);
	hp_check_eq(hp_disk_differs(writable->addr, 0, area->size), at);
	hp_check_eq(pread(file.fd, &seen, 1, (off_t)at), 1);
	hp_check_eq(seen, byte);
	hp_step("the private mapping has a page of its own, and no other");
	hp_check_eq(hp_disk_differs(private->addr, 0, area->size), 0);
	hp_check_eq((unsigned char)private->addr[at], byte);
	hp_unmap(private);
	hp_unmap(writable);
	hp_unmap(area);
	check_disk(&file, at, byte);
}

HP_CASE(dirty, "a dirty file is written back and collapsed in one call of MADV_COLLAPSE")
{
	struct file file;
	struct hp_area *area = NULL;
	int error = EAGAIN;

	hp_need_advice(MADV_COLLAPSE, "MADV_COLLAPSE (Linux 6.1)");
	/* EAGAIN also means that a page was in use for a moment, but not each time. */
	for (int i = 0; error == EAGAIN && i < DIRTY_FILES; i++) {
		file = made();
		area = map(&file, PROT_READ, MAP_SHARED);
		read_all(area);
		error = madvise(area->addr, area->size, MADV_COLLAPSE) ? errno : 0;
	}
	hp_observed("MADV_COLLAPSE of a dirty file", "%s",
		    error ? strerrorname_np(error) : "success");
	if (error == ENOMEM)
		hp_short_of(hp_pmd_size, "MADV_COLLAPSE had no huge page (ENOMEM)");
	need_huge_files(error);
	hp_check_eq(error, 0);
	hp_check_eq(mapped_huge(area), area->size);
	hp_check(!(hp_folio_at(area->addr).flags >> KPF_DIRTY & 1));
	read_all(area);
	hp_unmap(area);
	check_disk(&file, file.bytes, 0);
}

HP_CASE(text, "the text of a file that is open for writing is collapsed and runs")
{
	const size_t at = 3 * hp_base_size;
	struct file file = made();
	struct hp_area *area;

	hp_disk_runs_code();
	hp_check_eq(pwrite(file.fd, hp_code_of(hp_seven), HP_CODE_BYTES, (off_t)at),
		    HP_CODE_BYTES);
	hp_check_ok(fsync(file.fd));
	area = map(&file, PROT_READ | PROT_EXEC, MAP_PRIVATE);
	hp_check_eq(hp_run_code(area->addr + at), 7);
	make_huge(area);
	hp_check_eq(hp_run_code(area->addr + at), 7);
	hp_check_eq(pwrite(file.fd, hp_code_of(hp_eight), HP_CODE_BYTES, (off_t)at),
		    HP_CODE_BYTES);
	__builtin___clear_cache(area->addr + at, area->addr + at + HP_CODE_BYTES);
	hp_check_eq(hp_run_code(area->addr + at), 8);
	hp_check_eq(hp_disk_differs(area->addr, 0, at), -1);
}

HP_CASE(read_ahead, "a fault in a file mapping with MADV_HUGEPAGE reads a whole huge page")
{
	size_t expected = hp_pmd_size < READ_AHEAD ? hp_pmd_size : READ_AHEAD;
	struct file file;
	struct hp_area *area;

	if (!hp_kernel_from(6, 18))
		hp_skip_case(
			"needs huge pages of files that faults read (Linux 6.18): run it "
			"on a newer kernel");
	/* Others may have no large folios. */
	hp_disk_runs_code();
	file = made();
	hp_check_ok(fsync(file.fd));
	area = map(&file, PROT_READ, MAP_SHARED);
	/* Nothing of the file is left in memory. */
	hp_check_eq(posix_fadvise(file.fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	hp_check_ok(madvise(area->addr, area->size, MADV_HUGEPAGE));
	/* Leaves a free huge page, for read-ahead does without one. */
	hp_unmap(hp_filled_thp(1, 'x'));
	hp_check_eq((unsigned char)area->addr[7 * hp_base_size],
		    hp_disk_byte(7 * hp_base_size));
	hp_check_folio_size(hp_page(area, 7), expected);
	read_all(area);
}

/* The order of a page's folio after a split at `at`: halves, as large as they can be. */
static int order_around(size_t page, size_t at)
{
	size_t differs = page ^ at;
	int order = 0;

	while (differs >>= 1)
		order++;
	return order;
}

static void check_order(const struct hp_area *area, size_t page, size_t at)
{
	hp_step("page %zu of %zu, cut at %zu", page, hp_pages(area), at);
	hp_check_folio_size(hp_page(area, page), hp_base_size << order_around(page, at));
}

HP_CASE(truncated, "truncation of a collapsed file keeps large folios before the end")
{
	const size_t at = hp_pmd_size / hp_base_size / 2 + 5;
	struct file file;
	struct hp_area *area = huge_file(&file);

	hp_check_ok(ftruncate(file.fd, (off_t)(at * hp_base_size)));
	hp_check_eq(hp_disk_differs(area->addr, 0, at * hp_base_size), -1);
	for (size_t page = 0; page < at; page++)
		check_order(area, page, at);
	hp_check_fault(area, hp_page(area, at), HP_READ, SIGBUS, BUS_ADRERR);
	hp_check_ok(ftruncate(file.fd, (off_t)area->size));
	hp_check_zeros(hp_part(area, at * hp_base_size, area->size - at * hp_base_size));
	hp_check_eq(hp_disk_differs(area->addr, 0, at * hp_base_size), -1);
}

HP_CASE(punched, "a one-page hole in a collapsed file keeps large folios around it")
{
	const size_t at = 5, base = hp_base_size;
	struct file file;
	struct hp_area *area = huge_file(&file);
	struct stat before, after;

	hp_check_ok(fstat(file.fd, &before));
	hp_check_ok(hp_punch(file.fd, at * base, base));
	hp_check_ok(fstat(file.fd, &after));
	hp_check_eq(before.st_blocks - after.st_blocks, base / 512);
	hp_check_eq(hp_disk_differs(area->addr, 0, at * base), -1);
	hp_check_eq(hp_disk_differs(area->addr + (at + 1) * base, (at + 1) * base,
				    area->size - (at + 1) * base),
		    -1);
	/* The folio behind the hole may be split again. */
	for (size_t page = 0; page < hp_pages(area); page++)
		if (page != at && (page ^ (at + 1)) >> order_around(at + 1, at))
			check_order(area, page, at);
	hp_check_zeros(hp_nth_page(area, at));
}

HP_PROGRAM(.summary = "huge pages of files on disks that are open for writing",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_admin"),
	   .sources = HP_SOURCES({"man", "madvise(2)", "MADV_COLLAPSE"},
				 {"commit", "7460b470a131",
				  "mm/truncate: use folio_split() in truncate operation"}))
