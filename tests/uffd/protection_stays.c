// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The set of write-protected pages stays the same, page by page, whatever the kernel does
 * with the pages: swap, migration, split, mprotect, mremap and fork.
 */
#include "hugeproof.h"

#define WP_FEATURES (UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM)

struct memory {
	struct hp_area *area; /* filled with 'p'; page_size is the unit of protection */
	int uffd;
};

/* Three ranges of pages, not aligned to huge pages. */
static bool is_protected(const struct hp_area *area, size_t page)
{
	size_t pages = hp_pages(area);

	return page == 1 || (page >= 5 && page < pages / 2 + 3) || page == pages - 1;
}

static struct memory protected_in_part(enum hp_memory kind, uint64_t features)
{
	size_t bytes = kind == HP_MEMORY_HUGETLB ? 2 * hp_page_size : hp_pmd_size;
	struct memory it = {hp_map_filled_base(kind, bytes, 'p'), -1};
	struct hp_area *area = it.area;

	hp_khugepaged_calm();
	it.uffd = hp_uffd_for(area, UFFDIO_REGISTER_MODE_WP, WP_FEATURES | features);
	for (size_t page = 0; page < hp_pages(area); page++)
		if (is_protected(area, page))
			hp_check_eq(hp_uffd_protect(it.uffd, hp_page(area, page),
						    area->page_size, true),
				    0);
	return it;
}

/* Checks for each page whether it is protected; none is, if `any` is false. */
static void check_set(const struct hp_area *area, bool any)
{
	for (size_t page = 0; page < hp_pages(area); page++) {
		hp_step("page %zu of %zu", page, hp_pages(area));
		hp_check_eq(hp_uffd_protected(hp_page(area, page), hp_base_size),
			    any && is_protected(area, page));
	}
}

/* The handler gets writes to write-protected pages, and no others. */
static void check_writes(int uffd, const struct hp_area *area)
{
	size_t last = hp_pages(area) - 1, pages[] = {0, 1, last / 2, last - 1, last};

	for (int i = 0; i < 5; i++) {
		char *addr = hp_page(area, pages[i]) + 8;
		struct hp_faulting_thread *thread;

		hp_step("a write to page %zu of %zu", pages[i], last + 1);
		if (!hp_uffd_protected(addr, 1)) {
			hp_check_no_wait(addr, HP_WRITE);
			hp_check(!hp_uffd_pending(uffd));
			continue;
		}
		thread = hp_fault_in_thread(addr, HP_WRITE);
		hp_check(hp_uffd_fault(uffd, hp_page(area, pages[i])).write_protected);
		hp_check_eq(hp_uffd_protect(uffd, hp_page(area, pages[i]), area->page_size,
					    false),
			    0);
		hp_check_goes_on(thread);
	}
}

static void check_kept(const struct memory *it)
{
	check_set(it->area, true);
	hp_step("the contents");
	hp_check_filled(it->area, 'p');
	check_set(it->area, true);
	check_writes(it->uffd, it->area);
}

static void swap_out(const struct hp_area *area)
{
	hp_eventually((hp_check_ok(madvise(area->addr, area->size, MADV_PAGEOUT)),
		       hp_area_smaps(area).rss == 0),
		      5);
}

HP_CASES(swapped, "write protection of each page survives swap-out and swap-in",
	 hp_swappable_kinds, kind)
{
	struct memory it;

	hp_case_needs("swap");
	it = protected_in_part(kind->memory, 0);
	swap_out(it.area);
	check_kept(&it);
}

HP_CASES(unprotected, "pages unprotected while swapped out come back unprotected",
	 hp_swappable_kinds, kind)
{
	struct memory it;

	hp_case_needs("swap");
	it = protected_in_part(kind->memory, 0);
	swap_out(it.area);
	hp_check_eq(hp_uffd_protect(it.uffd, it.area->addr, it.area->size, false), 0);
	check_set(it.area, false);
	hp_check_filled(it.area, 'p');
	check_set(it.area, false);
	check_writes(it.uffd, it.area);
}

HP_CASES(protected, "pages write-protected while swapped out come back protected",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area;
	struct memory it;

	hp_case_needs("swap");
	it = protected_in_part(kind->memory, 0);
	area = it.area;
	hp_check_eq(hp_uffd_protect(it.uffd, area->addr, area->size, false), 0);
	swap_out(area);
	for (size_t page = 0; page < hp_pages(area); page++)
		if (is_protected(area, page))
			hp_check_eq(hp_uffd_protect(it.uffd, hp_page(area, page),
						    area->page_size, true),
				    0);
	check_kept(&it);
}

