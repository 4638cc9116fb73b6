// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The set of pages under UFFDIO_RWPROTECT stays the same, page by page, whatever the kernel
 * does with the pages: swap, migration, split, mprotect and fork. Pages that are dropped,
 * and those of a child, are not protected.
 */
#include "hugeproof.h"

#include <fcntl.h>

static const struct hp_memory_kind kinds[] = {
	{{"base", "base pages"}, HP_MEMORY_BASE},
	{{"hugetlb", "hugetlb"}, HP_MEMORY_HUGETLB},
	{{"mthp", "huge pages of 64 kB"}, HP_MEMORY_MTHP},
	{{"thp", "PMD-mapped THPs"}, HP_MEMORY_THP},
};

static const struct hp_memory_kind large[] = {
	{{"mthp", "huge pages of 64 kB"}, HP_MEMORY_MTHP},
	{{"thp", "PMD-mapped THPs"}, HP_MEMORY_THP},
};

struct memory {
	struct hp_area *area; /* filled with 'r'; page_size is the unit of protection */
	int uffd;
};

/* Ranges of pages that are not aligned to huge pages; of two pages only the second. */
static bool in_set(const struct hp_area *area, size_t page)
{
	size_t pages = hp_pages(area);

	return page == 1 || (page >= 7 && page < pages / 2 + 5) || page == pages - 1;
}

static void rw_protect(const struct memory *it, size_t page, bool on)
{
	hp_check_eq(hp_uffd_rw_protect(it->uffd, hp_page(it->area, page),
				       it->area->page_size, on),
		    0);
}

static struct memory registered(enum hp_memory kind)
{
	size_t bytes = kind == HP_MEMORY_HUGETLB ? 2 * hp_page_size : hp_pmd_size;
	struct memory it = {0};

	/* Skips the case if the kernel lacks the mode. */
	close(hp_uffd(UFFD_FEATURE_RWP));
	it.area = hp_map_filled_base(kind, bytes, 'r');
	hp_khugepaged_calm();
	it.uffd = hp_uffd_for(it.area, UFFDIO_REGISTER_MODE_RWP, UFFD_FEATURE_RWP);
	return it;
}

static struct memory protected_in_part(enum hp_memory kind)
{
	struct memory it = registered(kind);

	for (size_t page = 0; page < hp_pages(it.area); page++)
		if (in_set(it.area, page))
			rw_protect(&it, page, true);
	return it;
}

/* Looks at pagemap alone: an access would wait. */
static void check_set(const struct hp_area *area, bool any)
{
	for (size_t page = 0; page < hp_pages(area); page++) {
		hp_step("page %zu of %zu", page, hp_pages(area));
		hp_check_eq(hp_uffd_protected(hp_page(area, page), hp_base_size),
			    any && in_set(area, page));
	}
}

static void check_access_waits(const struct memory *it, size_t page, enum hp_access access)
{
	char *addr = hp_page(it->area, page);
	struct hp_faulting_thread *thread = hp_fault_in_thread(addr + 16, access);
	struct hp_uffd_event fault = hp_uffd_fault(it->uffd, addr);

	hp_check(fault.rw_protected);
	hp_check_eq(fault.write, access == HP_WRITE);
	rw_protect(it, page, false);
	hp_check_goes_on(thread);
	hp_check(!hp_uffd_pending(it->uffd));
}

static void check_accesses(const struct memory *it)
{
	size_t last = hp_pages(it->area) - 1, pages[] = {0, 1, 6, 7, last / 2, last};

	for (int i = 0; i < 6; i++) {
		enum hp_access access = i % 2 ? HP_READ : HP_WRITE;

		if (pages[i] > last)
			continue;
		hp_step("page %zu of %zu", pages[i], last + 1);
		if (hp_uffd_protected(hp_page(it->area, pages[i]), hp_base_size)) {
			check_access_waits(it, pages[i], access);
		} else {
			hp_check_no_wait(hp_page(it->area, pages[i]) + 16, access);
			hp_check(!hp_uffd_pending(it->uffd));
		}
	}
}

/* All pages but the words that check_accesses() writes. */
static void check_contents(const struct hp_area *area)
{
	for (size_t page = 0; page < hp_pages(area); page++) {
		struct hp_area one =
			hp_part_of(area, page * area->page_size + 24, area->page_size - 24);

		hp_check_filled(&one, 'r');
	}
}

