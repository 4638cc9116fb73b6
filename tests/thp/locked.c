// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mlocked memory is counted once: for the process in VmLck, in smaps as Locked, for the
 * machine as Mlocked; after munlock or munmap all of them return to their values.
 */
#include "hugeproof.h"

#include <numaif.h>

/* Mlocked of the machine, in kB: in the lab's guest no other process locks memory. */
static long mlocked_kb(void)
{
	int node = 0;

	/* move_pages of no pages drains the per-CPU LRU batches. */
	move_pages(0, 0, NULL, &node, &node, MPOL_MF_MOVE);
	hp_thp_kb(); /* folds the per-CPU counters */
	return hp_meminfo_kb("Mlocked");
}

/* What was locked before the case began. */
struct locked {
	long machine, process;
};

static struct locked begin(void)
{
	hp_khugepaged_calm();
	return (struct locked){mlocked_kb(), hp_own_status().vm_locked};
}

/* The process has `bytes` more locked, and the machine between `least` and `most`. */
static void check_locked(struct locked start, size_t bytes, size_t least, size_t most)
{
	hp_check_eq(hp_own_status().vm_locked - start.process, bytes / 1024);
	if (hp_counters_exact())
		hp_check_range(mlocked_kb() - start.machine, least / 1024, most / 1024);
}

static bool counts(enum hp_memory memory)
{
	return memory !=
	       HP_MEMORY_HUGETLB; /* which is not on the LRU lists, and not counted */
}

static bool huge(enum hp_memory memory, const struct hp_area *area)
{
	return (memory != HP_MEMORY_THP && memory != HP_MEMORY_TMPFS) ||
	       hp_mapped_huge(area) == area->size;
}

HP_CASES(whole, "mlock and munlock of a whole mapping count its bytes once",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = hp_map_filled(kind->memory, hp_pmd_size, 'l');
	struct locked start = begin();
	size_t bytes = counts(kind->memory) ? area->size : 0;

	for (int twice = 0; twice < 2; twice++) {
		hp_check_ok(mlock(area->addr, area->size));
		check_locked(start, bytes, bytes, bytes);
		hp_check_eq(hp_area_smaps(area).locked, bytes / 1024);
	}
	hp_check(huge(kind->memory, area));
	hp_check_ok(munlock(area->addr, area->size));
	check_locked(start, 0, 0, 0);
	hp_check_eq(hp_area_smaps(area).locked, 0);
	hp_check(huge(kind->memory, area));
	hp_check_filled(area, 'l');
}

/*
 * For a partly mlocked THP the machine may count all of it, the mlocked part, or nothing.
 */
HP_CASES(part, "mlock of a part of huge pages counts that part, until all is unlocked",
	 hp_swappable_kinds, way)
{
	struct hp_area *area = hp_map_filled(way->memory, 2 * hp_pmd_size, 'l');
	struct locked start = begin();
	size_t at = 3 * hp_base_size, bytes = hp_pmd_size + 5 * hp_base_size;
	bool small = way->memory == HP_MEMORY_BASE;

	hp_check_ok(mlock(area->addr + at, bytes));
	check_locked(start, bytes, small ? bytes : 0, small ? bytes : area->size);
	hp_check_filled(area, 'l');
	hp_check_eq(hp_area_smaps(area).locked, bytes / 1024);
	hp_check_ok(munlock(area->addr, area->size));
	check_locked(start, 0, 0, 0);
	hp_check_eq(hp_area_smaps(area).locked, 0);
	hp_check_filled(area, 'l');
}

HP_CASES(holes, "munlock of a part of a huge page leaves the rest mlocked",
	 hp_swappable_kinds, way)
{
	struct hp_area *area = hp_map_filled(way->memory, hp_pmd_size, 'l');
	struct locked start = begin();
	size_t at = area->size / 2, bytes = 7 * hp_base_size, rest = area->size - bytes;
	bool small = way->memory == HP_MEMORY_BASE;

	hp_check_ok(mlock(area->addr, area->size));
	hp_check_ok(munlock(area->addr + at, bytes));
	check_locked(start, rest, small ? rest : 0, small ? rest : area->size);
	/*
	 * After the split, a huge page of a file is only mapped again by the next access.
	 */
	hp_check_filled(area, 'l');
	hp_check_eq(hp_area_smaps(area).locked, rest / 1024);
	hp_check_ok(munmap(area->addr + at, bytes));
	check_locked(start, rest, small ? rest : 0, small ? rest : area->size);
	hp_check_filled_around(area, hp_part(area, at, bytes), 'l');
	hp_check_ok(munmap(area->addr, area->size));
	check_locked(start, 0, 0, 0);
}

