// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A call that changes mappings and runs out of memory half-way changes nothing; the same
 * call succeeds when memory is available again.
 */
#include "hugeproof.h"

/*
 * hugetlb mappings are split at huge page boundaries, mappings of other huge pages
 * anywhere.
 */
static size_t page_of(const struct hp_sweep_memory *memory)
{
	return memory->kind->what >= HP_SWEEP_THP ? hp_base_size : memory->area.page_size;
}

static char *middle(const struct hp_sweep_memory *memory)
{
	return memory->area.addr + memory->area.page_size;
}

static void check_around(struct hp_sweep_memory *memory)
{
	struct hp_area area = memory->area;

	hp_check_filled_around(&area, hp_part(&area, area.page_size, page_of(memory)), 'p');
}

static void check_all(struct hp_sweep_memory *memory)
{
	hp_check_filled(&memory->area, 'p');
}

static void fill_and_check(struct hp_sweep_memory *memory)
{
	hp_fill(&memory->area, 'm');
	hp_check_filled(&memory->area, 'm');
}

/* MAP_HUGETLB creates a file: ENOSPC and ENFILE mean that there was no inode or file. */
HP_CASES(map, "mmap with failing allocations leaves no page reserved or allocated",
	 hp_sweep_kinds, kind)
{
	hp_sweep_run(kind, &(struct hp_sweep){.state = HP_SWEEP_UNMAPPED,
					      .act = hp_sweep_map,
					      .after = fill_and_check,
					      .errors = {ENOSPC, ENFILE}});
}

/* The pool is empty: reserving allocates surplus pages at once. */
HP_CASES(map_surplus, "mmap with failing allocations leaves no surplus page",
	 hp_sweep_surplus_kinds, kind)
{
	hp_case_needs("overcommit");
	hp_pool_resize(0);
	hp_pool_overcommit(8);
	hp_sweep_run(kind, &(struct hp_sweep){.state = HP_SWEEP_UNMAPPED,
					      .act = hp_sweep_map,
					      .after = fill_and_check,
					      .errors = {ENOSPC, ENFILE}});
}

static int unmap_middle(struct hp_sweep_memory *memory)
{
	return munmap(middle(memory), page_of(memory)) ? errno : 0;
}

HP_CASES(unmap, "munmap of the middle with failing allocations unmaps all of it or nothing",
	 hp_sweep_kinds, kind)
{
	hp_sweep_run(kind, &(struct hp_sweep){.act = unmap_middle, .after = check_around});
}

static int protect_middle(struct hp_sweep_memory *memory)
{
	return mprotect(middle(memory), page_of(memory), PROT_READ) ? errno : 0;
}

static void check_protected(struct hp_sweep_memory *memory)
{
	check_all(memory);
	hp_check_fault(&memory->area, middle(memory), HP_WRITE, SIGSEGV, SEGV_ACCERR);
}

HP_CASES(protect, "mprotect of the middle with failing allocations loses no data",
	 hp_sweep_kinds, kind)
{
	hp_sweep_run(kind,
		     &(struct hp_sweep){.act = protect_middle, .after = check_protected});
}

static int lock_middle(struct hp_sweep_memory *memory)
{
	return mlock(middle(memory), page_of(memory)) ? errno : 0;
}

/* hugetlb is left out: its mappings are not split here, and its pages are resident. */
HP_CASES(lock, "mlock of the middle with failing allocations loses no data",
	 hp_sweep_huge_kinds, kind)
{
	/* mlock(2): EAGAIN means that pages could not be made resident. */
	hp_sweep_run(kind, &(struct hp_sweep){.act = lock_middle,
					      .after = check_all,
					      .errors = {EAGAIN}});
}

HP_PROGRAM(.summary = "failed mmap, munmap, mprotect and mlock change nothing",
	   .page_sizes = HP_PMD_SIZE, .seconds = 120, .log_allows = HP_SWEEP_LINES,
	   .needs = HP_NEEDS("fault-injection", "pagemap", "thp", "pool:control",
			     "hugetlb:8"),
	   .sources = HP_SOURCES(
		   {"doc", "Documentation/fault-injection/fault-injection.rst", "fail-nth"},
		   {"man", "mmap(2)", "ENOMEM"},
		   {"doc", "Documentation/mm/hugetlbfs_reserv.rst"}))
