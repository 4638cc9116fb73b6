// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Who writes to what UFFDIO_WRITEPROTECT protects waits for a handler, and reads as before.
 * A huge page protected as a whole stays mapped as one, where it is anonymous; a part has
 * base pages of its own, and the bytes stay.
 */
#include "hugeproof.h"

/* A huge page with pattern 'p', registered. */
static struct hp_area *filled(enum hp_memory memory, int *uffd)
{
	struct hp_area *area = hp_uffd_room(memory);

	hp_fill(area, 'p');
	hp_require_huge(area);
	*uffd = hp_uffd_write_protected(area);
	return area;
}

static void protect(int uffd, const struct hp_area *area)
{
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, true), 0);
}

/* A write to that page waits, until it alone is protected no more. */
static void check_told(int uffd, const struct hp_area *area, size_t page)
{
	struct hp_visitor *visitor = hp_visit(hp_page(area, page), HP_WRITE);
	struct hp_uffd_event fault = hp_uffd_wait(uffd, 5);

	hp_check(fault.addr == hp_page(area, page));
	hp_check(fault.write && fault.write_protected);
	hp_check_eq(hp_uffd_protect(uffd, fault.addr, area->page_size, false), 0);
	hp_check_eq(hp_visit_end(visitor).signo, 0);
	hp_check_eq(*hp_page(area, page), 'w');
}

static void check_not_told(int uffd, const struct hp_area *area, size_t page)
{
	hp_check_eq(hp_visit_end(hp_visit(hp_page(area, page), HP_WRITE)).signo, 0);
	hp_check(!hp_uffd_pending(uffd));
	hp_check_eq(*hp_page(area, page), 'w');
}

static size_t protected_pages(const struct hp_area *area)
{
	return hp_uffd_protected(area->addr, area->size);
}

HP_UFFD_CASES(told, "a write waits for the handler, who lets one base page go")
{
	int uffd;
	struct hp_area *area = filled(memory, &uffd);

	protect(uffd, area);
	hp_check_eq(protected_pages(area), hp_pages(area));
	hp_check_filled(area, 'p');
	hp_check(!hp_uffd_pending(uffd));
	check_told(uffd, area, 5);
	hp_check_eq(protected_pages(area), hp_pages(area) - 1);
	hp_check_filled_around(area, 5 * area->page_size, 8, 'p');
	check_told(uffd, area, 6);
}

HP_UFFD_CASES(whole, "a huge page is protected and let go as one")
{
	int uffd;
	struct hp_area *area = filled(memory, &uffd);

	protect(uffd, area);
	/* Shared memory is always mapped by base pages then. */
	hp_check_eq(hp_mapped_huge(area), memory == HP_MEMORY_THP ? area->size : 0);
	hp_check_filled(area, 'p');
	hp_check_eq(hp_folio_size(area->addr), hp_thp_size());
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, false), 0);
	hp_check_eq(protected_pages(area), 0);
	check_not_told(uffd, area, 5);
	hp_check_filled_around(area, 5 * area->page_size, 8, 'p');
	hp_check_eq(hp_folio_size(area->addr), hp_thp_size());
}

HP_UFFD_CASES(part, "half of a huge page: the other half is written as before")
{
	int uffd;
	struct hp_area *area = filled(memory, &uffd);
	size_t pages = hp_pages(area);

	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size / 2, true), 0);
	hp_check_eq(protected_pages(area), pages / 2);
	hp_check_eq(hp_uffd_protected(area->addr, area->size / 2), pages / 2);
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_filled(area, 'p');
	check_not_told(uffd, area, pages / 2);
	check_told(uffd, area, pages / 2 - 1);
}

HP_UFFD_CASES(untouched, "what is not there yet can be protected, too")
{
	struct hp_area *area = hp_uffd_room(memory);
	int uffd = hp_uffd(UFFD_FEATURE_WP_UNPOPULATED | UFFD_FEATURE_WP_HUGETLBFS_SHMEM);

	hp_check_eq(hp_uffd_register(uffd, area->addr, area->size, UFFDIO_REGISTER_MODE_WP),
		    0);
	protect(uffd, area);
	hp_check_eq(protected_pages(area), hp_pages(area));
	hp_check_eq(hp_area_smaps(area).rss, 0);
	hp_check_zeros(area, 0, area->page_size);
	check_told(uffd, area, 0);
	check_told(uffd, area, 7);
}

HP_CASE(untouched_before, "without that feature it is not, if it is anonymous")
{
	struct hp_area *area = hp_uffd_room(HP_MEMORY_THP);
	int uffd = hp_uffd_write_protected(area);

	protect(uffd, area);
	hp_check_eq(protected_pages(area), 0);
	check_not_told(uffd, area, 7);
}

HP_UFFD_CASES(dropped,
	      "MADV_DONTNEED ends the protection of anonymous memory, not a file's")
{
	bool kept = memory == HP_MEMORY_TMPFS;
	int uffd;
	struct hp_area *area = filled(memory, &uffd);

	protect(uffd, area);
	check_told(uffd, area, 3);
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	hp_check_eq(protected_pages(area), kept ? hp_pages(area) - 1 : 0);
	if (!kept) {
		check_not_told(uffd, area, 4);
		return;
	}
	check_told(uffd, area, 4);
	hp_check_filled_around(area, 3 * area->page_size, area->page_size + 8, 'p');
}