HP_CASES(closed, "pages swapped out when the userfaultfd is closed come back unprotected",
	 hp_swappable_kinds, kind)
{
	struct memory it;

	hp_case_needs("swap");
	it = protected_in_part(kind->memory, 0);
	swap_out(it.area);
	close(it.uffd);
	check_set(it.area, false);
	hp_check_filled(it.area, 'p');
	hp_check_no_wait(hp_page(it.area, 6), HP_WRITE);
}

HP_CASES(migrated, "write protection of each page survives migration to another node",
	 hp_memory_kinds, kind)
{
	struct memory it;
	int to;

	hp_case_needs("nodes:2");
	if (kind->memory == HP_MEMORY_HUGETLB)
		hp_pool_of_nodes(2, 2);
	to = hp_node(1);
	hp_bind_process(hp_node(0));
	it = protected_in_part(kind->memory, 0);
	/* Maps the pages of a file again. */
	hp_check_filled(it.area, 'p');
	for (size_t page = 0; page < hp_pages(it.area); page++)
		hp_check_eq(hp_move_to_node(hp_page(it.area, page), to), to);
	check_kept(&it);
}

static const struct hp_memory_kind large[] = {
	{{"mthp", "huge pages of 64 kB"}, HP_MEMORY_MTHP},
	{{"thp", "huge pages mapped by PMDs"}, HP_MEMORY_THP},
	{{"tmpfs", "huge tmpfs"}, HP_MEMORY_TMPFS},
};

HP_CASES(split, "write protection of each page survives a split to base pages", large, kind)
{
	struct memory it = protected_in_part(kind->memory, 0);

	hp_split_to_base(it.area);
	hp_check_filled(it.area, 'p');
	check_kept(&it);
}

HP_CASE(split_whole,
	"a THP write-protected as a whole has protected base pages after a split")
{
	struct hp_area *area = hp_map_filled_base(HP_MEMORY_THP, hp_pmd_size, 'p');
	int uffd = hp_uffd_for(area, UFFDIO_REGISTER_MODE_WP, WP_FEATURES);

	hp_khugepaged_calm();
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, true), 0);
	hp_split_to_base(area);
	hp_check_eq(hp_uffd_protected(area->addr, area->size), hp_pages(area));
	check_writes(uffd, area);
}

HP_CASES(mprotected,
	 "write protection of each page survives mprotect to PROT_NONE and back",
	 hp_memory_kinds, kind)
{
	struct memory it = protected_in_part(kind->memory, 0);

	hp_protect(it.area, PROT_NONE);
	check_set(it.area, true);
	hp_protect(it.area, PROT_READ | PROT_WRITE);
	check_kept(&it);
}

static void keep(int uffd, const struct hp_uffd_event *event, void *last)
{
	(void)uffd;
	*(struct hp_uffd_event *)last = *event;
}

/* A free address with the same alignment to huge pages, or another. */
static char *place(const struct hp_area *area, enum hp_memory memory, bool aligned)
{
	if (memory == HP_MEMORY_HUGETLB)
		return hp_map_hugetlb(hp_pages(area), MAP_PRIVATE | MAP_NORESERVE)->addr;
	return hp_map_anon(2 * hp_pmd_size)->addr + (aligned ? 0 : 5 * hp_base_size);
}

static void move(enum hp_memory memory, bool aligned, bool with_event)
{
	struct memory it =
		protected_in_part(memory, with_event ? UFFD_FEATURE_EVENT_REMAP : 0);
	struct hp_area *area = it.area;
	char *to = place(area, memory, aligned);
	struct hp_uffd_event event = {0};
	struct hp_handler *handler = hp_handler_start(it.uffd, keep, &event);

	area->addr = hp_check_ok(mremap(area->addr, area->size, area->size,
					MREMAP_MAYMOVE | MREMAP_FIXED, to));
	hp_check_eq(hp_handler_end(handler), with_event);
	check_set(area, with_event);
	if (with_event) {
		check_kept(&it);
		return;
	}
	hp_check_filled(area, 'p');
	hp_check_no_wait(hp_page(area, 1), HP_WRITE);
	hp_check_no_wait(hp_page(area, hp_pages(area) - 1), HP_WRITE);
}

