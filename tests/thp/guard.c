// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Guard regions (MADV_GUARD_INSTALL) make base pages of a mapping inaccessible without a
 * VMA of their own. Pages in the region are freed; a huge page around it loses no other
 * data. After MADV_GUARD_REMOVE anonymous memory reads as zeroes and a file as before.
 */
#include "hugeproof.h"

#include <sys/uio.h>

static int install(const struct hp_area *area, size_t first, size_t pages)
{
	return madvise(area->addr + first * hp_base_size, pages * hp_base_size,
		       MADV_GUARD_INSTALL);
}

static int uninstall(const struct hp_area *area, size_t first, size_t pages)
{
	return madvise(area->addr + first * hp_base_size, pages * hp_base_size,
		       MADV_GUARD_REMOVE);
}

static struct hp_area *filled(enum hp_memory memory, size_t huge_pages)
{
	struct hp_area *area;

	hp_need_advice(MADV_GUARD_INSTALL, "MADV_GUARD_INSTALL (Linux 6.13)");
	hp_khugepaged_calm();
	area = hp_map_filled_base(memory, huge_pages * hp_pmd_size, 'g');
	if (memory == HP_MEMORY_TMPFS && install(area, 0, 1)) {
		hp_check_eq(errno, EINVAL);
		hp_skip_case("needs MADV_GUARD_INSTALL of files (Linux 6.15): run it on a "
			     "newer kernel");
	}
	if (memory == HP_MEMORY_TMPFS) {
		hp_check_ok(uninstall(area, 0, 1));
		hp_read_all(area);
	}
	return area;
}

/* Reads and writes raise SIGSEGV in the guard region and succeed elsewhere. */
static void check_guards(const struct hp_area *area, size_t first, size_t pages)
{
	for (size_t page = 0; page < hp_pages(area); page++) {
		bool guarded = page >= first && page < first + pages;

		hp_step("page %zu of %zu", page, hp_pages(area));
		hp_check_eq(hp_try(hp_page(area, page), HP_READ).signo,
			    guarded ? SIGSEGV : 0);
		if (guarded)
			hp_check_eq(hp_try(hp_page(area, page) + 8, HP_WRITE).signo,
				    SIGSEGV);
	}
}

static void check_neighbours(const struct hp_area *area, size_t first, size_t pages)
{
	size_t end = first + pages;

	check_guards(area, first, pages);
	hp_step("contents outside the guard region");
	hp_check_filled(hp_part(area, 0, first * hp_base_size), 'g');
	hp_check_filled(hp_part(area, end * hp_base_size, area->size - end * hp_base_size),
			'g');
}

/* Checks the contents after MADV_GUARD_REMOVE. */
static void check_removed(enum hp_memory memory, const struct hp_area *area, size_t first,
			  size_t pages)
{
	const struct hp_area *part =
		hp_part(area, first * hp_base_size, pages * hp_base_size);

	hp_check_filled_around(area, part, 'g');
	if (memory == HP_MEMORY_TMPFS)
		hp_check_filled(part, 'g');
	else
		hp_check_zeros(part);
	hp_check_writable(area, 'n');
}

struct range {
	size_t first, pages;
};

/* Ranges of two huge pages: inside one, all of one, and across both. */
static int ranges_of(struct range range[4])
{
	size_t in_huge = hp_pmd_size / hp_base_size;

	range[0] = (struct range){3, 1};
	range[1] = (struct range){in_huge - 1, 1};
	range[2] = (struct range){in_huge, in_huge};
	range[3] = (struct range){in_huge - 5, 12};
	return 4;
}

HP_CASES(installed, "guard regions raise SIGSEGV, and memory around them is intact",
	 hp_swappable_kinds, kind)
{
	struct range range[4];
	int n = ranges_of(range);

	for (int i = 0; i < n; i++) {
		struct hp_area *area = filled(kind->memory, 2);
		size_t first = range[i].first, pages = range[i].pages;
		struct hp_smaps has;

		hp_check_ok(install(area, first, pages));
		check_neighbours(area, first, pages);
		has = hp_area_smaps(area);
		hp_check_eq(has.rss + has.swap,
			    (hp_pages(area) - pages) * hp_base_size / 1024);
		hp_check_ok(uninstall(area, first, pages));
		check_removed(kind->memory, area, first, pages);
		hp_unmap(area);
	}
}