static void child_writes(void *arg)
{
	const struct hp_area *area = arg;

	hp_check_eq(protected_pages(area), 0);
	hp_check_filled(area, 'p');
	hp_check_eq(hp_visit_end(hp_visit(hp_page(area, 2), HP_WRITE)).signo, 0);
}

HP_UFFD_CASES(forked, "a child is not protected, and its parent still is")
{
	int uffd;
	struct hp_area *area = filled(memory, &uffd);

	protect(uffd, area);
	hp_wait_ok(hp_fork(child_writes, area));
	hp_check_eq(protected_pages(area), hp_pages(area));
	hp_check_eq(*hp_page(area, 2) == 'w', memory == HP_MEMORY_TMPFS);
	hp_check_filled_around(area, 2 * area->page_size, 8, 'p');
	check_told(uffd, area, 3);
}

HP_UFFD_CASES(copied, "a copy is protected from its first moment")
{
	struct hp_area *area = hp_uffd_room(memory), *source = hp_uffd_source(area, 'u');
	int uffd = hp_uffd(UFFD_FEATURE_WP_HUGETLBFS_SHMEM);
	struct hp_visitor *visitor;
	struct hp_uffd_event fault;

	hp_check_eq(
		hp_uffd_register(uffd, area->addr, area->size,
				 UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP),
		0);
	visitor = hp_visit(hp_page(area, 3), HP_WRITE);
	hp_check(!hp_uffd_wait(uffd, 5).write_protected);
	hp_check_eq(hp_uffd_copy_protected(uffd, hp_page(area, 3), hp_page(source, 3),
					   area->page_size),
		    0);
	fault = hp_uffd_wait(uffd, 5);
	hp_check(fault.addr == hp_page(area, 3) && fault.write_protected);
	hp_check_page_filled(area, 3, 'u');
	hp_check_eq(protected_pages(area), 1);
	hp_check_eq(hp_uffd_protect(uffd, fault.addr, area->page_size, false), 0);
	hp_check_eq(hp_visit_end(visitor).signo, 0);
	hp_check_eq(protected_pages(area), 0);
}

HP_UFFD_CASES(closed, "the end of the descriptor ends all protection")
{
	int uffd;
	struct hp_area *area = filled(memory, &uffd);
	struct hp_visitor *visitor;

	protect(uffd, area);
	visitor = hp_visit(hp_page(area, 5), HP_WRITE);
	hp_uffd_wait(uffd, 5);
	close(uffd);
	hp_check_eq(hp_visit_end(visitor).signo, 0);
	hp_check_eq(protected_pages(area), 0);
	hp_check_filled_around(area, 5 * area->page_size, 8, 'p');
}

HP_UFFD_CASES(mprotected, "mprotect and back changes nothing of it")
{
	int uffd;
	struct hp_area *area = filled(memory, &uffd);

	protect(uffd, area);
	hp_check_ok(mprotect(area->addr, area->size / 2, PROT_READ));
	hp_check_ok(mprotect(area->addr, area->size / 2, PROT_READ | PROT_WRITE));
	hp_check_eq(protected_pages(area), hp_pages(area));
	check_told(uffd, area, 3);
	check_told(uffd, area, hp_pages(area) - 1);
	hp_check_page_filled(area, 4, 'p');
}

HP_UFFD_CASES(refused, "EINVAL: parts of base pages; ENOENT: what is not registered for it")
{
	struct hp_area *area = hp_uffd_room(memory);
	size_t base = area->page_size;
	int uffd = hp_uffd_missing(area);

	hp_check_eq(hp_uffd_protect(uffd, area->addr + 512, base, true), EINVAL);
	hp_check_eq(hp_uffd_protect(uffd, area->addr, base + 512, true), EINVAL);
	hp_check_eq(hp_uffd_protect(uffd, area->addr, base, true), ENOENT);
	hp_check_eq(hp_uffd_unregister(uffd, area->addr, area->size), 0);
	hp_check_eq(hp_uffd_protect(uffd, area->addr, base, true), ENOENT);
	hp_check_eq(protected_pages(area), 0);
}

HP_UFFD_CASES(async, "UFFD_FEATURE_WP_ASYNC: a write goes on, and tells by pagemap")
{
	struct hp_area *area = hp_uffd_room(memory);
	int uffd = hp_uffd(UFFD_FEATURE_WP_ASYNC);

	hp_fill(area, 'p');
	hp_require_huge(area);
	hp_check_eq(hp_uffd_register(uffd, area->addr, area->size, UFFDIO_REGISTER_MODE_WP),
		    0);
	protect(uffd, area);
	check_not_told(uffd, area, 3);
	hp_check_eq(protected_pages(area), hp_pages(area) - 1);
	hp_check_eq(hp_uffd_protected(hp_page(area, 3), area->page_size), 0);
	hp_check_filled_around(area, 3 * area->page_size, 8, 'p');
}

HP_CASE(not_collapsed, "MADV_COLLAPSE does not join a protected page with others")
{
	int uffd;
	struct hp_area *area = filled(HP_MEMORY_THP, &uffd);

	hp_check_eq(hp_uffd_protect(uffd, hp_page(area, 3), area->page_size, true), 0);
	hp_check_eq(hp_collapse(area), EINVAL);
	hp_check_eq(protected_pages(area), 1);
	check_told(uffd, area, 3);
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_filled_around(area, 3 * area->page_size, 8, 'p');
}

HP_PROGRAM(.summary = "writes to protected pages wait for their handler",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap", "root"),
	   .source = "userfaultfd: write protection support (2020); "
		     "userfaultfd-wp: Support shmem and hugetlbfs (2022)")