static void check_kept(const struct memory *it)
{
	check_set(it->area, true);
	check_accesses(it);
	hp_step("the contents");
	hp_check_eq(hp_uffd_rw_protect(it->uffd, it->area->addr, it->area->size, false), 0);
	check_set(it->area, false);
	check_contents(it->area);
}

HP_CASES(mprotected,
	 "read-write protection of each page survives mprotect and its reversal", kinds,
	 kind)
{
	struct memory it = protected_in_part(kind->memory);

	hp_protect(it.area, PROT_READ);
	check_set(it.area, true);
	hp_protect(it.area, PROT_READ | PROT_WRITE);
	check_kept(&it);
}

HP_CASES(mprotected_in_part,
	 "read-write protection of each page survives mprotect of the second half", kinds,
	 kind)
{
	struct memory it = protected_in_part(kind->memory);
	struct hp_area half =
		hp_part_of(it.area, it.area->size / 2, it.area->size - it.area->size / 2);

	hp_protect(&half, PROT_READ);
	check_set(it.area, true);
	hp_protect(&half, PROT_READ | PROT_WRITE);
	check_kept(&it);
}

HP_CASES(swapped, "read-write protection of each page survives swap-out and swap-in",
	 hp_anonymous_kinds, kind)
{
	struct memory it;

	hp_case_needs("swap");
	it = protected_in_part(kind->memory);
	hp_page_out(it.area);
	check_kept(&it);
}

HP_CASES(opened_swapped, "pages unprotected while swapped out come back accessible",
	 hp_anonymous_kinds, kind)
{
	struct memory it;

	hp_case_needs("swap");
	it = protected_in_part(kind->memory);
	hp_page_out(it.area);
	hp_check_eq(hp_uffd_rw_protect(it.uffd, it.area->addr, it.area->size, false), 0);
	check_set(it.area, false);
	hp_check_filled(it.area, 'r');
	check_accesses(&it);
}

HP_CASES(migrated, "read-write protection of each page survives migration", kinds, kind)
{
	struct memory it;
	int to;

	hp_case_needs("nodes:2");
	if (kind->memory == HP_MEMORY_HUGETLB)
		hp_pool_of_nodes(2, 2);
	to = hp_node(1);
	hp_bind_process(hp_node(0));
	it = protected_in_part(kind->memory);
	for (size_t page = 0; page < hp_pages(it.area); page++)
		hp_check_eq(hp_move_to_node(hp_page(it.area, page), to), to);
	check_kept(&it);
}

HP_CASES(split, "read-write protection of each page survives a split to base pages", large,
	 kind)
{
	struct memory it = protected_in_part(kind->memory);

	hp_split_folios(it.area->addr, it.area->size, 0);
	check_set(it.area, true);
	hp_check_folio_size(it.area->addr, hp_base_size);
	check_kept(&it);
}

/* Its protection keeps a PMD that maps it. */
static struct memory protected_whole(void)
{
	struct memory it = registered(HP_MEMORY_THP);

	hp_check_eq(hp_uffd_rw_protect(it.uffd, it.area->addr, it.area->size, true), 0);
	hp_check_eq(hp_mapped_huge(it.area), it.area->size);
	return it;
}

static void check_whole(const struct memory *it)
{
	struct hp_area *area = it->area;

	hp_check_eq(hp_uffd_protected(area->addr, area->size), hp_pages(area));
	check_accesses(it);
	hp_check_eq(hp_uffd_rw_protect(it->uffd, area->addr, area->size, false), 0);
	check_contents(area);
}

HP_CASE(split_whole,
	"a THP read-write-protected as a whole has protected base pages after a split")
{
	struct memory it = protected_whole();

	hp_split_folios(it.area->addr, it.area->size, 0);
	hp_check_folio_size(it.area->addr, hp_base_size);
	check_whole(&it);
}

static void child_is_free(void *arg)
{
	const struct hp_area *area = arg;

	check_set(area, false);
	hp_check_filled(area, 'r');
	hp_check_no_wait(hp_page(area, 1), HP_WRITE);
	hp_check_no_wait(hp_page(area, hp_pages(area) - 1), HP_WRITE);
}

HP_CASE(mprotected_whole,
	"a THP read-write-protected as a whole stays so through mprotect and its reversal")
{
	struct memory it = protected_whole();

	hp_protect(it.area, PROT_READ);
	hp_protect(it.area, PROT_READ | PROT_WRITE);
	hp_check_eq(hp_mapped_huge(it.area), it.area->size);
	check_whole(&it);
}

