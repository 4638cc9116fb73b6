// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * MADV_COLLAPSE of a huge-page-sized range of shmem that is not fully present: missing
 * pages become zeros, swapped-out pages come back, and a collapse that fails changes
 * nothing.
 */
#include "hugeproof.h"

#include <sys/statfs.h>

/* Maps small pages for the whole range. */
static struct hp_area *populated(struct hp_shmem *shmem)
{
	struct hp_area *area = hp_map_all_shmem(shmem, MAP_SHARED);

	hp_fill(area, 'h');
	hp_check_eq(hp_folio_size(area->addr), hp_base_size);
	return area;
}

/* The range is PMD-mapped now, and all of it counts as used. */
static void check_huge(const struct hp_shmem *shmem, const struct hp_area *area)
{
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), hp_pmd_size);
	hp_check_eq(hp_folio_size(area->addr), hp_pmd_size);
	hp_check_eq(hp_shmem_blocks(shmem), hp_pmd_size);
}

HP_CASES(unmapped_part, "MADV_COLLAPSE includes pages of the file that are not mapped here",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem = hp_shmem_new(kind->backing, 1);
	struct hp_area *area = populated(shmem);

	hp_check_ok(madvise(area->addr + hp_base_size, 100 * hp_base_size, MADV_DONTNEED));
	hp_check_eq(hp_folio_size(area->addr + hp_base_size), 0);
	check_huge(shmem, area);
	hp_check_filled(area, 'h');
}

HP_CASES(never_touched,
	 "MADV_COLLAPSE of an untouched mapping maps the huge page, at once or on fault",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem = hp_shmem_new(kind->backing, 1);
	struct hp_area *area = populated(shmem), *fresh;
	int error;

	hp_unmap(area);
	fresh = hp_map_all_shmem(shmem, MAP_SHARED);
	/* Without a page table nearby the kernel has nowhere to map the huge page. */
	error = hp_collapse(fresh);
	hp_check(error == 0 || error == EINVAL);
	hp_observed("without a page table", "%s", error ? strerrorname_np(error) : "0");
	hp_check_eq(hp_mapped_huge(fresh), error ? 0 : hp_pmd_size);
	hp_check_filled(fresh, 'h');
	check_huge(shmem, fresh);
}

HP_CASES(one_page,
	 "MADV_COLLAPSE of a single page, in any position, fills the rest with zeros",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem = hp_shmem_new(kind->backing, 3);
	struct hp_area *area = hp_map_all_shmem(shmem, MAP_SHARED);
	size_t in_huge, at[3];

	in_huge = hp_pmd_size / hp_base_size;
	at[0] = 0;
	at[1] = in_huge + in_huge / 2;
	at[2] = 3 * in_huge - 1;
	for (int i = 0; i < 3; i++)
		hp_fill(hp_nth_page(area, at[i]), 'h');
	hp_check_eq(hp_shmem_blocks(shmem), 3 * hp_base_size);
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), 3 * hp_pmd_size);
	hp_check_eq(hp_shmem_blocks(shmem), 3 * hp_pmd_size);
	for (size_t page = 0; page < hp_pages(area); page++)
		hp_check_filled(hp_nth_page(area, page),
				page == at[0] || page == at[1] || page == at[2] ? 'h' : 0);
}

HP_CASES(punched, "MADV_COLLAPSE of a range with holes fills them with zeros",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem = hp_shmem_new(kind->backing, 1);
	struct hp_area *area = populated(shmem);
	size_t last = hp_pages(area) - 1;

	hp_punch_shmem(shmem, 0 * hp_base_size, 1 * hp_base_size);
	hp_punch_shmem(shmem, 7 * hp_base_size, 30 * hp_base_size);
	hp_punch_shmem(shmem, last * hp_base_size, 1 * hp_base_size);
	hp_check_eq(hp_shmem_blocks(shmem), hp_pmd_size - 32 * hp_base_size);
	check_huge(shmem, area);
	for (size_t page = 0; page <= last; page++)
		hp_check_filled(
			hp_nth_page(area, page),
			page == 0 || (page >= 7 && page < 37) || page == last ? 0 : 'h');
}

