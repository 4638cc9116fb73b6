// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * MADV_PAGEOUT swaps out the requested range, whole huge pages and parts, and its contents
 * come back. MADV_COLD deactivates pages and changes nothing else.
 */
#include "hugeproof.h"

/* A part of the area: some base pages, not aligned to huge pages. */
#define AT    (hp_pmd_size / 4 + 3 * hp_base_size)
#define BYTES (9 * hp_base_size)

static struct hp_area *filled(enum hp_memory memory)
{
	struct hp_area *area;

	hp_khugepaged_calm();
	area = hp_map_filled(memory, hp_pmd_size, 'o');
	hp_drain_lru();
	return area;
}

static long kb(const struct hp_area *area)
{
	return (long)(area->size / 1024);
}

static void page_out_once(const struct hp_area *area)
{
	hp_check_ok(madvise(area->addr, area->size, MADV_PAGEOUT));
}

HP_CASES(whole, "MADV_PAGEOUT swaps out all pages, and reads and writes bring them back",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area;

	hp_case_needs("swap");
	area = filled(kind->memory);
	for (int i = 0; i < 2; i++) {
		hp_swap_out(area);
		hp_check_eq(hp_area_smaps(area).rss, 0);
		hp_check_filled(area, 'o');
		hp_check_eq(hp_area_smaps(area).rss, kb(area));
		hp_check_eq(hp_area_smaps(area).swap, 0);
	}
	hp_page_out(area);
	hp_fill(hp_part(area, AT, BYTES), 'w');
	hp_check_filled(hp_part(area, AT, BYTES), 'w');
	hp_check_filled_around(area, hp_part(area, AT, BYTES), 'o');
	/* A page that was written since is swapped out with its new contents. */
	hp_page_out(area);
	hp_check_filled(hp_part(area, AT, BYTES), 'w');
	hp_check_filled_around(area, hp_part(area, AT, BYTES), 'o');
}

HP_CASES(part, "MADV_PAGEOUT of a part of huge pages swaps out only that part",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area, part;

	hp_case_needs("swap");
	area = filled(kind->memory);
	part = hp_part_of(area, AT, BYTES);
	/* The split of a file's huge page unmaps it, and unmapped pages are skipped. */
	hp_eventually((hp_fill(&part, 'o'), page_out_once(&part),
		       hp_area_smaps(area).swap == kb(&part)),
		      1);
	hp_check_eq(hp_sum_pages(&part).present, 0);
	if (kind->memory != HP_MEMORY_TMPFS) {
		hp_check_eq(hp_sum_pages(&part).swapped, hp_base_pages(&part));
		hp_check_eq(hp_sum_pages(area).swapped, hp_base_pages(&part));
		hp_check_eq(hp_area_smaps(area).rss, kb(area) - kb(&part));
	}
	hp_check_filled_around(area, &part, 'o');
	hp_check_eq(hp_area_smaps(area).swap, kb(&part));
	hp_check_filled(area, 'o');
	hp_check_eq(hp_area_smaps(area).swap, 0);
}

HP_CASES(unmapped_in_swap,
	 "munmap of a part of swapped-out pages frees their swap, and the rest comes back",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area;

	hp_case_needs("swap");
	area = filled(kind->memory);
	hp_page_out(area);
	hp_check_ok(munmap(area->addr + AT, BYTES));
	if (kind->memory != HP_MEMORY_TMPFS)
		hp_check_eq(hp_area_smaps(area).swap, kb(area) - (long)(BYTES / 1024));
	hp_check_filled_around(area, hp_part(area, AT, BYTES), 'o');
}

static void read_all(void *arg)
{
	hp_check_filled((struct hp_area *)arg, 'o');
}

static void write_all(void *arg)
{
	hp_check_filled((struct hp_area *)arg, 'o');
	hp_fill((struct hp_area *)arg, 'c');
	page_out_once(arg);
	hp_check_filled((struct hp_area *)arg, 'c');
}

HP_CASES(forked_in_swap,
	 "a child gets the swapped-out contents at fork, and its writes stay its own",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area;
	bool shared = kind->memory == HP_MEMORY_TMPFS;

	hp_case_needs("swap");
	area = filled(kind->memory);
	hp_page_out(area);
	hp_wait_ok(hp_fork(read_all, area));
	hp_page_out(area);
	hp_wait_ok(hp_fork(write_all, area));
	hp_check_filled(area, shared ? 'c' : 'o');
}

HP_CASES(shared_by_fork,
	 "MADV_PAGEOUT of pages that fork shares keeps them for parent and child",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area = filled(kind->memory);
	struct hp_paused *child = hp_fork_paused(read_all, read_all, area);

	page_out_once(area);
	page_out_once(hp_part(area, AT, BYTES));
	hp_check_filled(area, 'o');
	hp_resume_ok(child);
	page_out_once(area);
	hp_check_filled(area, 'o');
}