HP_CASES(never_touched, "guard regions in unpopulated memory allocate no page",
	 hp_anonymous_kinds, kind)
{
	struct hp_area *area;

	hp_need_advice(MADV_GUARD_INSTALL, "MADV_GUARD_INSTALL (Linux 6.13)");
	hp_khugepaged_calm();
	area = hp_map_memory(kind->memory, hp_pmd_size);
	hp_check_ok(install(area, 3, 1));
	hp_check_eq(hp_area_smaps(area).rss, 0);
	area->page_size = hp_base_size;
	hp_fill(hp_part(area, 0, 3 * hp_base_size), 'g');
	/* The guard marker is in a page table, so no PMD can map the range. */
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_eq(hp_try(hp_page(area, 3), HP_READ).signo, SIGSEGV);
	hp_fill(hp_part(area, 4 * hp_base_size, area->size - 4 * hp_base_size), 'h');
	hp_check_filled(hp_part(area, 0, 3 * hp_base_size), 'g');
	hp_check_eq(hp_try(hp_page(area, 3), HP_WRITE).signo, SIGSEGV);
}

HP_CASES(remove_leaves_pages, "MADV_GUARD_REMOVE removes guards and leaves pages in place",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area = filled(kind->memory, 2);
	size_t huge = hp_mapped_huge(area);

	hp_check_ok(uninstall(area, 0, hp_pages(area)));
	hp_check_filled(area, 'g');
	hp_check_eq(hp_mapped_huge(area), huge);
	hp_check_ok(install(area, 7, 2));
	hp_check_ok(install(area, 6, 4));
	check_guards(area, 6, 4);
	hp_check_ok(uninstall(area, 0, hp_pages(area)));
	check_removed(kind->memory, area, 6, 4);
}

static void inherits(void *arg)
{
	check_neighbours(arg, 5, 3);
}

static void keep_fork(const struct hp_area *area)
{
	hp_wait_ok(hp_fork(inherits, (void *)area));
}

static void keep_dontneed(const struct hp_area *area)
{
	hp_check_ok(madvise(hp_page(area, 5), 3 * hp_base_size, MADV_DONTNEED));
}

static void keep_free(const struct hp_area *area)
{
	/* MADV_FREE is for anonymous memory only. */
	if (madvise(hp_page(area, 5), 3 * hp_base_size, MADV_FREE))
		hp_check_eq(errno, EINVAL);
}

static void keep_mprotect(const struct hp_area *area)
{
	hp_protect(area, PROT_READ);
	hp_protect(area, PROT_READ | PROT_WRITE);
}

static void keep_split(const struct hp_area *area)
{
	hp_split_folios(area->addr, area->size, 0);
}

static void keep_mlock(const struct hp_area *area)
{
	/* mlock cannot populate the guard region. */
	hp_check_errno(mlock(area->addr, area->size), ENOMEM);
	munlock(area->addr, area->size);
}

static void keep_pageout(const struct hp_area *area)
{
	hp_check_ok(madvise(area->addr, area->size, MADV_PAGEOUT));
}

static const struct keeper {
	struct hp_variant variant;
	void (*act)(const struct hp_area *area);
} keepers[] = {
	{{"dontneed", "MADV_DONTNEED"}, keep_dontneed},
	{{"fork", "fork, also in the child"}, keep_fork},
	{{"free", "MADV_FREE"}, keep_free},
	{{"mlock", "mlock"}, keep_mlock},
	{{"mprotect", "mprotect and its reversal"}, keep_mprotect},
	{{"pageout", "MADV_PAGEOUT"}, keep_pageout},
	{{"split", "a split of the huge page"}, keep_split},
};

static const struct hp_memory_kind huge_kinds[] = {
	{{"thp", "PMD-mapped THPs"}, HP_MEMORY_THP},
	{{"tmpfs", "huge tmpfs"}, HP_MEMORY_TMPFS},
};

HP_PAIR_CASES(kept, "guard regions in %s stay in place after %s", huge_kinds, kind, keepers,
	      keeper)
{
	struct hp_area *area = filled(kind->memory, 1);

	hp_check_ok(install(area, 5, 3));
	keeper->act(area);
	check_neighbours(area, 5, 3);
	hp_check_ok(uninstall(area, 5, 3));
	check_removed(kind->memory, area, 5, 3);
}

HP_CASES(moved, "mremap moves guard regions with their memory", huge_kinds, kind)
{
	struct hp_area *area = filled(kind->memory, 1);
	char *to = hp_free_addresses(area->size, hp_pmd_size);

	hp_check_ok(install(area, 5, 3));
	hp_check_ok(mremap(area->addr, area->size, area->size,
			   MREMAP_MAYMOVE | MREMAP_FIXED, to));
	area->addr = to;
	check_neighbours(area, 5, 3);
	hp_check_ok(uninstall(area, 5, 3));
	check_removed(kind->memory, area, 5, 3);
}