/* The machine may count huge pages of a file only when reclaim scans them (mm/rmap.c). */
HP_CASES(on_fault, "MLOCK_ONFAULT populates nothing, and locks pages as they are touched",
	 hp_swappable_kinds, way)
{
	struct hp_area *area = hp_map_memory(way->memory, hp_pmd_size);
	struct locked start = begin();
	bool small = way->memory == HP_MEMORY_BASE;
	size_t least = small ? hp_base_size : 0;
	struct hp_smaps map;

	hp_check_ok(mlock2(area->addr, area->size, MLOCK_ONFAULT));
	check_locked(start, area->size, 0, 0);
	hp_check_eq(hp_area_smaps(area).rss, 0);
	*(volatile char *)area->addr = 1;
	map = hp_area_smaps(area);
	hp_check(map.rss > 0);
	hp_check_eq(map.locked, map.rss);
	check_locked(start, area->size, least, (size_t)map.rss * 1024);
	hp_populate(way->memory, area);
	check_locked(start, area->size, small ? area->size : 0, area->size);
	hp_check_ok(munlock(area->addr, area->size));
	check_locked(start, 0, 0, 0);
}

static void child_has_none(void *arg)
{
	const struct hp_area *area = arg;

	hp_check_eq(hp_own_status().vm_locked, 0);
	hp_check_eq(hp_area_smaps(area).locked, 0);
	hp_check_filled(area, 'l');
}

HP_CASES(forked,
	 "a child inherits no mlocked memory, and its exit unlocks none of its parent's",
	 hp_swappable_kinds, way)
{
	struct hp_area *area = hp_map_filled(way->memory, hp_pmd_size, 'l');
	struct locked start = begin();

	hp_check_ok(mlock(area->addr, area->size));
	check_locked(start, area->size, area->size, area->size);
	hp_wait_ok(hp_fork(child_has_none, area));
	check_locked(start, area->size, area->size, area->size);
	hp_unmap(area);
	check_locked(start, 0, 0, 0);
}

HP_CASES(dropped,
	 "mlocked memory cannot be dropped (EINVAL) except by MADV_DONTNEED_LOCKED",
	 hp_swappable_kinds, way)
{
	struct hp_area *area = hp_map_filled(way->memory, hp_pmd_size, 'l');
	struct locked start = begin();
	static const int advices[] = {MADV_DONTNEED, MADV_PAGEOUT, MADV_COLD, MADV_REMOVE};

	hp_check_ok(mlock(area->addr, area->size));
	for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
		hp_check_errno(madvise(area->addr, area->size, advices[i]), EINVAL);
	check_locked(start, area->size, area->size, area->size);
	hp_check_filled(area, 'l');
	if (way->memory == HP_MEMORY_TMPFS)
		return;
	hp_need_advice(MADV_DONTNEED_LOCKED, "MADV_DONTNEED_LOCKED (Linux 5.18)");
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED_LOCKED));
	check_locked(start, area->size, 0, 0);
	hp_populate(way->memory, area);
	check_locked(start, area->size, 0, area->size);
	hp_unmap(area);
	check_locked(start, 0, 0, 0);
}

HP_CASE(split, "a split of an mlocked THP leaves all of its base pages mlocked")
{
	struct hp_area *area = hp_map_filled(HP_MEMORY_THP, hp_pmd_size, 'l');
	struct locked start = begin();

	hp_check_ok(mlock(area->addr, area->size));
	hp_split_to_base(area);
	check_locked(start, area->size, area->size, area->size);
	hp_check_eq(hp_area_smaps(area).locked, area->size / 1024);
	hp_check_ok(munlock(area->addr, area->size / 2));
	check_locked(start, area->size / 2, area->size / 2, area->size / 2);
	hp_check_filled(area, 'l');
	hp_unmap(area);
	check_locked(start, 0, 0, 0);
}

HP_CASE(collapsed, "a collapse of mlocked base pages leaves the THP mlocked")
{
	struct hp_area *area = hp_map_anon(hp_pmd_size);
	struct locked start;

	hp_check_ok(madvise(area->addr, area->size, MADV_NOHUGEPAGE));
	hp_fill(area, 'l');
	start = begin();
	hp_check_ok(mlock(area->addr, area->size));
	check_locked(start, area->size, area->size, area->size);
	hp_check_ok(madvise(area->addr, area->size, MADV_HUGEPAGE));
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), area->size);
	check_locked(start, area->size, area->size, area->size);
	hp_check_filled(area, 'l');
	hp_check_ok(munlock(area->addr, area->size));
	check_locked(start, 0, 0, 0);
}

HP_PROGRAM(.summary = "mlocked memory of every kind of page is counted once",
	   .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("hugetlb:1", "thp", "root", "pagemap", "cap:ipc_lock"),
	   .seconds = 20,
	   .sources = HP_SOURCES({"man", "mlock(2)"},
				 {"doc", "Documentation/mm/unevictable-lru.rst"}))
