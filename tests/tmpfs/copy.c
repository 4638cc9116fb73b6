// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * sendfile, splice, copy_file_range, read and preadv return the contents of a shmem file:
 * at unaligned offsets, across huge pages and holes, up to its end; and reading allocates
 * no pages.
 */
#include "hugeproof.h"

#include <sys/sendfile.h>
#include <sys/uio.h>

static int out; /* an empty file, the destination */

/* Each copies bytes from the offset, and returns how many. */
static ssize_t by_sendfile(int fd, off_t offset, size_t bytes)
{
	return sendfile(out, fd, &offset, bytes);
}

static ssize_t by_copy_file_range(int fd, off_t offset, size_t bytes)
{
	return copy_file_range(fd, &offset, out, NULL, bytes, 0);
}

static ssize_t by_splice(int fd, off_t offset, size_t bytes)
{
	int ends[2];
	ssize_t in;

	hp_check_ok(pipe(ends));
	in = hp_check_ok(splice(fd, &offset, ends[1], NULL, bytes, 0));
	for (ssize_t left = in; left > 0;)
		left -= hp_check_ok(splice(ends[0], NULL, out, NULL, (size_t)left, 0));
	close(ends[0]);
	close(ends[1]);
	return in;
}

/* Reads into unaligned buffers. */
static ssize_t by_preadv(int fd, off_t offset, size_t bytes)
{
	char *buf = malloc(bytes);
	struct iovec pieces[3] = {{buf, bytes / 3}, {buf + bytes / 3, 1}, {NULL, 0}};
	ssize_t got;

	hp_require(buf, "no memory");
	pieces[2].iov_base = buf + bytes / 3 + 1;
	pieces[2].iov_len = bytes - bytes / 3 - 1;
	got = hp_check_ok(preadv2(fd, pieces, 3, offset, 0));
	hp_check_eq(write(out, buf, (size_t)got), got);
	free(buf);
	return got;
}

static const struct way {
	struct hp_variant variant;
	ssize_t (*copy)(int fd, off_t offset, size_t bytes);
} ways[] = {
	{{"sendfile", "sendfile"}, by_sendfile},
	{{"copy_file_range", "copy_file_range"}, by_copy_file_range},
	{{"splice", "splice through a pipe"}, by_splice},
	{{"preadv", "preadv2 into unaligned buffers"}, by_preadv},
};

/* Two huge pages, a hole, and small pages with holes; the file ends inside a base page. */
static struct hp_shmem *source(struct hp_area **model, size_t *end)
{
	struct hp_shmem *shmem;
	struct hp_area *area;

	shmem = hp_shmem_new(HP_TMPFS, 4);
	out = hp_check_ok(hp_open_file(shmem->mount, "out", O_CREAT | O_RDWR));
	area = hp_map_all_shmem(shmem, MAP_SHARED);
	*model = hp_map_anon(area->size);
	hp_fill(area, 'c');
	hp_fill(*model, 'c');
	hp_check_eq(hp_collapse(hp_part(area, 0, 2 * hp_pmd_size)), 0);
	hp_unmap(area);
	hp_punch_shmem(shmem, 2 * hp_pmd_size, hp_pmd_size);
	memset((*model)->addr + 2 * hp_pmd_size, 0, hp_pmd_size);
	for (size_t at = 3 * hp_pmd_size; at < 4 * hp_pmd_size; at += 3 * hp_base_size) {
		hp_punch_shmem(shmem, at, hp_base_size);
		memset((*model)->addr + at, 0, hp_base_size);
	}
	*end = 4 * hp_pmd_size - hp_base_size - 100;
	hp_check_ok(ftruncate(shmem->fd, (off_t)*end));
	return shmem;
}

/* Copies `bytes` from `offset`, or up to the end, in as many calls as necessary. */
static void copy_all(const struct way *way, int fd, const struct hp_area *model, size_t end,
		     size_t offset, size_t bytes)
{
	size_t right = offset >= end ? 0 : bytes < end - offset ? bytes : end - offset;
	char *got = malloc(bytes);
	size_t done = 0, same;
	ssize_t n;

	hp_require(got, "no memory");
	hp_step("%zu bytes from %zu", bytes, offset);
	hp_check_ok(ftruncate(out, 0));
	hp_check_eq(lseek(out, 0, SEEK_SET), 0);
	while (done < bytes) {
		n = hp_check_ok(way->copy(fd, (off_t)(offset + done), bytes - done));
		hp_check_range(n, 0, bytes - done);
		if (!n)
			break;
		done += (size_t)n;
	}
	hp_check_eq(done, right);
	hp_check_eq(pread(out, got, bytes, 0), right);
	same = memcmp(got, model->addr + offset, right) ? 0 : right;
	while (same < right && got[same] == model->addr[offset + same])
		same++;
	hp_check_eq(same, right);
	free(got);
}

