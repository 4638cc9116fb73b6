// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * write(2) at any offset into small, huge and missing pages of shmem changes exactly the
 * bytes that it reports, also where it fails half-way.
 */
#include "hugeproof.h"

#include <sys/mount.h>
#include <sys/uio.h>

/* The contents of the file before the write. */
static const struct before {
	struct hp_variant variant;
	const char *option;
	bool filled, huge;
} befores[] = {
	{{"hole", "a hole"}, "huge=never", false, false},
	{{"huge_hole", "a hole, where a huge page is allocated"},
	 "huge=always",
	 false,
	 false},
	{{"small", "small pages"}, "huge=never", true, false},
	{{"huge", "huge pages"}, "huge=never", true, true},
};

/* A file of three huge pages' size, and a model of its expected contents, both mapped. */
struct files {
	struct hp_shmem *file;
	struct hp_area *area, *model;
};

static struct files prepared(const struct before *before)
{
	struct files files;

	hp_shmem_never();
	files.file = hp_shmem_in(hp_mount_tmpfs(before->option), 3);
	files.area = hp_map_all_shmem(files.file, MAP_SHARED);
	files.model = hp_map_anon(files.area->size);
	if (before->filled) {
		hp_fill(files.area, 'b');
		hp_fill(files.model, 'b');
	}
	if (before->huge)
		hp_check_eq(hp_collapse(files.area), 0);
	return files;
}

/* The offset of the first difference. */
static size_t same_until(const char *got, const struct hp_area *model)
{
	size_t at = 0;

	if (!memcmp(got, model->addr, model->size))
		return model->size;
	while (got[at] == model->addr[at])
		at++;
	return at;
}

/* Compares by read(2) first, because a mapping allocates pages in holes. */
static void check_same(const struct files *files)
{
	size_t size = files->area->size;
	char *got = malloc(size);

	hp_require(got, "no memory");
	hp_check_eq(pread(files->file->fd, got, size, 0), size);
	hp_check_eq(same_until(got, files->model), size);
	hp_check_eq(same_until(files->area->addr, files->model), size);
	free(got);
}

/* A buffer that ends where an access faults; adjacent bytes differ. */
static char *bytes_before_a_fault(size_t bytes)
{
	struct hp_area *room = hp_map_base_pages(bytes / hp_base_size + 2);
	char *end = room->addr + room->size - hp_base_size;

	for (size_t i = 1; i <= bytes; i++)
		end[-(ptrdiff_t)i] = (char)(i * 7 + i / 256 + 1);
	hp_check_ok(mprotect(end, hp_base_size, PROT_NONE));
	return end - bytes;
}

HP_CASES(odd,
	 "write at unaligned offsets across pages and huge pages changes exactly its bytes",
	 befores, before)
{
	struct files files = prepared(before);
	const struct {
		size_t at, bytes;
	} writes[] = {
		{1, 2},
		{hp_base_size - 3, 7},
		{5 * hp_base_size + 11, 3 * hp_base_size + 1},
		{hp_pmd_size - 13, 29},
		{hp_pmd_size + hp_pmd_size / 2 - 1, hp_pmd_size + 2},
		{3 * hp_pmd_size - 1, 1},
	};

	for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
		char *from = bytes_before_a_fault(writes[i].bytes);

		hp_check_eq(
			pwrite(files.file->fd, from, writes[i].bytes, (off_t)writes[i].at),
			writes[i].bytes);
		memcpy(files.model->addr + writes[i].at, from, writes[i].bytes);
	}
	check_same(&files);
}

HP_CASES(pieces,
	 "pwritev2 of unaligned buffers across huge pages changes exactly its bytes",
	 befores, before)
{
	struct files files = prepared(before);
	const size_t at = hp_pmd_size - 2 * hp_base_size - 5;
	struct iovec pieces[5];
	size_t bytes = 0;

	for (int i = 0; i < 5; i++) {
		pieces[i].iov_len = (size_t)i * hp_base_size + 3;
		pieces[i].iov_base = bytes_before_a_fault(pieces[i].iov_len);
		memcpy(files.model->addr + at + bytes, pieces[i].iov_base,
		       pieces[i].iov_len);
		bytes += pieces[i].iov_len;
	}
	hp_check_eq(pwritev2(files.file->fd, pieces, 5, (off_t)at, 0), bytes);
	check_same(&files);
}

