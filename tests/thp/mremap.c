// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mremap moves a THP by its PMD where the old and new address have the same alignment, and
 * by PTEs where they do not: the contents move in both cases.
 */
#include "hugeproof.h"

/* Reserves addresses `past` bytes after a multiple of the THP size. */
static char *room(size_t bytes, size_t past)
{
	struct hp_area *area = hp_map_anon(bytes + hp_pmd_size);

	hp_protect(area, PROT_NONE);
	return area->addr + past;
}

static struct hp_area *filled(size_t pages)
{
	struct hp_area *area = hp_map_thp(pages);

	hp_fill(area, 'r');
	hp_khugepaged_calm();
	hp_require_huge(area);
	return area;
}

static void move(struct hp_area *area, char *to)
{
	char *from = area->addr;

	hp_check_ok(
		mremap(from, area->size, area->size, MREMAP_MAYMOVE | MREMAP_FIXED, to));
	hp_check_fault(area, from, HP_READ, SIGSEGV, SEGV_MAPERR);
	hp_check_fault(area, from + area->size - 1, HP_READ, SIGSEGV, SEGV_MAPERR);
	area->addr = to;
}

HP_CASE(aligned, "mremap to an aligned address moves a THP by its PMD, in the same frame")
{
	struct hp_area *area = filled(2);
	struct hp_vmstat start = hp_events();
	uint64_t frame = hp_pfn(area->addr);

	move(area, room(area->size, 0));
	hp_check_filled(area, 'r');
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_unmoved(hp_pfn(area->addr) == frame);
	hp_check_event(start, "thp_split_pmd", 0);
	hp_check_writable(area, 's');
	hp_check_unmoved(hp_pfn(area->addr) == frame);
}

HP_CASE(unaligned, "mremap to an unaligned address moves a THP by PTEs, in the same frames")
{
	struct hp_area *area = filled(1);
	uint64_t frame = hp_pfn(area->addr);

	move(area, room(area->size, 3 * hp_base_size));
	hp_check_filled(area, 'r');
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_unmoved(hp_pfn(area->addr) == frame);
	hp_check_unmoved(hp_pfn(area->addr + area->size - hp_base_size) ==
			 frame + area->size / hp_base_size - 1);
	hp_check_eq(hp_folio_size(area->addr), area->page_size);
}

static void moves(void *arg)
{
	struct hp_area *area = arg;

	move(area, room(area->size, 0));
	hp_check_filled(area, 'r');
	hp_check_writable(area, 'c');
}

HP_CASE(forked, "a child's mremap and writes of a shared THP do not affect its parent")
{
	struct hp_area *area = filled(1);

	hp_wait_ok(hp_fork(moves, area));
	hp_check_filled(area, 'r');
	hp_check_eq(hp_mapped_huge(area), area->size);
}

HP_CASE(grown, "mremap that grows a mapping moves its THP and appends zeros")
{
	struct hp_area *area = filled(1);
	size_t thp = area->page_size;
	char *to = room(2 * thp, 0);

	/* Reads then map the zero page. */
	hp_thp_setting("use_zero_page", "1");
	hp_check_ok(mremap(area->addr, thp, 2 * thp, MREMAP_MAYMOVE | MREMAP_FIXED, to));
	area->addr = to;
	hp_check_filled(area, 'r');
	area->size = 2 * thp;
	hp_check_zeros(hp_nth_page(area, 1));
	if (hp_is_zero_page(to + thp))
		hp_check_eq(hp_mapped_huge(area), thp);
	else /* The kernel may have disabled the zero page. */
		hp_check_eq(hp_made_huge(area), 2 * thp);
}

HP_CASE(shrunk_in_the_middle,
	"mremap that shrinks a mapping to a part of a THP keeps that part")
{
	struct hp_area *area = filled(1);
	size_t half = area->size / 2;

	hp_check_ok(mremap(area->addr, area->size, half, 0));
	hp_check_fault(area, area->addr + half, HP_READ, SIGSEGV, SEGV_MAPERR);
	area->size = half;
	hp_check_filled(area, 'r');
	hp_check_eq(hp_mapped_huge(area), 0);
}

HP_CASES(duplicated,
	 "mremap of length 0 duplicates a shared mapping, and refuses a private one",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area, twice;
	void *got;

	if (kind->memory == HP_MEMORY_TMPFS)
		hp_case_needs("root");
	area = hp_map_filled(kind->memory, hp_pmd_size, 'd');
	if (kind->memory != HP_MEMORY_TMPFS) {
		hp_check_errno(mremap(area->addr, 0, area->size, MREMAP_MAYMOVE), EINVAL);
		hp_check_filled(area, 'd');
		return;
	}
	got = hp_check_ok(mremap(area->addr, 0, area->size, MREMAP_MAYMOVE));
	twice = hp_area_at(got, area->size, area->page_size);
	hp_check(twice.addr != area->addr);
	hp_check_filled(&twice, 'd');
	hp_fill(&twice, 'e');
	hp_check_filled(area, 'e');
}

HP_PROGRAM(.summary = "mremap moves a THP, by its PMD if the addresses allow it",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap"),
	   .sources = HP_SOURCES({"man", "mremap(2)"},
				 {"lore", "20110311020410.GH5641@random.random",
				  "thp: mremap support and TLB optimization"}))
