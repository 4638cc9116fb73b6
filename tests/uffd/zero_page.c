// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * UFFDIO_ZEROPAGE puts zeros where nothing is: the zero page into anonymous memory, a page
 * of its own into shared memory. Who writes to them has a page for himself.
 */
#include "hugeproof.h"

HP_UFFD_CASES(zeros, "who waits reads zeros, and a write changes one page")
{
	struct hp_area *area = hp_uffd_room(memory);
	int uffd = hp_uffd_missing(area);
	struct hp_visitor *visitor = hp_visit(hp_page(area, 5), HP_READ);
	size_t base = area->page_size;

	hp_check(hp_uffd_wait(uffd, 5).addr == hp_page(area, 5));
	hp_check_eq(hp_uffd_zero(uffd, hp_page(area, 5), base), 0);
	hp_check_eq(hp_visit_end(visitor).signo, 0);
	hp_check_eq(hp_uffd_zero(uffd, hp_page(area, 6), 2 * base), 0);
	hp_check_zeros(area, 5 * base, 3 * base);
	/* The zero page is in nobody's count. */
	hp_check_eq(hp_is_zero_page(hp_page(area, 7)), memory == HP_MEMORY_THP);
	hp_check_eq(hp_area_smaps(area).rss, memory == HP_MEMORY_THP ? 0 : 3 * base / 1024);
	hp_fill_page(area, 6, 'z');
	hp_check_zeros(area, 5 * base, base);
	hp_check_page_filled(area, 6, 'z');
	hp_check_zeros(area, 7 * base, base);
	hp_check(!hp_is_zero_page(hp_page(area, 6)));
}

HP_UFFD_CASES(whole, "a huge page's room at once, in base pages")
{
	struct hp_area *area = hp_uffd_room(memory);
	int uffd = hp_uffd_missing(area);

	hp_check_eq(hp_uffd_zero(uffd, area->addr, area->size), 0);
	hp_check_zeros(area, 0, area->size);
	hp_check_eq(hp_area_smaps(area).rss,
		    memory == HP_MEMORY_THP ? 0 : area->size / 1024);
	hp_fill(area, 'z');
	hp_check_filled(area, 'z');
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_eq(hp_area_smaps(area).rss, area->size / 1024);
}

HP_UFFD_CASES(present, "EEXIST: what is there keeps its bytes")
{
	struct hp_area *area = hp_uffd_room(memory);
	int uffd;

	hp_fill(area, 'p');
	hp_require_huge(area);
	uffd = hp_uffd_missing(area);
	hp_check_eq(hp_uffd_zero(uffd, area->addr, area->page_size), EEXIST);
	hp_check_eq(hp_uffd_zero(uffd, area->addr, area->size), EEXIST);
	hp_check_filled(area, 'p');
	hp_check_eq(hp_mapped_huge(area), area->size);
}

HP_UFFD_CASES(refused, "EINVAL: parts of base pages; ENOENT: what is not registered")
{
	struct hp_area *area = hp_uffd_room(memory);
	size_t base = area->page_size;
	int uffd = hp_uffd_missing(area);

	hp_check_eq(hp_uffd_zero(uffd, area->addr + 512, base), EINVAL);
	hp_check_eq(hp_uffd_zero(uffd, area->addr, base + 512), EINVAL);
	hp_check_eq(hp_uffd_unregister(uffd, area->addr, base), 0);
	hp_check_eq(hp_uffd_zero(uffd, area->addr, base), ENOENT);
	hp_check_eq(hp_area_smaps(area).rss, 0);
}

HP_PROGRAM(.summary = "a handler can say that what is missing is zeros",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap", "root"),
	   .source = "ioctl_userfaultfd(2)")