HP_CASE(wiped, "a child inherits no guard regions from MADV_WIPEONFORK memory")
{
	struct hp_area *area = filled(HP_MEMORY_THP, 1);

	hp_check_ok(install(area, 5, 3));
	hp_check_ok(madvise(area->addr, area->size, MADV_WIPEONFORK));
	hp_in_child() {
		hp_check_zeros(area);
	}
	check_neighbours(area, 5, 3);
}

HP_CASE(not_collapsed,
	"MADV_COLLAPSE is EINVAL for a range with guards until they are removed")
{
	struct hp_area *area = filled(HP_MEMORY_THP, 1);

	hp_check_ok(install(area, 5, 3));
	hp_check_eq(hp_collapse(area), EINVAL);
	hp_check_eq(hp_mapped_huge(area), 0);
	check_neighbours(area, 5, 3);
	hp_check_ok(uninstall(area, 5, 3));
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), area->size);
	check_removed(HP_MEMORY_THP, area, 5, 3);
}

HP_CASE(file_collapsed, "collapse of a file through another mapping keeps guard regions")
{
	struct hp_shmem *shmem;
	struct hp_area *area, *other;

	hp_need_advice(MADV_GUARD_INSTALL, "MADV_GUARD_INSTALL (Linux 6.13)");
	hp_khugepaged_calm();
	shmem = hp_shmem_new(HP_MEMFD, 1);
	area = hp_map_all_shmem(shmem, MAP_SHARED);
	hp_fill(area, 'g');
	if (install(area, 5, 3)) {
		hp_check_eq(errno, EINVAL);
		hp_skip_case("needs MADV_GUARD_INSTALL of files (Linux 6.15): run it on a "
			     "newer kernel");
	}
	other = hp_map_all_shmem(shmem, MAP_SHARED);
	hp_check_filled(other, 'g');
	hp_check_eq(hp_collapse(other), 0);
	hp_check_eq(hp_mapped_huge(other), other->size);
	check_neighbours(area, 5, 3);
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_ok(uninstall(area, 5, 3));
	check_removed(HP_MEMORY_TMPFS, area, 5, 3);
}

HP_CASE(kernel_access, "system calls on a guard region fail with EFAULT")
{
	struct hp_area *area = filled(HP_MEMORY_THP, 1);
	int pipe_ends[2];

	hp_check_ok(install(area, 5, 1));
	hp_check_ok(pipe(pipe_ends));
	hp_check_errno(write(pipe_ends[1], hp_page(area, 5), 16), EFAULT);
	hp_check_eq(write(pipe_ends[1], hp_page(area, 6), 16), 16);
	hp_check_errno(read(pipe_ends[0], hp_page(area, 5), 16), EFAULT);
	hp_check_errno(madvise(area->addr, area->size, MADV_POPULATE_READ), EFAULT);
	check_neighbours(area, 5, 1);
}

HP_CASE(locked, "guards cannot be installed in mlocked memory (EINVAL), only removed")
{
	struct hp_area *area = filled(HP_MEMORY_THP, 2);

	hp_check_ok(install(area, 5, 3));
	hp_check_errno(mlock(area->addr, area->size), ENOMEM);
	hp_check_errno(install(area, hp_pages(area) / 2 + 3, 1), EINVAL);
	check_neighbours(area, 5, 3);
	hp_check_ok(uninstall(area, 5, 3));
	check_removed(HP_MEMORY_THP, area, 5, 3);
}

HP_CASE(hugetlb, "MADV_GUARD_INSTALL and REMOVE are EINVAL for hugetlb pages")
{
	struct hp_area *area;
	struct hp_hugetlb_counts start;

	hp_need_advice(MADV_GUARD_INSTALL, "MADV_GUARD_INSTALL (Linux 6.13)");
	area = hp_filled_hugetlb(1, MAP_PRIVATE, 'g');
	start = hp_hugetlb();
	hp_check_errno(madvise(area->addr, hp_page_size, MADV_GUARD_INSTALL), EINVAL);
	hp_check_errno(madvise(area->addr, hp_page_size, MADV_GUARD_REMOVE), EINVAL);
	hp_check_hugetlb(start);
	hp_check_filled(area, 'g');
}

HP_PROGRAM(.summary = "guard regions inside huge pages affect no other memory",
	   .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("hugetlb:1", "thp", "pagemap", "root"), .seconds = 30,
	   .sources =
		   HP_SOURCES({"man", "madvise(2)", "MADV_GUARD_INSTALL"},
			      {"commit", "662df3e5c376",
			       "mm: madvise: implement lightweight guard page mechanism"}))
