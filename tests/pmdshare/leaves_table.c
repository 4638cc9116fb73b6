// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A mapping that changes in a way that the others do not leaves the shared page table: the
 * others keep every page mapped, and it maps its own pages again by faults.
 */
#include "hugeproof.h"

static struct hp_area *stays, *leaves;

static void share(void)
{
	int fd;

	stays = hp_filled_span(&fd);
	leaves = hp_map_whole_span(fd);
	hp_check_filled(hp_nth_page(leaves, 0), 's');
	hp_require(hp_in_table(hp_page(leaves, 1)),
		   "the page table is not shared at the start of the case");
}

static void check_both_pages(const struct hp_area *area)
{
	hp_check_filled(hp_nth_page(area, 0), 's');
	hp_check_filled(hp_nth_page(area, 1), 't');
}

/* The remaining mapping keeps all of its entries throughout. */
static void check_stayed(struct hp_hugetlb_counts start)
{
	hp_check(hp_in_table(stays->addr));
	hp_check(hp_in_table(hp_page(stays, 1)));
	check_both_pages(stays);
	hp_check_hugetlb(start, .free = -2);
}

HP_CASE(mprotect_part,
	"mprotect of a page in a shared table leaves the other mapping writable")
{
	struct hp_hugetlb_counts start = hp_hugetlb();

	share();
	hp_check_ok(mprotect(leaves->addr, hp_page_size, PROT_READ));
	check_stayed(start);
	hp_check_access(stays->addr + 1, HP_READ);
	hp_check_fault(leaves, leaves->addr, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	check_both_pages(leaves);
	hp_fill(hp_nth_page(stays, 0), 'S');
	hp_check_filled(hp_nth_page(leaves, 0), 'S');
}

HP_CASE(mprotect_all, "mprotect of the whole mapping leaves the other mapping writable")
{
	struct hp_hugetlb_counts start = hp_hugetlb();

	share();
	hp_protect(leaves, PROT_READ);
	check_stayed(start);
	hp_fill(hp_nth_page(stays, 0), 'S');
	hp_check_filled(hp_nth_page(leaves, 0), 'S');
	hp_check_fault(leaves, leaves->addr, HP_WRITE, SIGSEGV, SEGV_ACCERR);
}

HP_CASE(munmap_part, "munmap of a page in a shared table leaves the other mapping its page")
{
	struct hp_hugetlb_counts start = hp_hugetlb();

	share();
	hp_check_ok(munmap(leaves->addr, hp_page_size));
	check_stayed(start);
	hp_check_fault(leaves, leaves->addr, HP_READ, SIGSEGV, SEGV_MAPERR);
	hp_check_filled(hp_nth_page(leaves, 1), 't');
}

HP_CASE(munmap_all, "munmap of a mapping leaves the other one all pages of a shared table")
{
	struct hp_hugetlb_counts start = hp_hugetlb();

	share();
	hp_check_ok(munmap(leaves->addr, leaves->size));
	check_stayed(start);
}

HP_CASE(dontneed, "MADV_DONTNEED in a shared table leaves the other mapping its page")
{
	struct hp_hugetlb_counts start = hp_hugetlb();

	share();
	hp_check_ok(madvise(leaves->addr, hp_page_size, MADV_DONTNEED));
	check_stayed(start);
	check_both_pages(leaves);
}

HP_CASE(moved, "mremap moves a mapping out of the shared page table with its contents")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	size_t span = hp_table_span();

	share();
	leaves->addr =
		hp_check_ok(mremap(leaves->addr, span, span, MREMAP_MAYMOVE | MREMAP_FIXED,
				   hp_free_addresses(span, hp_page_size)));
	check_stayed(start);
	check_both_pages(leaves);
}

HP_PROGRAM(.summary = "a mapping that unshares its page table affects no other",
	   .needs = HP_NEEDS("hugetlb:2"), .page_sizes = HP_PMD_SIZE,
	   .sources = HP_SOURCES({"commit", "39dde65c9940",
				  "[PATCH] shared page table for hugetlb page"}))
