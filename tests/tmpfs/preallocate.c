// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Pages that fallocate makes in a shmem file are present, counted, and zero-filled; if it
 * fails it frees the pages it made, and earlier ones stay.
 */
#include "hugeproof.h"

#include <sys/statfs.h>

static const struct way {
	struct hp_variant variant;
	const char *option;
} ways[] = {
	{{"small", "small pages"}, "huge=never"},
	{{"huge", "huge pages"}, "huge=always"},
};

/* An empty file in a tmpfs of that size. */
static struct hp_shmem *file_of(const struct way *way, size_t size)
{
	struct hp_shmem *shmem;
	char options[64];

	hp_shmem_never();
	snprintf(options, sizeof(options), "%s,size=%zu", way->option, size);
	shmem = hp_shmem_in(hp_mount_tmpfs(options), 4);
	hp_check_ok(ftruncate(shmem->fd, 0));
	return shmem;
}

static size_t used_bytes(const struct hp_shmem *shmem)
{
	struct statfs status;

	hp_check_ok(statfs(shmem->mount, &status));
	return (status.f_blocks - status.f_bfree) * hp_base_size;
}

/* The file and the file system use that many bytes. */
static void check_used(const struct hp_shmem *shmem, size_t used)
{
	/* Checked before fstat, which makes the kernel recalculate. */
	hp_check_eq(used_bytes(shmem), used);
	hp_check_eq(hp_shmem_blocks(shmem), used);
}

/* The same, after a truncation that may have to split a huge page. */
static void check_used_after_cut(const struct hp_shmem *shmem, size_t used)
{
	hp_check_eq_split(used_bytes(shmem), used);
	check_used(shmem, used);
}

static off_t size_of(const struct hp_shmem *shmem)
{
	struct stat status;

	hp_check_ok(fstat(shmem->fd, &status));
	return status.st_size;
}

static int allocate(const struct hp_shmem *shmem, int mode, size_t offset, size_t bytes)
{
	return fallocate(shmem->fd, mode, (off_t)offset, (off_t)bytes);
}

static struct hp_area *mapped(const struct hp_shmem *shmem, size_t bytes)
{
	return hp_map_shmem_part(shmem, 0, bytes, MAP_SHARED, 0);
}

HP_CASES(keep_size,
	 "pages that FALLOC_FL_KEEP_SIZE makes beyond the end become visible when it grows",
	 ways, way)
{
	struct hp_shmem *shmem = file_of(way, 8 * hp_pmd_size);
	struct hp_area *area;

	hp_check_ok(allocate(shmem, FALLOC_FL_KEEP_SIZE, 0, 2 * hp_pmd_size));
	hp_check_eq(size_of(shmem), 0);
	check_used(shmem, 2 * hp_pmd_size);
	hp_check_ok(ftruncate(shmem->fd, (off_t)hp_pmd_size));
	check_used(shmem, 2 * hp_pmd_size);
	area = mapped(shmem, hp_pmd_size);
	hp_check_zeros(area);
	hp_fill(area, 'k');
	check_used(shmem, 2 * hp_pmd_size);
	hp_check_ok(ftruncate(shmem->fd, (off_t)(2 * hp_pmd_size)));
	area = mapped(shmem, 2 * hp_pmd_size);
	hp_check_filled(hp_part(area, 0, hp_pmd_size), 'k');
	hp_check_zeros(hp_part(area, hp_pmd_size, hp_pmd_size));
	check_used(shmem, 2 * hp_pmd_size);
}

HP_CASES(beyond_is_cut,
	 "ftruncate to the current size frees pages preallocated beyond the end", ways, way)
{
	struct hp_shmem *shmem = file_of(way, 8 * hp_pmd_size);

	hp_check_ok(ftruncate(shmem->fd, (off_t)(3 * hp_base_size)));
	hp_check_ok(allocate(shmem, FALLOC_FL_KEEP_SIZE, hp_pmd_size, 2 * hp_pmd_size));
	hp_fill(mapped(shmem, 3 * hp_base_size), 'b');
	hp_check(hp_shmem_blocks(shmem) > 2 * hp_pmd_size);
	hp_check_ok(ftruncate(shmem->fd, (off_t)(3 * hp_base_size)));
	hp_check_filled(mapped(shmem, 3 * hp_base_size), 'b');
	check_used_after_cut(shmem, 3 * hp_base_size);
}

HP_CASES(split, "a split of a huge page keeps pages preallocated beyond the end", ways, way)
{
	struct hp_shmem *shmem = file_of(way, 8 * hp_pmd_size);
	struct hp_area *area;

	hp_check_ok(ftruncate(shmem->fd, (off_t)(8 * hp_base_size)));
	hp_check_ok(allocate(shmem, FALLOC_FL_KEEP_SIZE, 0, hp_pmd_size));
	area = mapped(shmem, 8 * hp_base_size);
	hp_fill(area, 's');
	check_used(shmem, hp_pmd_size);
	hp_step("punching one page, which splits a huge page");
	hp_punch_shmem(shmem, 4 * hp_base_size, hp_base_size);
	check_used_after_cut(shmem, hp_pmd_size - hp_base_size);
	hp_check_ok(ftruncate(shmem->fd, (off_t)hp_pmd_size));
	check_used(shmem, hp_pmd_size - hp_base_size);
	hp_check_filled(hp_part(area, 0, 4 * hp_base_size), 's');
	hp_check_filled(hp_part(area, 5 * hp_base_size, 3 * hp_base_size), 's');
	hp_check_zeros(hp_part(area, 4 * hp_base_size, hp_base_size));
	hp_check_zeros(hp_part(mapped(shmem, hp_pmd_size), 8 * hp_base_size,
			       hp_pmd_size - 8 * hp_base_size));
}

