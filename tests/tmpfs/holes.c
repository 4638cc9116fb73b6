// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An extent that is not all there becomes a huge page too when it is asked for: what was
 * missing is zeros, what was in swap comes back, and what cannot be had changes nothing.
 */
#include "hugeproof.h"

#include <sys/statfs.h>

static size_t base, huge;

/* Small pages all over an extent, mapped. */
static struct hp_area *populated(struct hp_shmem *shmem)
{
	struct hp_area *area = hp_map_all_shmem(shmem, MAP_SHARED);

	base = hp_base_page_size();
	huge = hp_thp_size();
	hp_fill(area, 'h');
	hp_check_eq(hp_folio_size(area->addr), base);
	return area;
}

/* The extent is a huge page now, mapped so, and all of it counts as used. */
static void check_huge(const struct hp_shmem *shmem, const struct hp_area *area)
{
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), huge);
	hp_check_eq(hp_folio_size(area->addr), huge);
	hp_check_eq(hp_shmem_blocks(shmem), huge);
}

HP_SHMEM_CASES(unmapped_part, "pages that are in the file but not mapped here")
{
	struct hp_shmem *shmem = hp_shmem(backing, 1);
	struct hp_area *area = populated(shmem);

	hp_check_ok(madvise(area->addr + base, 100 * base, MADV_DONTNEED));
	hp_check_eq(hp_folio_size(area->addr + base), 0);
	check_huge(shmem, area);
	hp_check_filled(area, 'h');
}

HP_SHMEM_CASES(never_touched, "a mapping that was never touched: at once, or at its fault")
{
	struct hp_shmem *shmem = hp_shmem(backing, 1);
	struct hp_area *area = populated(shmem), *fresh;
	int error;

	hp_unmap(area);
	fresh = hp_map_all_shmem(shmem, MAP_SHARED);
	/* Without a page table near by the kernel has nowhere to put the huge page. */
	error = hp_collapse(fresh);
	hp_check(error == 0 || error == EINVAL);
	hp_observed("without a page table", "%s", error ? strerrorname_np(error) : "0");
	hp_check_eq(hp_mapped_huge(fresh), error ? 0 : huge);
	hp_check_filled(fresh, 'h');
	check_huge(shmem, fresh);
}

HP_SHMEM_CASES(one_page, "one page, at either end or within, and nothing else")
{
	struct hp_shmem *shmem = hp_shmem(backing, 3);
	struct hp_area *area = hp_map_all_shmem(shmem, MAP_SHARED);
	size_t in_huge, at[3];

	base = hp_base_page_size();
	huge = hp_thp_size();
	in_huge = huge / base;
	at[0] = 0;
	at[1] = in_huge + in_huge / 2;
	at[2] = 3 * in_huge - 1;
	for (int i = 0; i < 3; i++)
		hp_fill_page(area, at[i], 'h');
	hp_check_eq(hp_shmem_blocks(shmem), 3 * base);
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), 3 * huge);
	hp_check_eq(hp_shmem_blocks(shmem), 3 * huge);
	for (size_t page = 0; page < hp_pages(area); page++)
		hp_check_page_filled(area, page,
				     page == at[0] || page == at[1] || page == at[2] ? 'h'
										     : 0);
}

HP_SHMEM_CASES(punched, "holes at the ends and within")
{
	struct hp_shmem *shmem = hp_shmem(backing, 1);
	struct hp_area *area = populated(shmem);
	size_t last = hp_pages(area) - 1;

	hp_punch_shmem(shmem, 0 * base, 1 * base);
	hp_punch_shmem(shmem, 7 * base, 30 * base);
	hp_punch_shmem(shmem, last * base, 1 * base);
	hp_check_eq(hp_shmem_blocks(shmem), huge - 32 * base);
	check_huge(shmem, area);
	for (size_t page = 0; page <= last; page++)
		hp_check_page_filled(
			area, page,
			page == 0 || (page >= 7 && page < 37) || page == last ? 0 : 'h');
}

HP_SHMEM_CASES(nothing, "an empty extent: EINVAL, and it stays empty")
{
	struct hp_shmem *shmem = hp_shmem(backing, 1);
	struct hp_area *area = populated(shmem);

	hp_punch_shmem(shmem, 0 * base, hp_pages(area) * base);
	hp_check_eq(hp_shmem_blocks(shmem), 0);
	hp_check_eq(hp_collapse(area), EINVAL);
	hp_check_eq(hp_shmem_blocks(shmem), 0);
	hp_check_eq(hp_area_smaps(area).rss, 0);
	hp_check_zeros(area, 0, area->size);
}

HP_SHMEM_CASES(allocated, "pages that fallocate has made and nobody has written")
{
	struct hp_shmem *shmem = hp_shmem(backing, 1);
	struct hp_area *area = populated(shmem);

	hp_punch_shmem(shmem, 10 * base, 20 * base);
	hp_check_ok(fallocate(shmem->fd, 0, (off_t)(10 * base), (off_t)(20 * base)));
	hp_check_eq(hp_shmem_blocks(shmem), huge);
	check_huge(shmem, area);
	hp_check_filled_around(area, 10 * base, 20 * base, 'h');
	hp_check_zeros(area, 10 * base, 20 * base);
}

