// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * /proc/PID/clear_refs clears the accessed bits of the pages that it is asked for, so that
 * smaps does not count them as Referenced until they are touched again.
 */
#include "hugeproof.h"

static struct hp_area *filled(const struct hp_memory_kind *kind)
{
	struct hp_area *area;

	hp_khugepaged_calm();
	area = hp_map_filled(kind->memory, hp_pmd_size, 'y');
	hp_drain_lru();
	return area;
}

static long referenced(const struct hp_area *area)
{
	return hp_area_smaps(area).referenced;
}

/*
 * Makes all of the area referenced. Reclaim (multi-generational LRU) may clear accessed
 * bits at any time, so that it repeats the write until smaps agrees.
 */
static void refer(const struct hp_area *area)
{
	hp_eventually((hp_empty_tlb(), hp_fill(area, 'y'),
		       referenced(area) == (long)(area->size / 1024)),
		      1);
}

static void check_comes_back(const struct hp_area *area, size_t touched, long least,
			     long most)
{
	long got;

	hp_eventually((hp_empty_tlb(), (void)*(volatile char *)(area->addr + touched),
		       got = referenced(area), got >= least),
		      1);
	hp_check_range(got, least, most);
}

/* The most that one touch can mark as referenced: all that one entry maps, or may map. */
static size_t by_one_touch(const struct hp_area *area, const struct hp_memory_kind *kind)
{
	return kind->memory == HP_MEMORY_BASE ? hp_base_size : area->page_size;
}

HP_CASES(cleared,
	 "clear_refs 1 clears Referenced, and a touch sets it for its page or huge page",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area = filled(kind);
	long kb = (long)(area->size / 1024);
	long most = (long)(by_one_touch(area, kind) / 1024);
	long least = kind->memory == HP_MEMORY_MTHP ? hp_base_kb() : most;

	refer(area);
	hp_clear_refs("1");
	hp_check_eq(referenced(area), 0);
	check_comes_back(area, area->size - 1, least, most);
	hp_clear_refs("1");
	hp_check_eq(referenced(area), 0);
	hp_check_filled(area, 'y');
	refer(area);
	hp_check_eq(hp_area_smaps(area).rss, kb);
	hp_check_filled(area, 'y');
}

HP_CASES(split, "clear_refs 1 clears Referenced of pages whose PMD mapping was split",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area = filled(kind);
	size_t half = area->size / 2;

	hp_check_ok(mprotect(area->addr, half, PROT_READ));
	hp_check_ok(mprotect(area->addr, half, PROT_READ | PROT_WRITE));
	/*
	 * The split unmaps a file's huge page; its PTEs are young when it is mapped again.
	 */
	if (kind->memory == HP_MEMORY_TMPFS)
		hp_check_filled(area, 'y');
	refer(area);
	hp_clear_refs("1");
	hp_check_eq(referenced(area), 0);
	refer(area);
	hp_check_filled(area, 'y');
}

static const struct which {
	struct hp_variant variant;
	const char *anon, *file; /* values of clear_refs that clear Referenced */
} whiches[] = {
	{{"anon", "clear_refs 2 clears Referenced of anonymous memory only"}, "2", NULL},
	{{"files", "clear_refs 3 clears Referenced of files only"}, NULL, "3"},
};

HP_NAMED_CASES(chosen, whiches, which)
{
	for (size_t i = 0; i < 4; i++) {
		struct hp_area *area = filled(&hp_swappable_kinds[i]);
		bool file = hp_swappable_kinds[i].memory == HP_MEMORY_TMPFS;
		const char *what = which->anon ? which->anon : which->file;

		hp_step("%s", hp_swappable_kinds[i].variant.summary);
		if (file == !which->anon) {
			hp_clear_refs(what);
			hp_check_eq(referenced(area), 0);
		} else {
			/* Reclaim may clear it as well, but not each time. */
			hp_eventually((hp_empty_tlb(), hp_fill(area, 'y'),
				       hp_clear_refs(what), referenced(area) != 0),
				      1);
		}
		hp_check_filled(area, 'y');
	}
}

HP_PROGRAM(.summary = "clear_refs clears Referenced in smaps until pages are touched",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"doc", "Documentation/filesystems/proc.rst",
				  "/proc/PID/clear_refs"}))