HP_CASE(migrated_whole, "a THP read-write-protected as a whole stays so through migration")
{
	struct memory it;
	int to;

	hp_case_needs("nodes:2");
	to = hp_node(1);
	hp_bind_process(hp_node(0));
	it = protected_whole();
	hp_check_eq(hp_move_to_node(it.area->addr, to), to);
	if (!hp_events_of_case("thp_migration_split"))
		hp_check_eq(hp_mapped_huge(it.area), it.area->size);
	check_whole(&it);
}

HP_CASE(forked_whole, "a child accesses a THP that its parent has read-write-protected")
{
	struct memory it = protected_whole();

	hp_wait_ok(hp_fork(child_is_free, it.area));
	check_whole(&it);
}

HP_CASES(forked, "a child accesses pages under its parent's read-write protection", kinds,
	 kind)
{
	struct memory it = protected_in_part(kind->memory);

	if (kind->memory == HP_MEMORY_HUGETLB)
		hp_case_needs_pages(2);
	hp_wait_ok(hp_fork(child_is_free, it.area));
	check_kept(&it);
}

/* Whether it has contents again is not the same for anonymous memory and a file. */
static void check_dropped(const struct memory *it)
{
	const struct hp_area *area = it->area;

	check_set(area, false);
	for (size_t page = 0; page < hp_pages(area); page++)
		hp_check_no_wait(hp_page(area, page), page % 2 ? HP_WRITE : HP_READ);
	hp_check(!hp_uffd_pending(it->uffd));
}

HP_CASES(dropped, "pages dropped by MADV_DONTNEED are zeros and not protected", kinds, kind)
{
	struct memory it = protected_in_part(kind->memory);

	hp_check_ok(madvise(it.area->addr, it.area->size, MADV_DONTNEED));
	hp_check_eq(hp_area_smaps(it.area).rss, 0);
	check_set(it.area, false);
	hp_check_zeros(it.area);
	check_dropped(&it);
}

HP_CASE(punched_hugetlb, "hugetlb pages punched out of a file are zeros and not protected")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct memory it = {0};
	int fd;

	close(hp_uffd(UFFD_FEATURE_RWP));
	it.area = hp_filled_file(&fd, 2, 'r');
	it.uffd = hp_uffd_for(it.area, UFFDIO_REGISTER_MODE_RWP, UFFD_FEATURE_RWP);
	hp_check_eq(hp_uffd_rw_protect(it.uffd, it.area->addr, it.area->size, true), 0);
	hp_check_ok(hp_punch(fd, 0, hp_page_size));
	hp_check_eq(hp_uffd_protected(it.area->addr, hp_page_size), 0);
	hp_check_hugetlb(start, .free = -1);
	hp_check_no_wait(it.area->addr, HP_READ);
	hp_check(!hp_uffd_pending(it.uffd));
	hp_check_zeros(hp_nth_page(it.area, 0));
	hp_step("its neighbour is still protected");
	check_access_waits(&it, 1, HP_READ);
	hp_check_filled(hp_nth_page(it.area, 1), 'r');
}

HP_CASES(unregistered, "UFFDIO_UNREGISTER ends the protection of every page", kinds, kind)
{
	struct memory it = protected_in_part(kind->memory);
	struct hp_area *area = it.area;
	struct hp_faulting_thread *thread =
		hp_fault_in_thread(hp_page(area, 1) + 16, HP_READ);

	hp_check(hp_uffd_fault(it.uffd, hp_page(area, 1)).rw_protected);
	hp_check(hp_faulting_thread_waits(thread));
	hp_check_eq(hp_uffd_unregister(it.uffd, area->addr, area->size), 0);
	check_set(area, false);
	/* Only threads that wait for missing pages are woken by it. */
	hp_check_eq(hp_uffd_wake(it.uffd, area->addr, area->size), 0);
	hp_check_goes_on(thread);
	check_set(area, false);
	hp_check_filled(area, 'r');
	hp_check_writable(area, 'w');
	hp_check(!hp_uffd_pending(it.uffd));
}

HP_PROGRAM(.summary = "UFFDIO_RWPROTECT stays with its pages, page by page",
	   .needs = HP_NEEDS("hugetlb:2", "thp", "pagemap", "root", "cap:sys_nice"),
	   .seconds = 40,
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/userfaultfd.rst",
				  "Read-Write Protection"}))