HP_SHMEM_CASES(beyond_the_end, "a file that ends within the extent: EINVAL or zeros")
{
	struct hp_shmem *shmem = hp_shmem(backing, 1);
	struct hp_area *area = populated(shmem), part = *area;
	size_t kept = 100 * base;
	struct hp_fault beyond;
	int error;

	hp_check_ok(ftruncate(shmem->fd, (off_t)kept));
	error = hp_collapse(area);
	hp_observed("the end within the extent", "%s",
		    error ? strerrorname_np(error) : "collapsed");
	hp_check(error == 0 || error == EINVAL);
	part.size = kept;
	hp_check_filled(&part, 'h');
	/* A huge page of shared memory may be mapped beyond the end, where it is zeros. */
	beyond = hp_try(area->addr + kept, HP_READ);
	hp_observed("behind the end", "%s", beyond.signo ? "SIGBUS" : "zeros");
	hp_check(beyond.signo == (error ? SIGBUS : 0) || beyond.signo == SIGBUS);
	if (!beyond.signo)
		hp_check_zeros(area, kept, huge - kept);
	hp_check_ok(ftruncate(shmem->fd, (off_t)huge));
	hp_check_zeros(area, kept, huge - kept);
}

HP_SHMEM_CASES(swapped, "pages in swap come back")
{
	struct hp_shmem *shmem;
	struct hp_area *area;
	long swapped;

	hp_case_needs("swap");
	shmem = hp_shmem(backing, 1);
	area = populated(shmem);
	hp_check_ok(madvise(area->addr, area->size / 2, MADV_PAGEOUT));
	swapped = hp_area_smaps(area).swap;
	hp_check(swapped > 0);
	hp_observed("in swap", "%ld kB", swapped);
	check_huge(shmem, area);
	hp_check_eq(hp_area_smaps(area).swap, 0);
	hp_check_filled(area, 'h');
}

/* Blocks free in the file system, bytes. */
static size_t free_room(const char *mount)
{
	struct statfs status;

	hp_check_ok(statfs(mount, &status));
	return (size_t)status.f_bfree * (size_t)status.f_bsize;
}

HP_SHMEM_CASES(watched, "a hole that userfaultfd watches stays one, and costs nothing")
{
	struct hp_shmem *shmem = hp_shmem(backing, 1);
	struct hp_area *area = populated(shmem), *other;
	size_t room;
	int fd, error = 0;

	hp_punch_shmem(shmem, 20 * base, 10 * base);
	room = shmem->mount ? free_room(shmem->mount) : 0;
	other = hp_map_all_shmem(shmem, MAP_SHARED);
	fd = hp_uffd_missing(other);
	for (int i = 0; i < 5; i++) {
		error = hp_collapse(area);
		hp_check(error == EBUSY || error == EINVAL);
	}
	hp_observed("refused with", "%s", strerrorname_np(error));
	/* Before fstat, which has the kernel count anew. */
	if (shmem->mount)
		hp_check_eq(free_room(shmem->mount), room);
	hp_check_eq(hp_shmem_blocks(shmem), huge - 10 * base);
	hp_check_eq(hp_mapped_huge(area), 0);
	close(fd);
	check_huge(shmem, area);
	hp_check_filled_around(area, 20 * base, 10 * base, 'h');
	hp_check_zeros(area, 20 * base, 10 * base);
}

HP_CASE(no_room, "a tmpfs without room for what is missing: EINVAL, and none is taken")
{
	struct hp_shmem *shmem;
	struct hp_area *area;
	char options[64];
	const char *mount;

	hp_shmem_never();
	base = hp_base_page_size();
	huge = hp_thp_size();
	snprintf(options, sizeof(options), "huge=never,size=%zu", huge - base);
	mount = hp_mount_tmpfs(options);
	shmem = hp_shmem_in(mount, 1);
	area = hp_map_all_shmem(shmem, MAP_SHARED);
	for (size_t page = 2; page < hp_pages(area); page++)
		hp_fill_page(area, page, 'h');
	hp_check_eq(free_room(mount), base);
	for (int i = 0; i < 5; i++)
		hp_check_eq(hp_collapse(area), EINVAL);
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_eq(free_room(mount), base);
	hp_check_eq(hp_shmem_blocks(shmem), huge - 2 * base);
	for (size_t page = 2; page < hp_pages(area); page++)
		hp_check_page_filled(area, page, 'h');
	hp_check_eq(hp_folio_size(area->addr + 2 * base), base);
	/* The room for one page was left, and it is all there is. */
	hp_fill_page(area, 0, 'h');
	hp_check_eq(free_room(mount), 0);
	hp_check_fault(area, area->addr + base, HP_WRITE, SIGBUS, BUS_ADRERR);
}

HP_PROGRAM(.summary = "what is missing in an extent is zeros in its huge page",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_admin"),
	   .source = "huge tmpfs recovery (2016); madvise(2), MADV_COLLAPSE")