HP_CASES(parts,
	 "copying unaligned parts of a file across pages and holes returns its contents",
	 ways, way)
{
	struct hp_area *model;
	size_t end, blocks;
	struct hp_shmem *shmem = source(&model, &end);
	const struct {
		size_t offset, bytes;
	} parts[] = {
		{1, 10},
		{hp_base_size - 1, 2 * hp_base_size + 2},
		{5 * hp_base_size + 7, 40 * hp_base_size},
		{hp_pmd_size - 9, 18},
		{hp_pmd_size - 3 * hp_base_size - 1, 7 * hp_base_size},
		{2 * hp_pmd_size - 777, hp_pmd_size + 2000},
		{3 * hp_pmd_size + hp_base_size - 3, 9 * hp_base_size},
		{end - 10, 20},
		{end - hp_base_size - 10, 4 * hp_base_size},
		{end, 10},
		{end + hp_base_size, 10},
	};

	blocks = hp_shmem_blocks(shmem);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		copy_all(way, shmem->fd, model, end, parts[i].offset, parts[i].bytes);
	hp_check_eq(hp_shmem_blocks(shmem), blocks);
}

HP_CASES(whole, "copying a whole file of huge pages and holes returns its contents", ways,
	 way)
{
	struct hp_area *model;
	size_t end, blocks;
	struct hp_shmem *shmem = source(&model, &end);

	blocks = hp_shmem_blocks(shmem);
	copy_all(way, shmem->fd, model, end, 0, 5 * hp_pmd_size);
	hp_check_eq(hp_shmem_blocks(shmem), blocks);
}

HP_CASE(into, "copy_file_range copies from one huge page to another at unaligned offsets")
{
	struct hp_shmem *from = hp_shmem_new(HP_TMPFS, 1),
			*to = hp_shmem_in(from->mount, 2);
	struct hp_area *one = hp_map_all_shmem(from, MAP_SHARED),
		       *two = hp_map_all_shmem(to, MAP_SHARED);
	const size_t at = hp_pmd_size - 1001, bytes = 3 * hp_base_size + 5;
	off_t in = 17, into = (off_t)at;
	size_t done = 0;

	hp_fill(one, 'f');
	hp_fill(two, 't');
	hp_check_eq(hp_collapse(one), 0);
	hp_check_eq(hp_collapse(two), 0);
	while (done < bytes)
		done += (size_t)hp_check_ok(
			copy_file_range(from->fd, &in, to->fd, &into, bytes - done, 0));
	hp_check_eq(memcmp(two->addr + at, one->addr + 17, bytes), 0);
	hp_check_filled(hp_part(two, 0, at / 8 * 8), 't');
	hp_check_filled(hp_part(two, (at + bytes + 7) / 8 * 8,
				two->size - (at + bytes + 7) / 8 * 8),
			't');
	hp_check_filled(one, 'f');
}

HP_CASE(kept_by_pipe,
	"spliced pages of a huge page outlive truncation until the pipe is read")
{
	struct hp_shmem *shmem = hp_shmem_new(HP_TMPFS, 1);
	struct hp_area *area = hp_map_all_shmem(shmem, MAP_SHARED);
	loff_t offset = (loff_t)(9 * hp_base_size) + 8;
	char got[64], right[64];
	int ends[2];

	hp_fill(area, 'k');
	hp_check_eq(hp_collapse(area), 0);
	memcpy(right, area->addr + offset, sizeof(right));
	hp_check_ok(pipe(ends));
	hp_check_eq(splice(shmem->fd, &offset, ends[1], NULL, sizeof(right), 0),
		    sizeof(right));
	hp_check_ok(ftruncate(shmem->fd, 0));
	hp_check_eq(hp_shmem_blocks(shmem), 0);
	hp_check_eq(read(ends[0], got, sizeof(got)), sizeof(got));
	hp_check_eq(memcmp(got, right, sizeof(got)), 0);
}

HP_PROGRAM(.summary = "copying from huge pages of a file returns its contents",
	   .page_sizes = HP_NO_PAGE_SIZE, .seconds = 30,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_admin"),
	   .sources = HP_SOURCES({"man", "sendfile(2)"}, {"man", "splice(2)"},
				 {"man", "copy_file_range(2)"}, {"man", "preadv2(2)"}))