/* The return value is the number of bytes written; the others must not change. */
static void write_with_fault(const struct before *before, size_t at, size_t good)
{
	struct files files = prepared(before);
	char *from = bytes_before_a_fault(good);
	ssize_t written;

	hp_step("writes %zu good bytes at %zu", good, at);
	written = pwrite(files.file->fd, from, good + 2 * hp_base_size, (off_t)at);
	hp_check_range(good ? written : errno, good ? 1 : EFAULT, good ? good : EFAULT);
	if (written > 0)
		memcpy(files.model->addr + at, from, (size_t)written);
	check_same(&files);
	/* The file is still writable. */
	hp_check_eq(pwrite(files.file->fd, "w", 1, (off_t)at), 1);
	files.model->addr[at] = 'w';
	check_same(&files);
}

HP_CASES(bad_address,
	 "write with a bad address half-way returns a short count and changes no more",
	 befores, before)
{
	write_with_fault(before, 7 * hp_base_size, hp_base_size);
	write_with_fault(before, 7 * hp_base_size + 100, 2 * hp_base_size + 31);
	write_with_fault(before, hp_pmd_size - 64, 80);
	write_with_fault(before, 2 * hp_pmd_size, 0);
}

HP_CASES(past_the_end,
	 "write with a bad address beyond the end extends the file by what it returns",
	 befores, before)
{
	struct files files = prepared(before);
	const size_t end = hp_pmd_size - hp_base_size - 50, good = hp_base_size + 77;
	char *from = bytes_before_a_fault(good);
	struct stat status;
	ssize_t written;

	hp_check_ok(ftruncate(files.file->fd, (off_t)end));
	memset(files.model->addr + end, 0, files.model->size - end);
	written = pwrite(files.file->fd, from, good + hp_base_size, (off_t)end);
	hp_check_range(written, 1, good);
	memcpy(files.model->addr + end, from, (size_t)written);
	hp_check_ok(fstat(files.file->fd, &status));
	hp_check_eq(status.st_size, end + (size_t)written);
	hp_check_ok(ftruncate(files.file->fd, (off_t)files.model->size));
	check_same(&files);
}

HP_CASES(no_room, "write to a full tmpfs returns a short count, then ENOSPC", befores,
	 before)
{
	struct files files = prepared(before);
	struct hp_shmem *more;
	size_t used = hp_shmem_blocks(files.file), room = 3 * hp_base_size;
	const char *options = hp_size_option("size", used + room);
	char *from = bytes_before_a_fault(5 * hp_base_size), *got;
	const off_t at = 1;

	hp_check_ok(mount(NULL, files.file->mount, NULL, MS_REMOUNT, options));
	more = hp_shmem_in(files.file->mount, 1);
	hp_check_eq(pwrite(more->fd, from, 5 * hp_base_size, at), room - 1);
	hp_check_errno(pwrite(more->fd, from, 10, (off_t)room), ENOSPC);
	hp_check_eq(hp_shmem_blocks(more), room);
	got = malloc(room - 1);
	hp_require(got, "no memory");
	hp_check_eq(pread(more->fd, got, room - 1, at), room - 1);
	hp_check_eq(memcmp(got, from, room - 1), 0);
	hp_check_eq(pread(more->fd, got, 100, (off_t)room), 100);
	for (int i = 0; i < 100; i++)
		hp_check_eq(got[i], 0);
	free(got);
	/* Reading a hole through the mapping allocates pages. */
	options = hp_size_option("size", 8 * hp_pmd_size);
	hp_check_ok(mount(NULL, files.file->mount, NULL, MS_REMOUNT, options));
	check_same(&files);
}

HP_PROGRAM(.summary = "write(2) to shmem changes exactly the bytes that it reports",
	   .page_sizes = HP_NO_PAGE_SIZE, .seconds = 30,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_admin"),
	   .sources = HP_SOURCES({"man", "write(2)"}, {"man", "pwritev2(2)"}))