HP_CASES(moved,
	 "write protection of each page moves along with mremap, with UFFD_EVENT_REMAP",
	 hp_memory_kinds, kind)
{
	move(kind->memory, true, true);
}

HP_CASES(shifted,
	 "write protection of each page moves along with mremap to an unaligned address",
	 hp_swappable_kinds, kind)
{
	move(kind->memory, false, true);
}

HP_CASES(moved_untold, "mremap without UFFD_EVENT_REMAP removes the write protection",
	 hp_memory_kinds, kind)
{
	move(kind->memory, true, false);
}

static void child_checks(void *arg)
{
	const struct hp_area *area = arg;

	check_set(area, true);
	hp_check_filled(area, 'p');
}

static void child_is_free(void *arg)
{
	const struct hp_area *area = arg;

	check_set(area, false);
	hp_check_filled(area, 'p');
	hp_check_no_wait(hp_page(area, 1), HP_WRITE);
	hp_check_no_wait(hp_page(area, hp_pages(area) - 1), HP_WRITE);
}

HP_CASES(forked, "a child with UFFD_EVENT_FORK inherits the write protection of each page",
	 hp_memory_kinds, kind)
{
	struct memory it = protected_in_part(kind->memory, UFFD_FEATURE_EVENT_FORK);
	struct hp_uffd_event event = {0};
	struct hp_handler *handler = hp_handler_start(it.uffd, keep, &event);
	pid_t child = hp_fork(child_checks, it.area);

	hp_wait_ok(child);
	hp_check_eq(hp_handler_end(handler), 1);
	check_kept(&it);
}

HP_CASES(forked_untold,
	 "a child without UFFD_EVENT_FORK has no protected pages, its parent keeps them",
	 hp_memory_kinds, kind)
{
	struct memory it = protected_in_part(kind->memory, 0);

	hp_wait_ok(hp_fork(child_is_free, it.area));
	check_set(it.area, true);
	check_writes(it.uffd, it.area);
}

HP_CASES(forked_swapped,
	 "a child without UFFD_EVENT_FORK has no protected pages among those in swap",
	 hp_swappable_kinds, kind)
{
	struct memory it;

	hp_case_needs("swap");
	it = protected_in_part(kind->memory, 0);
	swap_out(it.area);
	hp_wait_ok(hp_fork(child_is_free, it.area));
	check_set(it.area, true);
	check_writes(it.uffd, it.area);
}

HP_CASE(zero_page_split,
	"the huge zero page stays write-protected when its mapping is split")
{
	struct hp_area *area = hp_uffd_room(HP_MEMORY_THP), part;
	struct hp_faulting_thread *thread;
	int uffd;

	hp_case_needs("zero-page");
	hp_khugepaged_calm();
	(void)*(volatile char *)area->addr;
	if (!hp_is_zero_page(area->addr))
		hp_skip_case("needs the huge zero page: allow use_zero_page");
	uffd = hp_uffd_write_protected(area);
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, true), 0);
	hp_check_eq(hp_uffd_protected(area->addr, area->size), area->size / hp_base_size);
	part = hp_part_of(area, 5 * hp_base_size, 2 * hp_base_size);
	hp_check_ok(munmap(part.addr, part.size));
	hp_check_eq(hp_uffd_protected(area->addr, 5 * hp_base_size), 5);
	thread = hp_fault_in_thread(area->addr, HP_WRITE);
	hp_uffd_fault(uffd, area->addr);
	hp_check_eq(hp_uffd_protect(uffd, area->addr, hp_base_size, false), 0);
	hp_check_goes_on(thread);
}

HP_PROGRAM(.summary = "write protection stays with its pages, page by page",
	   .needs = HP_NEEDS("hugetlb:3", "thp", "pagemap", "root", "cap:sys_ptrace"),
	   .seconds = 40, .case_tags = HP_CASE_TAGS({"moved_untold_*", "regression"}),
	   .sources = HP_SOURCES({"commit", "f45ec5ff16a7",
				  "userfaultfd: wp: support swap and page migration"},
				 {"commit", "0cef0bb836e3",
				  "mm: clear uffd-wp PTE/PMD state on mremap()"}))
