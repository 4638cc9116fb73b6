// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * UFFDIO_POISON makes what is missing look like memory that went bad: whoever touches it
 * gets SIGBUS, for a base page, and no page is spent on it.
 */
#include "hugeproof.h"

static int registered(const struct hp_area *area)
{
	int uffd = hp_uffd(UFFD_FEATURE_POISON);

	hp_check_eq(hp_uffd_register(uffd, area->addr, area->size,
				     UFFDIO_REGISTER_MODE_MISSING),
		    0);
	return uffd;
}

static void check_bad(const struct hp_area *area, size_t page)
{
	hp_check_uffd_bad(hp_visit(hp_page(area, page), HP_READ), area->page_size);
}

HP_UFFD_CASES(told, "who waits is killed for it; its neighbour waits on")
{
	struct hp_area *area = hp_uffd_room(memory), *source = hp_uffd_source(area, 'u');
	int uffd = registered(area);
	struct hp_visitor *unlucky, *lucky;

	unlucky = hp_visit(hp_page(area, 3), HP_WRITE);
	hp_uffd_wait(uffd, 5);
	lucky = hp_visit(hp_page(area, 4), HP_READ);
	hp_uffd_wait(uffd, 5);
	hp_check_eq(hp_uffd_poison(uffd, hp_page(area, 3), area->page_size), 0);
	hp_check_uffd_bad(unlucky, area->page_size);
	hp_check_eq(
		hp_uffd_copy(uffd, hp_page(area, 4), hp_page(source, 4), area->page_size),
		0);
	hp_check_eq(hp_visit_end(lucky).signo, 0);
	hp_check_page_filled(area, 4, 'u');
	check_bad(area, 3);
	hp_check_eq(hp_area_smaps(area).rss, area->page_size / 1024);
}

HP_UFFD_CASES(whole, "a huge page's room at once")
{
	struct hp_area *area = hp_uffd_room(memory);
	int uffd = registered(area);

	hp_check_eq(hp_uffd_poison(uffd, area->addr, area->size), 0);
	check_bad(area, 0);
	check_bad(area, hp_pages(area) / 2);
	check_bad(area, hp_pages(area) - 1);
	hp_check_eq(hp_area_smaps(area).rss, 0);
	hp_check(!hp_uffd_pending(uffd));
}

HP_UFFD_CASES(present, "EEXIST: what is there is not poisoned, nor what is so already")
{
	struct hp_area *area = hp_uffd_room(memory), *source = hp_uffd_source(area, 'u');
	size_t base = area->page_size;
	int uffd = registered(area);

	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, base), 0);
	hp_check_eq(hp_uffd_poison(uffd, area->addr, base), EEXIST);
	hp_check_page_filled(area, 0, 'u');
	hp_check_eq(hp_uffd_poison(uffd, hp_page(area, 1), base), 0);
	hp_check_eq(hp_uffd_poison(uffd, hp_page(area, 1), base), EEXIST);
	hp_check_eq(hp_uffd_zero(uffd, area->addr, base), EEXIST);
	check_bad(area, 1);
}

HP_UFFD_CASES(dropped, "MADV_DONTNEED ends it: the next access is told again")
{
	struct hp_area *area = hp_uffd_room(memory), *source = hp_uffd_source(area, 'u');
	int uffd = registered(area);
	struct hp_visitor *visitor;

	hp_check_eq(hp_uffd_poison(uffd, area->addr, area->size), 0);
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	visitor = hp_visit(hp_page(area, 3), HP_READ);
	hp_check(hp_uffd_wait(uffd, 5).addr == hp_page(area, 3));
	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, area->size), 0);
	hp_check_eq(hp_visit_end(visitor).signo, 0);
	hp_check_filled(area, 'u');
}

HP_UFFD_CASES(refused, "EINVAL: parts of base pages; ENOENT: what is not registered")
{
	struct hp_area *area = hp_uffd_room(memory);
	size_t base = area->page_size;
	int uffd = registered(area);

	hp_check_eq(hp_uffd_poison(uffd, area->addr + 512, base), EINVAL);
	hp_check_eq(hp_uffd_poison(uffd, area->addr, base - 512), EINVAL);
	hp_check_eq(hp_uffd_unregister(uffd, area->addr, area->size), 0);
	hp_check_eq(hp_uffd_poison(uffd, area->addr, base), ENOENT);
	hp_check_eq(hp_visit_end(hp_visit(area->addr, HP_READ)).signo, 0);
}

static void child_meets_it(void *area)
{
	check_bad(area, 3);
}

HP_CASE(forked, "a child has inherited what looks bad in anonymous memory")
{
	struct hp_area *area = hp_uffd_room(HP_MEMORY_THP);
	int uffd = registered(area);

	hp_check_eq(hp_uffd_poison(uffd, area->addr, area->size), 0);
	hp_wait_ok(hp_fork(child_meets_it, area));
	check_bad(area, 3);
}

HP_PROGRAM(.summary = "a handler can say that what is missing went bad",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root"),
	   .log_allows = HP_LINES("due to hardware memory corruption fault"),
	   .source = "mm: userfaultfd: add new UFFDIO_POISON ioctl (2023)")
