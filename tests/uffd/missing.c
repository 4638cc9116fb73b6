// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Who touches what is missing in a range of UFFDIO_REGISTER_MODE_MISSING waits for its
 * handler. UFFDIO_COPY fills that and nothing else, never what is there, and all or
 * nothing of a base page; no huge page comes where the handler has not filled all.
 */
#include "hugeproof.h"

HP_UFFD_CASES(told, "an access waits, is told, and goes on with the copy")
{
	struct hp_area *area = hp_uffd_room(memory), *source = hp_uffd_source(area, 'u');
	int uffd = hp_uffd_missing(area);

	for (int write = 0; write < 2; write++) {
		size_t page = write ? 500 : 3;
		struct hp_visitor *visitor =
			hp_visit(hp_page(area, page), write ? HP_WRITE : HP_READ);
		struct hp_uffd_event fault = hp_uffd_wait(uffd, 5);

		hp_check(fault.addr == hp_page(area, page));
		hp_check_eq(fault.write, write);
		hp_check(!fault.minor && !fault.write_protected);
		hp_check_eq(hp_uffd_copy(uffd, fault.addr, hp_page(source, page),
					 area->page_size),
			    0);
		hp_check_eq(hp_visit_end(visitor).signo, 0);
		hp_check_eq(*hp_page(area, page), write ? 'w' : *hp_page(source, page));
	}
	hp_check_page_filled(area, 3, 'u');
	/* No huge page came, nor a neighbour. */
	hp_check_eq(hp_area_smaps(area).rss, 2 * area->page_size / 1024);
}

HP_UFFD_CASES(whole, "one copy fills a huge page's room, and wakes all who wait")
{
	struct hp_area *area = hp_uffd_room(memory), *source = hp_uffd_source(area, 'u');
	int uffd = hp_uffd_missing(area);
	struct hp_visitor *first = hp_visit(area->addr, HP_READ);
	struct hp_visitor *last = hp_visit(area->addr + area->size - 1, HP_READ);

	hp_uffd_wait(uffd, 5);
	hp_uffd_wait(uffd, 5);
	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, area->size), 0);
	hp_check_eq(hp_visit_end(first).signo, 0);
	hp_check_eq(hp_visit_end(last).signo, 0);
	hp_check_filled(area, 'u');
	hp_check_eq(hp_area_smaps(area).rss, area->size / 1024);
}

HP_UFFD_CASES(present, "EEXIST: a huge page that is there stays, whole and huge")
{
	struct hp_area *area = hp_uffd_room(memory), *source = hp_uffd_source(area, 'u');
	int uffd;

	hp_fill(area, 'p');
	hp_require_huge(area);
	uffd = hp_uffd_missing(area);
	hp_check_eq(hp_uffd_copy(uffd, hp_page(area, 3), source->addr, area->page_size),
		    EEXIST);
	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, area->size), EEXIST);
	hp_check_filled(area, 'p');
	hp_check_eq(hp_mapped_huge(area), area->size);
}

HP_UFFD_CASES(half, "a copy that meets a page ends before it")
{
	struct hp_area *area = hp_uffd_room(memory), *source = hp_uffd_source(area, 'u');
	struct hp_area *first = hp_uffd_source(area, 'f');
	int uffd = hp_uffd_missing(area);

	hp_check_eq(
		hp_uffd_copy(uffd, hp_page(area, 2), hp_page(first, 2), area->page_size),
		0);
	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, 4 * area->page_size),
		    EAGAIN);
	hp_check_eq(hp_area_smaps(area).rss, 3 * area->page_size / 1024);
	hp_check_page_filled(area, 0, 'u');
	hp_check_page_filled(area, 1, 'u');
	hp_check_page_filled(area, 2, 'f');
}

HP_UFFD_CASES(misaligned, "EINVAL: parts of base pages, and none")
{
	struct hp_area *area = hp_uffd_room(memory), *source = hp_uffd_source(area, 'u');
	size_t base = area->page_size;
	int uffd = hp_uffd_missing(area);

	hp_check_eq(hp_uffd_copy(uffd, area->addr + 512, source->addr, base), EINVAL);
	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, base - 512), EINVAL);
	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, 0), EINVAL);
	hp_check_eq(hp_uffd_register(uffd, area->addr + 512, base,
				     UFFDIO_REGISTER_MODE_MISSING),
		    EINVAL);
	hp_check_eq(hp_area_smaps(area).rss, 0);
}

