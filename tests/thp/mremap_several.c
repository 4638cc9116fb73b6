// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One mremap call with MREMAP_FIXED moves several VMAs of any kind of page and keeps the
 * gaps between them: huge pages stay PMD-mapped, and no data is lost. If one VMA cannot be
 * moved, every page is at exactly one of the two addresses.
 */
#include "hugeproof.h"

#include <sys/syscall.h>

static void need_several(void)
{
	if (!hp_kernel_from(6, 17))
		hp_skip_case("needs mremap of several VMAs at once (Linux 6.17): run it "
			     "on a newer kernel");
	hp_khugepaged_calm();
}

static void *move(const struct hp_area *area, char *to)
{
	return mremap(area->addr, area->size, area->size, MREMAP_MAYMOVE | MREMAP_FIXED,
		      to);
}

/* The address of an unmapped, PMD-aligned range. */
static char *unmapped(size_t bytes)
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

/* Adjacent VMAs, each of the size of a huge page and with another kind of page. */
static struct hp_area *neighbours(void)
{
	struct hp_area *area;

	need_several();
	area = hp_map_neighbours();
	hp_fill(area, 'm');
	return area;
}

static void check_folios(const struct hp_area *area, const size_t *sizes)
{
	for (int kind = 0; kind < HP_MEMORIES; kind++)
		hp_check_eq(hp_folio_size(area->addr + (size_t)kind * hp_pmd_size),
			    sizes[kind]);
}

HP_CASE(all_kinds, "one mremap call moves adjacent VMAs of every kind of page")
{
	struct hp_area *area = neighbours();
	struct hp_area from = *area;
	size_t sizes[HP_MEMORIES], huge = hp_mapped_huge(area);
	uint64_t frame = hp_pfn(area->addr + HP_MEMORY_THP * hp_pmd_size);
	char *to = unmapped(area->size);

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

HP_CASE(shifted, "mremap of several VMAs to an unaligned address splits PMD mappings")
{
	struct hp_area *area = neighbours(), from;
	char *to = unmapped(area->size + hp_pmd_size) + 3 * hp_base_size;

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

HP_CASE(part, "mremap from inside one VMA to inside another leaves the rest in place")
{
	struct hp_area *area = neighbours(), first, last, moved;
	size_t half = hp_pmd_size / 2, n = HP_MEMORY_TMPFS;
	char *to;

	/* From the middle of the base pages to the middle of the tmpfs. */
	moved = hp_part_of(area, half, n * hp_pmd_size);
	first = hp_part_of(area, 0, half);
	last = hp_part_of(area, n * hp_pmd_size + half,
			  area->size - n * hp_pmd_size - half);
	to = unmapped(moved.size + hp_pmd_size) + half;
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

/* Three ranges of THPs, with gaps of a base page and of a huge page between them. */
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

HP_CASE(gaps, "mremap of several VMAs keeps the gaps between them")
{
	struct hp_area part[3], *area = with_gaps(part);
	char *from = area->addr, *to = unmapped(area->size);

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

HP_CASE(gap_at_its_end, "mremap of several VMAs accepts a range that ends with a gap")
{
	struct hp_area part[3], *area = with_gaps(part), front;
	char *from = area->addr, *to = unmapped(area->size);

	front = hp_part_of(area, 0, 3 * hp_pmd_size);
	hp_check(move(&front, to) == to);
	check_gone(&front);
	hp_check_filled(&part[2], 'g');
	for (int i = 0; i < 2; i++) {
		part[i].addr = to + (part[i].addr - from);
		hp_check_filled(&part[i], 'g');
	}
}

HP_CASE(gap_at_its_begin,
	"mremap of a range that begins with a gap is EFAULT and moves nothing")
{
	struct hp_area part[3], *area = with_gaps(part), rest;
	char *to = unmapped(area->size);

	rest = hp_part_of(area, 2 * hp_pmd_size, 3 * hp_pmd_size);
	hp_check_errno((intptr_t)move(&rest, to), EFAULT);
	check_parts(area, part, area->addr);
}

HP_CASE(forked, "a child's mremap of several VMAs does not affect its parent")
{
	struct hp_area part[3], *area = with_gaps(part);
	char *from = area->addr, *to = unmapped(area->size);

	hp_in_child() {
		hp_check(move(area, to) == to);
		area->addr = to;
		check_parts(area, part, from);
		for (int i = 0; i < 3; i++)
			hp_check_writable(&part[i], 'c');
	}
	check_parts(area, part, from);
}

HP_CASE(protections, "mremap of several VMAs keeps the protection of each")
{
	struct hp_area *area, half[2];
	char *to;

	need_several();
	area = hp_filled_thp(2, 'p');
	half[0] = hp_page_of(area, 0);
	half[1] = hp_page_of(area, 1);
	hp_protect(&half[1], PROT_READ);
	to = unmapped(area->size);
	hp_check(move(area, to) == to);
	area->addr = to;
	hp_check_filled(area, 'p');
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_access(to, HP_WRITE);
	hp_check_fault(area, to + hp_pmd_size, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_check_filled(hp_nth_page(area, 1), 'p');
}

HP_CASE(not_resized, "mremap of several VMAs to a larger size is EFAULT and moves nothing")
{
	struct hp_area part[3], *area = with_gaps(part);
	char *to = unmapped(area->size + hp_pmd_size);

	hp_check_errno((intptr_t)mremap(area->addr, area->size, area->size + hp_pmd_size,
					MREMAP_MAYMOVE | MREMAP_FIXED, to),
		       EFAULT);
	check_parts(area, part, area->addr);
}

/* Each of the three ranges is either at its old or at its new address. */
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
	"mremap is EFAULT if one of several VMAs has a userfaultfd, keeps data")
{
	struct hp_area part[3], *area = with_gaps(part);
	char *to = unmapped(area->size);

	hp_uffd_missing(&part[1]);
	hp_check_errno((intptr_t)move(area, to), EFAULT);
	check_at_one(part, area->addr, to);
}

#ifndef SYS_mseal
#define SYS_mseal 462
#endif

HP_CASE(stopped_by_seal, "mremap is EPERM if one of several VMAs is sealed, keeps data")
{
	struct hp_area part[3], *area = with_gaps(part);
	char *to = unmapped(area->size);

	if (syscall(SYS_mseal, part[2].addr, part[2].size, 0) && errno == ENOSYS)
		hp_skip_case("needs mseal (Linux 6.10, 64 bits): run it in the lab");
	hp_check_errno((intptr_t)move(area, to), EPERM);
	check_at_one(part, area->addr, to);
}

HP_PROGRAM(.summary = "one mremap call moves several VMAs of huge pages",
	   .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("hugetlb:1", "thp", "pagemap", "root"),
	   .sources = HP_SOURCES({"man", "mremap(2)"},
				 {"commit", "d23cb648e365",
				  "mm/mremap: permit mremap() move of multiple VMAs"}))