HP_CASES(read_in, "MADV_POPULATE_READ of a hole allocates and maps a zero-filled huge page",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem = hp_shmem_new(kind->backing, 3);
	struct hp_area *area = hp_map_all_shmem(shmem, MAP_SHARED);
	struct hp_area hole = hp_part_of(area, hp_pmd_size, hp_pmd_size);
	long fallbacks;

	hp_need_advice(MADV_POPULATE_READ, "MADV_POPULATE_READ (Linux 5.14)");
	hp_fill(area, 'h');
	hp_check_eq(hp_collapse(area), 0);
	hp_punch_shmem(shmem, hp_pmd_size, hp_pmd_size);
	hp_check_eq(hp_shmem_blocks(shmem), 2 * hp_pmd_size);
	hp_check_eq(hp_mapped_huge(area), 2 * hp_pmd_size);
	hp_shmem_enabled(0, "force");
	fallbacks = hp_shmem_fallbacks(hp_pmd_size);
	hp_check_ok(madvise(hole.addr, hole.size, MADV_POPULATE_READ));
	hp_short_of_shmem(hp_pmd_size, hp_folio_size(hole.addr), fallbacks);
	hp_check_eq(hp_mapped_huge(area), 3 * hp_pmd_size);
	hp_check_eq(hp_folio_size(hole.addr), hp_pmd_size);
	hp_check_eq(hp_shmem_blocks(shmem), 3 * hp_pmd_size);
	hp_check_zeros(&hole);
	hp_check_filled_around(area, &hole, 'h');
	hp_check_writable(area, 'w');
	hp_check_eq(hp_mapped_huge(area), 3 * hp_pmd_size);
}

HP_CASES(nothing, "MADV_COLLAPSE of an empty range of a file fails with EINVAL",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem = hp_shmem_new(kind->backing, 1);
	struct hp_area *area = populated(shmem);

	hp_punch_shmem(shmem, 0 * hp_base_size, hp_pages(area) * hp_base_size);
	hp_check_eq(hp_shmem_blocks(shmem), 0);
	hp_check_eq(hp_collapse(area), EINVAL);
	hp_check_eq(hp_shmem_blocks(shmem), 0);
	hp_check_eq(hp_area_smaps(area).rss, 0);
	hp_check_zeros(area);
}

HP_CASES(allocated,
	 "MADV_COLLAPSE includes pages that fallocate made and that were never written",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem = hp_shmem_new(kind->backing, 1);
	struct hp_area *area = populated(shmem);

	hp_punch_shmem(shmem, 10 * hp_base_size, 20 * hp_base_size);
	hp_check_ok(fallocate(shmem->fd, 0, (off_t)(10 * hp_base_size),
			      (off_t)(20 * hp_base_size)));
	hp_check_eq(hp_shmem_blocks(shmem), hp_pmd_size);
	check_huge(shmem, area);
	hp_check_filled_around(area, hp_part(area, 10 * hp_base_size, 20 * hp_base_size),
			       'h');
	hp_check_zeros(hp_part(area, 10 * hp_base_size, 20 * hp_base_size));
}

HP_CASES(beyond_the_end,
	 "MADV_COLLAPSE of a range beyond the end of the file fails, or zeroes the rest",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem = hp_shmem_new(kind->backing, 1);
	struct hp_area *area = populated(shmem);
	size_t kept = 100 * hp_base_size;
	struct hp_fault beyond;
	int error;

	hp_check_ok(ftruncate(shmem->fd, (off_t)kept));
	error = hp_collapse(area);
	hp_observed("end of file inside the range", "%s",
		    error ? strerrorname_np(error) : "collapsed");
	hp_check(error == 0 || error == EINVAL);
	hp_check_filled(hp_part(area, 0, kept), 'h');
	/*
	 * A huge page of shmem may be mapped beyond the end of the file, where it reads as
	 * zeros.
	 */
	beyond = hp_try(area->addr + kept, HP_READ);
	hp_observed("access beyond the end", "%s", beyond.signo ? "SIGBUS" : "zeros");
	hp_check(beyond.signo == (error ? SIGBUS : 0) || beyond.signo == SIGBUS);
	if (!beyond.signo)
		hp_check_zeros(hp_part(area, kept, hp_pmd_size - kept));
	hp_check_ok(ftruncate(shmem->fd, (off_t)hp_pmd_size));
	hp_check_zeros(hp_part(area, kept, hp_pmd_size - kept));
}

