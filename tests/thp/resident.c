// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mincore reports for every base page whether it is in memory, whatever the size of its
 * folio; dropped, truncated and swapped-out pages are not.
 */
#include "hugeproof.h"

static unsigned char *in_core(const struct hp_area *area)
{
	static unsigned char *map;

	free(map);
	map = malloc(hp_base_pages(area));
	hp_require(map, "no memory");
	memset(map, 0xaa, hp_base_pages(area));
	hp_check_ok(mincore(area->addr, area->size, map));
	return map;
}

/* All base pages of [from, to) are in memory, or none. */
static void check_part(const struct hp_area *area, size_t from, size_t to, bool resident)
{
	unsigned char *map = in_core(area);

	for (size_t i = from / hp_base_size; i < to / hp_base_size; i++) {
		hp_step("base page %zu", i);
		hp_check_eq(map[i] & 1, resident);
	}
}

static void check_all(const struct hp_area *area, bool resident)
{
	check_part(area, 0, area->size, resident);
}

HP_CASES(touched,
	 "mincore reports pages as resident after they are touched, and not before",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = hp_map_memory(kind->memory, 2 * hp_pmd_size);
	size_t half = area->size / 2;

	hp_khugepaged_calm();
	check_all(area, false);
	hp_populate(kind->memory, hp_part(area, half, half));
	check_part(area, 0, half, false);
	check_part(area, half, area->size, true);
	hp_populate(kind->memory, area);
	check_all(area, true);
}

HP_CASES(dropped, "mincore reports dropped pages as not resident", hp_memory_kinds, kind)
{
	struct hp_area *area = hp_map_filled(kind->memory, 2 * hp_pmd_size, 'r');
	/*
	 * For tmpfs a whole huge page is dropped: a part may stay, zeroed, if a split
	 * fails.
	 */
	bool whole = kind->memory == HP_MEMORY_HUGETLB || kind->memory == HP_MEMORY_TMPFS;
	size_t at = whole ? 0 : 5 * hp_base_size;
	size_t bytes = kind->memory == HP_MEMORY_HUGETLB ? hp_page_size : hp_pmd_size;

	hp_khugepaged_calm();
	hp_check_ok(madvise(area->addr + at, bytes,
			    kind->memory == HP_MEMORY_TMPFS ? MADV_REMOVE : MADV_DONTNEED));
	check_part(area, 0, at, true);
	check_part(area, at, at + bytes, false);
	check_part(area, at + bytes, area->size, true);
	hp_check_filled_around(area, hp_part(area, at, bytes), 'r');
}

HP_CASES(unreadable, "mincore reports PROT_NONE pages as resident", hp_memory_kinds, kind)
{
	struct hp_area *area = hp_map_filled(kind->memory, 2 * hp_pmd_size, 'r');
	size_t at = kind->memory == HP_MEMORY_HUGETLB ? 0 : 5 * hp_base_size;
	size_t bytes = kind->memory == HP_MEMORY_HUGETLB ? hp_page_size : hp_pmd_size;

	hp_check_ok(mprotect(area->addr + at, bytes, PROT_NONE));
	check_all(area, true);
	hp_check_fault(area, area->addr + at, HP_READ, SIGSEGV, SEGV_ACCERR);
	hp_check_ok(mprotect(area->addr + at, bytes, PROT_READ | PROT_WRITE));
	check_all(area, true);
	hp_check_filled(area, 'r');
}

HP_CASES(hole,
	 "mincore fails with ENOMEM for holes, and EINVAL and EFAULT for bad addresses",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = hp_map_filled(kind->memory, 2 * hp_pmd_size, 'r');
	unsigned char *map = in_core(area);
	size_t half = area->size / 2;

	hp_check_errno(mincore(area->addr + 1, half, map), EINVAL);
	hp_check_errno(mincore(area->addr, half, (unsigned char *)8), EFAULT);
	hp_check_ok(munmap(area->addr + half, half));
	hp_check_errno(mincore(area->addr, area->size, map), ENOMEM);
	area->size = half;
	check_all(area, true);
}

HP_CASE(many,
	"mincore reports exactly the base pages of every third of forty THPs as resident")
{
	struct hp_area *area = hp_map_thp(40);
	unsigned char *map;

	hp_khugepaged_calm();
	for (size_t page = 0; page < hp_pages(area); page += 3)
		hp_touch(hp_nth_page(area, page));
	if (hp_mapped_huge(area) != 14 * hp_pmd_size)
		hp_short_of(hp_pmd_size, "14 THPs are needed, and %zu kB are huge",
			    hp_mapped_huge(area) / 1024);
	map = in_core(area);
	for (size_t i = 0; i < hp_base_pages(area); i++)
		hp_check_eq(map[i] & 1, i * hp_base_size / hp_pmd_size % 3 == 0);
}

HP_CASES(swapped, "mincore reports swapped-out pages as not resident until they are read",
	 hp_swappable_kinds, way)
{
	struct hp_area *area, first;

	hp_case_needs("swap");
	area = hp_map_filled(way->memory, 2 * hp_pmd_size, 'r');
	hp_khugepaged_calm();
	first = hp_part_of(area, 0, hp_pmd_size);
	hp_eventually(
		(hp_page_out(&first), !memchr(in_core(&first), 1, hp_base_pages(&first))),
		5);
	check_part(area, hp_pmd_size, area->size, true);
	hp_check_filled(area, 'r');
	check_all(area, true);
}

HP_CASES(truncated,
	 "mincore reports pages beyond the new end of a truncated file as not resident",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem = hp_shmem_new(kind->backing, 2);
	struct hp_area *area = hp_map_all_shmem(shmem, MAP_SHARED);
	size_t end = hp_pmd_size + 7 * hp_base_size;

	hp_fill(area, 'r');
	hp_check_eq(hp_collapse(area), 0);
	check_all(area, true);
	hp_check_ok(ftruncate(shmem->fd, (off_t)end));
	hp_check_eq_split(hp_shmem_blocks(shmem), end);
	check_part(area, 0, end, true);
	check_part(area, end, area->size, false);
	hp_check_filled(hp_part(area, 0, end), 'r');
}

/* userfaultfd write protection may leave a marker where there is no page. */
HP_CASES(marked, "mincore reports PTE markers of userfaultfd as not resident",
	 hp_memory_kinds, kind)
{
	struct hp_area *area;
	int uffd;

	if (kind->memory == HP_MEMORY_TMPFS)
		hp_skip_case("pages of a file are resident whoever maps them: other kinds "
			     "of memory cover this");
	uffd = hp_uffd(UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_UNPOPULATED |
		       UFFD_FEATURE_WP_HUGETLBFS_SHMEM);
	area = hp_map_memory(kind->memory, 2 * hp_pmd_size);
	hp_check_eq(hp_uffd_register(uffd, area->addr, area->size, UFFDIO_REGISTER_MODE_WP),
		    0);
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, true), 0);
	check_all(area, false);
}

HP_PROGRAM(.summary = "mincore reports residence of each base page for every kind of page",
	   .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("hugetlb:2", "thp", "root", "pagemap", "cap:sys_admin"),
	   .sources = HP_SOURCES({"man", "mincore(2)"}))
