// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Where no free block is large enough for a THP, "defrag" decides which faults compact
 * memory directly: all with always, those with MADV_HUGEPAGE with madvise and
 * defer+madvise, none with defer and never.
 */
#include "hugeproof.h"

#include <inttypes.h>

#define KEPT        32  /* base pages, of which one stays allocated */
#define SPARE_MB    160 /* left unfragmented */
#define MOST_BLOCKS 256

static long vmstat(const char *name)
{
	char text[16384];
	long count;

	hp_thp_kb(); /* folds the per-CPU counters */
	hp_require(hp_read_text("/proc/vmstat", text, sizeof(text)) > 0,
		   "cannot read /proc/vmstat");
	count = hp_field(text, name);
	hp_require(count >= 0, "/proc/vmstat has no %s", name);
	return count;
}

static uint64_t free_mb(void)
{
	return (uint64_t)hp_meminfo_kb("MemFree") / 1024;
}

/* Afterwards most memory is free, but a page of each huge-page-sized block is allocated. */
static void fragment(void)
{
	const uint64_t mb = 1024 * 1024, most = SIZE_MAX / 2, free = free_mb();
	const uint64_t least = SPARE_MB + 4 * hp_pmd_size / mb;
	struct hp_area *all;
	size_t bytes;

	if (free < least || free - SPARE_MB > most / mb)
		hp_skip_case("needs from %" PRIu64 " to %" PRIu64
			     " MB of free memory, most of which it maps, and has %" PRIu64
			     ": run it in a guest of 2 GB",
			     least, most / mb + SPARE_MB, free);
	hp_step("memory is fragmented");
	bytes = (size_t)((free - SPARE_MB) * mb);
	bytes -= bytes % hp_pmd_size;
	all = hp_map_base_pages(bytes / hp_base_size);
	hp_touch(all);
	for (size_t i = 0; i < bytes; i += KEPT * hp_base_size)
		hp_check_ok(madvise(all->addr + i + hp_base_size, (KEPT - 1) * hp_base_size,
				    MADV_DONTNEED));
}

/* Allocates the remaining free blocks, so that the next fault finds none. */
static void take_blocks(void)
{
	/* No more than fit into memory, or overcommit_memory refuses the mapping. */
	const uint64_t fit = free_mb() * 1024 * 1024 / hp_pmd_size + 1;
	struct hp_area *area = hp_map_thp(fit < MOST_BLOCKS ? (size_t)fit : MOST_BLOCKS);

	hp_step("the remaining free blocks are allocated");
	hp_thp_setting("defrag", "never");
	for (size_t page = 0; page < hp_pages(area); page++) {
		*(volatile char *)hp_page(area, page) = 1;
		if (hp_folio_size(hp_page(area, page)) < hp_pmd_size)
			return;
	}
	hp_skip_case(
		"needs memory without free blocks of %zu MB, and %zu were free: run it "
		"in a guest of 2 GB",
		hp_pmd_size >> 20, hp_pages(area));
}

static const struct mode {
	struct hp_variant variant;
	bool advised,
		plain; /* whether faults with and without MADV_HUGEPAGE compact directly */
	const char *word;
} modes[] = {
	{{"always", "always, all faults compact directly"}, true, true, "always"},
	{{"defer", "defer, no fault compacts directly"}, false, false, "defer"},
	{{"defer_madvise", "defer+madvise, faults with MADV_HUGEPAGE compact directly"},
	 true,
	 false,
	 "defer+madvise"},
	{{"madvise", "madvise, faults with MADV_HUGEPAGE compact directly"},
	 true,
	 false,
	 "madvise"},
	{{"never", "never, no fault compacts directly"}, false, false, "never"},
};

struct seen {
	long stalls;
	bool huge;
};

static struct seen fault(const char *word, bool advised)
{
	struct hp_area *area = hp_map_anon(hp_pmd_size);
	struct seen seen;

	take_blocks();
	if (advised)
		hp_check_ok(madvise(area->addr, area->size, MADV_HUGEPAGE));
	hp_thp_setting("defrag", word);
	seen.stalls = vmstat("compact_stall");
	hp_step("a fault, %s", advised ? "advised" : "not advised");
	*(volatile char *)area->addr = 1;
	seen.stalls = vmstat("compact_stall") - seen.stalls;
	seen.huge = hp_mapped_huge(area) > 0;
	hp_observed(advised ? "advised" : "not advised", "%ld stalls, %s", seen.stalls,
		    seen.huge ? "huge" : "base pages");
	return seen;
}

/* A fault that compacts directly counts a stall, whether it succeeds or not. */
static void check_waits(const char *word, bool advised, bool waits)
{
	struct seen seen = fault(word, advised);

	/* If another process freed a block meanwhile, there is no reason to compact. */
	for (int more = 0; waits && more < 20 && seen.huge && !seen.stalls; more++)
		seen = fault(word, advised);
	hp_require(!waits || !seen.huge || seen.stalls,
		   "a free block of that size is found each time");
	if (waits)
		hp_check(seen.stalls > 0);
	else
		hp_check_eq(seen.stalls, 0);
}

HP_ROW_CASES(defrag, "with defrag=%s", modes, mode)
{
	if (!hp_counters_exact())
		hp_skip_case("needs a machine whose memory no other process uses: run it "
			     "in the lab");
	hp_thp_enabled("always");
	hp_khugepaged_calm();
	hp_setting("/proc/sys/vm/compaction_proactiveness", "0");
	fragment();
	check_waits(mode->word, true, mode->advised);
	check_waits(mode->word, false, mode->plain);
}

HP_PROGRAM(.summary = "defrag decides which faults compact memory directly",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root", "pagemap"),
	   .seconds = 60,
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/transhuge.rst",
				  "Global THP controls"}))