HP_CASES(swapped, "MADV_COLLAPSE brings pages of shmem back from swap", hp_shmem_kinds,
	 kind)
{
	struct hp_shmem *shmem;
	struct hp_area *area;
	long swapped;

	hp_case_needs("swap");
	shmem = hp_shmem_new(kind->backing, 1);
	area = populated(shmem);
	hp_check_ok(madvise(area->addr, area->size / 2, MADV_PAGEOUT));
	swapped = hp_area_smaps(area).swap;
	hp_check(swapped > 0);
	hp_observed("swapped out", "%ld kB", swapped);
	check_huge(shmem, area);
	hp_check_eq(hp_area_smaps(area).swap, 0);
	hp_check_filled(area, 'h');
}

/* Free bytes in the file system. */
static size_t free_room(const char *mount)
{
	struct statfs status;

	hp_check_ok(statfs(mount, &status));
	return (size_t)status.f_bfree * (size_t)status.f_bsize;
}

HP_CASES(watched,
	 "MADV_COLLAPSE fails for a hole registered with userfaultfd, and takes no blocks",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem = hp_shmem_new(kind->backing, 1);
	struct hp_area *area = populated(shmem), *other;
	size_t room;
	int fd, error = 0;

	hp_punch_shmem(shmem, 20 * hp_base_size, 10 * hp_base_size);
	room = shmem->mount ? free_room(shmem->mount) : 0;
	other = hp_map_all_shmem(shmem, MAP_SHARED);
	fd = hp_uffd_missing(other);
	for (int i = 0; i < 5; i++) {
		error = hp_collapse(area);
		hp_check(error == EBUSY || error == EINVAL);
	}
	hp_observed("refused with", "%s", strerrorname_np(error));
	/* Checked before fstat, which makes the kernel recalculate. */
	if (shmem->mount)
		hp_check_eq(free_room(shmem->mount), room);
	hp_check_eq(hp_shmem_blocks(shmem), hp_pmd_size - 10 * hp_base_size);
	hp_check_eq(hp_mapped_huge(area), 0);
	close(fd);
	check_huge(shmem, area);
	hp_check_filled_around(area, hp_part(area, 20 * hp_base_size, 10 * hp_base_size),
			       'h');
	hp_check_zeros(hp_part(area, 20 * hp_base_size, 10 * hp_base_size));
}

HP_CASE(no_room, "MADV_COLLAPSE fails with EINVAL when tmpfs is full, and takes no blocks")
{
	struct hp_shmem *shmem;
	struct hp_area *area;
	const char *mount;

	hp_shmem_never();
	mount = hp_mount_tmpfs(
		hp_size_option("huge=never,size", hp_pmd_size - hp_base_size));
	shmem = hp_shmem_in(mount, 1);
	area = hp_map_all_shmem(shmem, MAP_SHARED);
	for (size_t page = 2; page < hp_pages(area); page++)
		hp_fill(hp_nth_page(area, page), 'h');
	hp_check_eq(free_room(mount), hp_base_size);
	for (int i = 0; i < 5; i++)
		hp_check_eq(hp_collapse(area), EINVAL);
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_eq(free_room(mount), hp_base_size);
	hp_check_eq(hp_shmem_blocks(shmem), hp_pmd_size - 2 * hp_base_size);
	for (size_t page = 2; page < hp_pages(area); page++)
		hp_check_filled(hp_nth_page(area, page), 'h');
	hp_check_eq(hp_folio_size(area->addr + 2 * hp_base_size), hp_base_size);
	/* There is room for exactly one more page. */
	hp_fill(hp_nth_page(area, 0), 'h');
	hp_check_eq(free_room(mount), 0);
	hp_check_fault(area, area->addr + hp_base_size, HP_WRITE, SIGBUS, BUS_ADRERR);
}

HP_PROGRAM(.summary = "MADV_COLLAPSE of shmem fills missing pages with zeros",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_admin"),
	   .sources = HP_SOURCES(
		   {"lore", "alpine.LSU.2.11.1604051455010.5965@eggly.anvils",
		    "huge tmpfs recovery: shmem_recovery_remap & remap_team_by_pmd"},
		   {"man", "madvise(2)", "MADV_COLLAPSE"}))
