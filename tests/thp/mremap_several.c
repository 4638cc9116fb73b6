// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mremap with MREMAP_FIXED moves several mappings at once, whatever their pages are, and
 * the gaps between them: huge pages stay huge, and no byte is lost. Where one of them
 * cannot be moved, every page is at one of the two places.
 */
#include "hugeproof.h"

#include <sys/syscall.h>

static void need_several(void)
{
	if (!hp_kernel_from(6, 17))
		hp_skip_case(
			"needs mremap of several mappings at once (Linux 6.17): run it "
			"on a newer kernel");
	hp_khugepaged_calm();
}

static void *move(const struct hp_area *area, char *to)
{
	return mremap(area->addr, area->size, area->size, MREMAP_MAYMOVE | MREMAP_FIXED,
		      to);
}

/* Addresses of that many bytes, at a multiple of what a PMD maps, where nothing is mapped.
 */
static char *nowhere(size_t bytes)
{
	char *to = hp_free_addresses(bytes, hp_pmd_size);

	hp_check_ok(munmap(to, bytes));
	return to;
}

static void check_gone(const struct hp_area *area)
{
	for (size_t at = 0; at < area->size; at += hp_pmd_size / 2)
		hp_check_fault(area, area->addr + at, HP_READ, SIGSEGV, SEGV_MAPERR);
	hp_check_fault(area, area->addr + area->size - 1, HP_READ, SIGSEGV, SEGV_MAPERR);
}

/* One huge page's size of every kind, side by side, filled as one. */
static struct hp_area *neighbours(void)
{
	struct hp_area *area;

	need_several();
	area = hp_map_neighbours();
	hp_fill(area, 'm');
	return area;
}

/* What the folios of the kinds are, in their order. */
static void check_folios(const struct hp_area *area, const size_t *sizes)
{
	for (int kind = 0; kind < HP_MEMORIES; kind++)
		hp_check_eq(hp_folio_size(area->addr + (size_t)kind * hp_pmd_size),
			    sizes[kind]);
}

HP_CASE(all_kinds, "memory of every kind of page, side by side")
{
	struct hp_area *area = neighbours();
	struct hp_area from = *area;
	size_t sizes[HP_MEMORIES], huge = hp_mapped_huge(area);
	uint64_t frame = hp_pfn(area->addr + HP_MEMORY_THP * hp_pmd_size);
	char *to = nowhere(area->size);

	for (int kind = 0; kind < HP_MEMORIES; kind++)
		sizes[kind] = hp_folio_size(area->addr + (size_t)kind * hp_pmd_size);
	hp_check(move(area, to) == to);
	area->addr = to;
	check_gone(&from);
	hp_check_filled(area, 'm');
	check_folios(area, sizes);
	hp_check_eq(hp_mapped_huge(area), huge);
	hp_check_unmoved(hp_pfn(area->addr + HP_MEMORY_THP * hp_pmd_size) == frame);
	hp_check_writable(area, 'n');
}

HP_CASE(shifted, "to a place that lies otherwise than huge pages do (without hugetlb)")
{
	struct hp_area *area = neighbours(), from;
	char *to = nowhere(area->size + hp_pmd_size) + 3 * hp_base_size;

	hp_check_ok(munmap(area->addr + HP_MEMORY_HUGETLB * hp_pmd_size, hp_pmd_size));
	area->size = HP_MEMORY_HUGETLB * hp_pmd_size;
	from = *area;
	hp_check(move(area, to) == to);
	area->addr = to;
	check_gone(&from);
	hp_check_filled(area, 'm');
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_writable(area, 'n');
}

HP_CASE(part, "from within the first of them to within the last: the rest stays")
{
	struct hp_area *area = neighbours(), first, last, moved;
	size_t half = hp_pmd_size / 2, n = HP_MEMORY_TMPFS;
	char *to;

	/* From the middle of the base pages to the middle of the tmpfs. */
	moved = hp_part_of(area, half, n * hp_pmd_size);
	first = hp_part_of(area, 0, half);
	last = hp_part_of(area, n * hp_pmd_size + half,
			  area->size - n * hp_pmd_size - half);
	to = nowhere(moved.size + hp_pmd_size) + half;
	hp_check(move(&moved, to) == to);
	check_gone(&moved);
	moved.addr = to;
	hp_check_filled(&moved, 'm');
	hp_check_filled(&first, 'm');
	hp_check_filled(&last, 'm');
	hp_check_writable(&moved, 'n');
	hp_check_filled(&first, 'm');
	hp_check_filled(&last, 'm');
}

/* Three THPs with gaps of a base page's and of a huge page's size at least between them. */
static struct hp_area *with_gaps(struct hp_area part[3])
{
	struct hp_area *area;

	need_several();
	area = hp_filled_thp(5, 'g');
	part[0] = hp_part_of(area, 0, hp_pmd_size - hp_base_size);
	part[1] = hp_part_of(area, hp_pmd_size, hp_pmd_size);
	part[2] = hp_part_of(area, 3 * hp_pmd_size, 2 * hp_pmd_size);
	hp_check_ok(munmap(area->addr + part[0].size, hp_base_size));
	hp_check_ok(munmap(area->addr + 2 * hp_pmd_size, hp_pmd_size));
	return area;
}

static void check_parts(const struct hp_area *area, struct hp_area part[3], char *from)
{
	for (int i = 0; i < 3; i++) {
		part[i].addr = area->addr + (part[i].addr - from);
		hp_step("part %d", i);
		hp_check_filled(&part[i], 'g');
	}
	hp_check_eq(hp_mapped_huge(&part[1]), hp_pmd_size);
	hp_check_eq(hp_mapped_huge(&part[2]), 2 * hp_pmd_size);
}