HP_CASES(pinned,
	 "MADV_PAGEOUT leaves pinned pages in place, and swaps them out once unpinned",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area;
	struct hp_ring *ring = hp_ring_open();
	uint64_t *at, frame, word = 77, seen = 0;

	hp_case_needs("swap");
	area = filled(kind->memory);
	at = (uint64_t *)(area->addr + AT);
	hp_check_eq(hp_ring_pin(ring, area->addr, area->size), 0);
	frame = hp_pfn(at);
	page_out_once(hp_part(area, AT, BYTES));
	page_out_once(area);
	hp_check_eq(hp_ring_store(ring, &at, &word, 1), 0);
	hp_check_eq(*at, word);
	hp_check_eq(hp_pfn(at), frame);
	*at = 78;
	hp_check_eq(hp_ring_load(ring, &at, &seen, 1), 0);
	hp_check_eq(seen, 78);
	hp_check_eq(hp_ring_store(ring, &at, &word, 1), 0);
	hp_ring_release(ring);
	hp_page_out(area);
	hp_check_eq(*at, word);
	hp_check_filled_around(area, hp_part(area, AT, sizeof(word)), 'o');
}

HP_CASES(read_only, "read-only memory comes back from swap read-only", hp_swappable_kinds,
	 kind)
{
	struct hp_area *area;

	hp_case_needs("swap");
	area = filled(kind->memory);
	hp_protect(area, PROT_READ);
	hp_page_out(area);
	hp_check_filled(area, 'o');
	for (size_t at = 0; at < area->size; at += 73 * hp_base_size)
		hp_check_fault(area, area->addr + at, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_page_out(area);
	hp_protect(area, PROT_READ | PROT_WRITE);
	hp_check_filled(area, 'o');
	hp_fill(area, 'w');
	hp_page_out(area);
	hp_check_filled(area, 'w');
}

HP_CASES(moved_in_swap, "mremap moves swapped-out pages", hp_swappable_kinds, kind)
{
	struct hp_area *area, *to;
	char *from;

	hp_case_needs("swap");
	area = filled(kind->memory);
	from = area->addr;
	hp_page_out(area);
	to = hp_map_anon(area->size);
	hp_check_ok(mremap(area->addr, area->size, area->size,
			   MREMAP_MAYMOVE | MREMAP_FIXED, to->addr));
	area->addr = to->addr;
	hp_check_filled(area, 'o');
	hp_check_fault(area, from, HP_READ, SIGSEGV, SEGV_MAPERR);
}

HP_CASES(cold, "MADV_COLD clears Referenced in smaps and changes nothing else",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area = filled(kind->memory);

	/* Reclaim (multi-generational LRU) may clear accessed bits at any time. */
	hp_eventually((hp_empty_tlb(), hp_fill(area, 'o'),
		       hp_area_smaps(area).referenced == kb(area)),
		      1);
	/* Pages that another CPU has not yet put on the LRU list are skipped. */
	hp_eventually((hp_check_ok(madvise(area->addr, area->size, MADV_COLD)),
		       hp_area_smaps(area).referenced == 0),
		      1);
	hp_check_eq(hp_area_smaps(area).rss, kb(area));
	hp_eventually((hp_empty_tlb(), hp_check_filled(area, 'o'),
		       hp_area_smaps(area).referenced == kb(area)),
		      1);
}

HP_CASES(cold_part, "MADV_COLD of a part of huge pages keeps all contents",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area = filled(kind->memory);

	hp_check_ok(madvise(area->addr + AT, BYTES, MADV_COLD));
	hp_check_filled(area, 'o');
	hp_fill(area, 'w');
	hp_check_ok(madvise(area->addr + AT, BYTES, MADV_COLD));
	hp_check_filled(area, 'w');
	if (kind->memory != HP_MEMORY_TMPFS)
		hp_check_eq(hp_area_smaps(area).rss, kb(area));
}

static const struct refusal {
	struct hp_variant variant;
	enum hp_memory memory;
	int advice;
} refusals[] = {
	{{"cold_mthp", "MADV_COLD, 64 kB"}, HP_MEMORY_MTHP, MADV_COLD},
	{{"cold_thp", "MADV_COLD, a THP"}, HP_MEMORY_THP, MADV_COLD},
	{{"cold_tmpfs", "MADV_COLD, huge tmpfs"}, HP_MEMORY_TMPFS, MADV_COLD},
	{{"pageout_mthp", "MADV_PAGEOUT, 64 kB"}, HP_MEMORY_MTHP, MADV_PAGEOUT},
	{{"pageout_thp", "MADV_PAGEOUT, a THP"}, HP_MEMORY_THP, MADV_PAGEOUT},
	{{"pageout_tmpfs", "MADV_PAGEOUT, huge tmpfs"}, HP_MEMORY_TMPFS, MADV_PAGEOUT},
};

HP_CASES(locked, "advice is refused (EINVAL) for mlocked memory, which stays resident",
	 refusals, refusal)
{
	struct hp_area *area = filled(refusal->memory);

	hp_check_ok(mlock(area->addr, area->size));
	hp_check_errno(madvise(area->addr, area->size, refusal->advice), EINVAL);
	hp_check_errno(madvise(area->addr + AT, BYTES, refusal->advice), EINVAL);
	hp_check_eq(hp_area_smaps(area).rss, kb(area));
	hp_check_filled(area, 'o');
}

HP_PROGRAM(.summary = "MADV_PAGEOUT and MADV_COLD lose no contents",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"man", "madvise(2)", "MADV_PAGEOUT, MADV_COLD"},
				 {"doc", "Documentation/filesystems/proc.rst", "smaps"}))