HP_CASES(too_much,
	 "fallocate of more than the size of the file system fails and allocates nothing",
	 ways, way)
{
	struct hp_shmem *shmem = file_of(way, 2 * hp_pmd_size);

	hp_check_errno(allocate(shmem, 0, 0, 2 * hp_pmd_size + 1), ENOSPC);
	hp_check_eq(size_of(shmem), 0);
	check_used(shmem, 0);
}

/*
 * fallocate fails after some pages: it frees these, and keeps written and preallocated
 * ones.
 */
HP_CASES(half_way,
	 "fallocate of more than the free space fails with ENOSPC and changes nothing",
	 ways, way)
{
	const size_t size = 3 * hp_pmd_size + 7 * hp_base_size;
	struct hp_shmem *shmem = file_of(way, size), *other = hp_shmem_in(shmem->mount, 1);
	struct hp_area *area, *small;
	size_t used;

	small = hp_map_all_shmem(other, MAP_SHARED);
	hp_fill(small, 'o');
	hp_check_ok(ftruncate(shmem->fd, (off_t)(4 * hp_pmd_size)));
	area = mapped(shmem, 4 * hp_pmd_size);
	hp_fill(hp_nth_page(area, 5), 'd');
	hp_check_ok(allocate(shmem, 0, hp_pmd_size, 3 * hp_base_size));
	used = hp_shmem_blocks(shmem);
	for (int i = 0; i < 3; i++) {
		struct statfs status;

		hp_check_errno(allocate(shmem, 0, 0, 3 * hp_pmd_size), ENOSPC);
		hp_check_ok(statfs(shmem->mount, &status));
		hp_check_eq((status.f_blocks - status.f_bfree) * hp_base_size,
			    used + hp_pmd_size);
		hp_check_eq(hp_shmem_blocks(shmem), used);
	}
	hp_check_eq(size_of(shmem), 4 * hp_pmd_size);
	hp_check_filled(hp_nth_page(area, 5), 'd');
	hp_check_filled(small, 'o');
	hp_check_zeros(hp_nth_page(area, 6));
	hp_step("all remaining space can be used");
	hp_check_ok(ftruncate(other->fd, 0));
	hp_check_ok(allocate(shmem, 0, 0, 3 * hp_pmd_size));
	check_used(shmem, 3 * hp_pmd_size);
	hp_check_filled(hp_nth_page(area, 5), 'd');
}

HP_CASE(modes, "fallocate modes that tmpfs does not support fail and change nothing")
{
	struct hp_shmem *shmem = file_of(&ways[1], 4 * hp_pmd_size);
	static const int modes[] = {FALLOC_FL_COLLAPSE_RANGE, FALLOC_FL_ZERO_RANGE,
				    FALLOC_FL_INSERT_RANGE};

	hp_check_ok(allocate(shmem, 0, 0, hp_pmd_size));
	for (int i = 0; i < 3; i++)
		hp_check_errno(allocate(shmem, modes[i], 0, hp_pmd_size), EOPNOTSUPP);
	hp_check_errno(allocate(shmem, 0, 0, 0), EINVAL);
	hp_check_errno(fallocate(shmem->fd, 0, -1, 10), EINVAL);
	check_used(shmem, hp_pmd_size);
}

/* Also beyond a size that is kept. */
HP_CASES(file_limit, "fallocate beyond RLIMIT_FSIZE fails with EFBIG and allocates nothing",
	 ways, way)
{
	struct hp_shmem *shmem = file_of(way, 8 * hp_pmd_size);

	hp_limit_file_size(hp_pmd_size);
	hp_check_errno(allocate(shmem, 0, 0, hp_pmd_size + 1), EFBIG);
	hp_check_errno(allocate(shmem, FALLOC_FL_KEEP_SIZE, hp_pmd_size, hp_base_size),
		       EFBIG);
	hp_check_eq(size_of(shmem), 0);
	check_used(shmem, 0);
	hp_check_ok(allocate(shmem, 0, 0, hp_pmd_size));
	check_used(shmem, hp_pmd_size);
}

HP_PROGRAM(.summary = "fallocate of shmem allocates all or nothing, and counts it",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_admin"),
	   .case_tags = HP_CASE_TAGS({"too_much_*", "regression"},
				     {"half_way_*", "regression"}),
	   .sources = HP_SOURCES({"man", "fallocate(2)"},
				 {"man", "setrlimit(2)", "RLIMIT_FSIZE"},
				 {"commit", "e2d12e22c59c",
				  "tmpfs: support fallocate preallocation"},
				 {"title", "tmpfs: undo fallocation on failure", "2012"}))