HP_CASE(gaps, "gaps between them are gaps of the same size afterwards")
{
	struct hp_area part[3], *area = with_gaps(part);
	char *from = area->addr, *to = nowhere(area->size);

	hp_check(move(area, to) == to);
	check_gone(area);
	area->addr = to;
	check_parts(area, part, from);
	hp_check_fault(area, to + part[0].size, HP_READ, SIGSEGV, SEGV_MAPERR);
	hp_check_fault(area, to + 2 * hp_pmd_size, HP_READ, SIGSEGV, SEGV_MAPERR);
	hp_check_fault(area, to + 3 * hp_pmd_size - 1, HP_READ, SIGSEGV, SEGV_MAPERR);
	for (int i = 0; i < 3; i++)
		hp_check_writable(&part[i], 'h');
}

HP_CASE(gap_at_its_end, "a gap behind the last of them does not matter")
{
	struct hp_area part[3], *area = with_gaps(part), front;
	char *from = area->addr, *to = nowhere(area->size);

	front = hp_part_of(area, 0, 3 * hp_pmd_size);
	hp_check(move(&front, to) == to);
	check_gone(&front);
	hp_check_filled(&part[2], 'g');
	for (int i = 0; i < 2; i++) {
		part[i].addr = to + (part[i].addr - from);
		hp_check_filled(&part[i], 'g');
	}
}

HP_CASE(gap_at_its_begin, "EFAULT where it begins with a gap, and nothing has moved")
{
	struct hp_area part[3], *area = with_gaps(part), rest;
	char *to = nowhere(area->size);

	rest = hp_part_of(area, 2 * hp_pmd_size, 3 * hp_pmd_size);
	hp_check_errno((intptr_t)move(&rest, to), EFAULT);
	check_parts(area, part, area->addr);
}

HP_CASE(forked, "a child moves what it shares with its parent, and writes to it")
{
	struct hp_area part[3], *area = with_gaps(part);
	char *from = area->addr, *to = nowhere(area->size);

	hp_in_child() {
		hp_check(move(area, to) == to);
		area->addr = to;
		check_parts(area, part, from);
		for (int i = 0; i < 3; i++)
			hp_check_writable(&part[i], 'c');
	}
	check_parts(area, part, from);
}

HP_CASE(protections, "each keeps its protection")
{
	struct hp_area *area, half[2];
	char *to;

	need_several();
	area = hp_filled_thp(2, 'p');
	half[0] = hp_page_of(area, 0);
	half[1] = hp_page_of(area, 1);
	hp_protect(&half[1], PROT_READ);
	to = nowhere(area->size);
	hp_check(move(area, to) == to);
	area->addr = to;
	hp_check_filled(area, 'p');
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_access(to, HP_WRITE);
	hp_check_fault(area, to + hp_pmd_size, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_check_filled(hp_nth_page(area, 1), 'p');
}

HP_CASE(not_resized, "EFAULT for several that are to grow, and nothing has moved")
{
	struct hp_area part[3], *area = with_gaps(part);
	char *to = nowhere(area->size + hp_pmd_size);

	hp_check_errno((intptr_t)mremap(area->addr, area->size, area->size + hp_pmd_size,
					MREMAP_MAYMOVE | MREMAP_FIXED, to),
		       EFAULT);
	check_parts(area, part, area->addr);
}

/* Each page of the three is at the old place or at the new one, and not at both. */
static void check_at_one(struct hp_area part[3], const char *from, char *to)
{
	for (int i = 0; i < 3; i++) {
		struct hp_area there = part[i];
		bool moved = hp_try(part[i].addr, HP_READ).signo;

		there.addr = to + (part[i].addr - from);
		hp_step("part %d", i);
		hp_check_eq(!hp_try(there.addr, HP_READ).signo, moved);
		hp_observed(i ? i == 1 ? "the second moved" : "the third moved"
			      : "the first moved",
			    "%s", moved ? "yes" : "no");
		hp_check_filled(moved ? &there : &part[i], 'g');
		check_gone(moved ? &part[i] : &there);
	}
}

HP_CASE(stopped_by_userfaultfd,
	"EFAULT where one belongs to a userfaultfd, and nothing is lost")
{
	struct hp_area part[3], *area = with_gaps(part);
	char *to = nowhere(area->size);

	hp_uffd_missing(&part[1]);
	hp_check_errno((intptr_t)move(area, to), EFAULT);
	check_at_one(part, area->addr, to);
}

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

HP_CASE(stopped_by_seal, "EPERM where one is sealed, and nothing is lost")
{
	struct hp_area part[3], *area = with_gaps(part);
	char *to = nowhere(area->size);

	if (syscall(SYS_mseal, part[2].addr, part[2].size, 0) && errno == ENOSYS)
		hp_skip_case("needs mseal (Linux 6.10, 64 bits): run it in the lab");
	hp_check_errno((intptr_t)move(area, to), EPERM);
	check_at_one(part, area->addr, to);
}

HP_PROGRAM(.summary = "mremap moves several mappings of huge pages at once",
	   .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("hugetlb:1", "thp", "pagemap", "root"),
	   .sources = HP_SOURCES({"man", "mremap(2)"},
				 {"commit", "d23cb648e365",
				  "mm/mremap: permit mremap() move of multiple VMAs"}))