HP_UFFD_CASES(elsewhere, "ENOENT: what is not registered, or only in part")
{
	size_t huge = hp_thp_size(), base = hp_base_page_size();
	struct hp_area *area = hp_map_memory(memory, 2 * huge);
	struct hp_area *source = hp_uffd_source(area, 'u');
	int uffd = hp_uffd(0);

	hp_check_eq(hp_uffd_register(uffd, area->addr, huge, UFFDIO_REGISTER_MODE_MISSING),
		    0);
	hp_check_eq(hp_uffd_copy(uffd, area->addr + huge, source->addr, base), ENOENT);
	hp_check_eq(hp_uffd_copy(uffd, area->addr + huge - base, source->addr, 2 * base),
		    ENOENT);
	hp_check_ok(munmap(area->addr + huge, huge));
	hp_check_eq(hp_uffd_copy(uffd, area->addr + huge, source->addr, base), ENOENT);
	hp_check_eq(hp_area_smaps(area).rss, 0);
}

HP_UFFD_CASES(no_source, "EFAULT: nothing is there then, and the next access is told")
{
	struct hp_area *area = hp_uffd_room(memory), *source = hp_uffd_source(area, 'u');
	struct hp_visitor *visitor;
	int uffd = hp_uffd_missing(area);

	hp_check_ok(munmap(hp_page(source, 7), area->page_size));
	hp_check_eq(
		hp_uffd_copy(uffd, hp_page(area, 7), hp_page(source, 7), area->page_size),
		EFAULT);
	hp_check_eq(hp_area_smaps(area).rss, 0);
	visitor = hp_visit(hp_page(area, 7), HP_READ);
	hp_check(hp_uffd_wait(uffd, 5).addr == hp_page(area, 7));
	hp_check_eq(
		hp_uffd_copy(uffd, hp_page(area, 7), hp_page(source, 6), area->page_size),
		0);
	hp_check_eq(hp_visit_end(visitor).signo, 0);
}

HP_UFFD_CASES(far_source, "a source that must be faulted in first is copied as any other")
{
	struct hp_area *area = hp_uffd_room(memory), *source, *other;
	int uffd = hp_uffd_missing(area), file = hp_shmem_file(1);

	other = hp_map_shmem(file, 1, MAP_SHARED);
	hp_fill(other, 's');
	source = hp_map_shmem(file, 1, MAP_SHARED);
	hp_check_eq(hp_uffd_copy(uffd, hp_page(area, 9), source->addr + 9 * area->page_size,
				 area->page_size),
		    0);
	hp_check_page_filled(area, 9, 's');
	hp_check_eq(hp_area_smaps(area).rss, area->page_size / 1024);
}

HP_UFFD_CASES(closed, "whoever waits goes on when nobody is left to fill: zeros")
{
	struct hp_area *area = hp_uffd_room(memory);
	int uffd = hp_uffd_missing(area);
	struct hp_visitor *visitor = hp_visit(hp_page(area, 4), HP_READ);

	hp_uffd_wait(uffd, 5);
	close(uffd);
	hp_check_eq(hp_visit_end(visitor).signo, 0);
	hp_check_zeros(area, 0, area->size);
}

HP_UFFD_CASES(unregistered, "and when the range is taken back")
{
	struct hp_area *area = hp_uffd_room(memory);
	int uffd = hp_uffd_missing(area);
	struct hp_visitor *visitor = hp_visit(hp_page(area, 4), HP_READ);

	hp_uffd_wait(uffd, 5);
	hp_check_eq(hp_uffd_unregister(uffd, area->addr, area->size), 0);
	hp_check_eq(hp_visit_end(visitor).signo, 0);
	hp_check(!hp_uffd_pending(uffd));
}

HP_UFFD_CASES(not_collapsed, "MADV_COLLAPSE fills no hole that is the handler's")
{
	struct hp_area *area = hp_uffd_room(memory), *source = hp_uffd_source(area, 'u');
	int uffd = hp_uffd_missing(area);

	for (size_t page = 1; page < hp_pages(area); page++)
		hp_check_eq(hp_uffd_copy(uffd, hp_page(area, page), hp_page(source, page),
					 area->page_size),
			    0);
	hp_check_eq(hp_collapse(area), EBUSY);
	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, area->page_size), 0);
	hp_check_eq(hp_collapse(area), 0);
	hp_check_filled(area, 'u');
	hp_check_eq(hp_mapped_huge(area), area->size);
}

HP_UFFD_CASES(no_handler, "UFFD_FEATURE_SIGBUS: the access ends at once")
{
	struct hp_area *area = hp_uffd_room(memory);
	int uffd = hp_uffd(UFFD_FEATURE_SIGBUS);

	hp_check_eq(hp_uffd_register(uffd, area->addr, area->size,
				     UFFDIO_REGISTER_MODE_MISSING),
		    0);
	hp_check_fault(area, hp_page(area, 3), HP_READ, SIGBUS, BUS_ADRERR);
	hp_check_fault(area, hp_page(area, 3), HP_WRITE, SIGBUS, BUS_ADRERR);
	hp_check(!hp_uffd_pending(uffd));
	hp_check_eq(hp_area_smaps(area).rss, 0);
}

HP_PROGRAM(.summary = "what is missing comes from its handler, base page by base page",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root"),
	   .source = "ioctl_userfaultfd(2); Documentation/admin-guide/mm/userfaultfd.rst")
