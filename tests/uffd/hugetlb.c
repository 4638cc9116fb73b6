// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Huge pages of hugetlb are handled as a whole: who touches one that is missing, whose file
 * alone has it, or that is protected waits for a handler. There is no zero page of that
 * size, and nothing moves.
 */
#include "hugeproof.h"

static int armed(const struct hp_area *area, uint64_t mode, uint64_t features)
{
	int uffd = hp_uffd(features);

	hp_check_eq(hp_uffd_register(uffd, area->addr, area->size, mode), 0);
	return uffd;
}

/* An access to the middle of the page waits, and this is what is told. */
static struct hp_uffd_event told(int uffd, const struct hp_area *area)
{
	struct hp_uffd_event fault = hp_uffd_wait(uffd, 5);

	hp_check(fault.addr == area->addr);
	return fault;
}

static struct hp_visitor *visit(const struct hp_area *area, enum hp_access access)
{
	return hp_visit(area->addr + area->size / 2, access);
}

HP_SHARING_CASES(missing, "an access waits, is told the page, and goes on with the copy")
{
	struct hp_area *area = hp_map_hugetlb(1, sharing);
	struct hp_area *source = hp_uffd_source(area, 'u');
	int uffd = hp_uffd_missing(area);
	struct hp_visitor *visitor = visit(area, HP_READ);
	struct hp_uffd_event fault = told(uffd, area);

	hp_check(!fault.write && !fault.minor && !fault.write_protected);
	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, area->size), 0);
	hp_check_eq(hp_visit_end(visitor).signo, 0);
	hp_check_filled(area, 'u');
	/* It is this mapping's to write, with no word to the handler. */
	hp_check_eq(hp_visit_end(visit(area, HP_WRITE)).signo, 0);
	hp_check(!hp_uffd_pending(uffd));
	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, area->size), EEXIST);
	hp_check_eq(area->addr[area->size / 2], 'w');
}

HP_SHARING_CASES(refused,
		 "EINVAL: base pages, the zero page, a move; ENOENT: not registered")
{
	struct hp_area *area = hp_map_hugetlb(1, sharing), *other = hp_map_anon(area->size);
	size_t base = hp_base_page_size(), size = area->size;
	int uffd = hp_uffd_missing(area);

	hp_check_eq(hp_uffd_register(uffd, area->addr, base, UFFDIO_REGISTER_MODE_MISSING),
		    EINVAL);
	hp_check_eq(hp_uffd_copy(uffd, area->addr, other->addr, base), EINVAL);
	hp_check_eq(hp_uffd_copy(uffd, area->addr + base, other->addr, size - base),
		    EINVAL);
	hp_check_eq(hp_uffd_zero(uffd, area->addr, size), EINVAL);
	hp_check_eq(hp_uffd_move(uffd, area->addr, other->addr, size, true), EINVAL);
	hp_check_eq(hp_uffd_register(uffd, other->addr, other->size,
				     UFFDIO_REGISTER_MODE_MISSING),
		    0);
	hp_check_eq(hp_uffd_move(uffd, other->addr, area->addr, size, true), EINVAL);
	hp_check_eq(hp_uffd_unregister(uffd, area->addr, size), 0);
	hp_check_eq(hp_uffd_copy(uffd, area->addr, other->addr, size), ENOENT);
	hp_check_page_zero(area, 0);
}

HP_SHARING_CASES(poison, "what looks bad does so as a whole, until it is dropped")
{
	struct hp_area *area = hp_map_hugetlb(1, sharing);
	int uffd = armed(area, UFFDIO_REGISTER_MODE_MISSING, UFFD_FEATURE_POISON);
	struct hp_visitor *visitor = visit(area, HP_WRITE);

	told(uffd, area);
	hp_check_eq(hp_uffd_poison(uffd, area->addr, hp_base_page_size()), EINVAL);
	hp_check_eq(hp_uffd_poison(uffd, area->addr, area->size), 0);
	hp_check_uffd_bad(visitor, area->page_size);
	hp_check_eq(hp_uffd_poison(uffd, area->addr, area->size), EEXIST);
	hp_check_uffd_bad(hp_visit(area->addr, HP_READ), area->page_size);
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	visitor = visit(area, HP_READ);
	told(uffd, area);
	close(uffd);
	hp_check_eq(hp_visit_end(visitor).signo, 0);
	hp_check_page_zero(area, 0);
}

HP_SHARING_CASES(minor, "what the file has waits for UFFDIO_CONTINUE, which copies nothing")
{
	int fd = hp_hugetlb_file();
	struct hp_area *writer, *area;
	struct hp_visitor *visitor;
	struct hp_hugetlb start;
	int uffd;

	hp_check_ok(ftruncate(fd, (off_t)hp_page_size));
	writer = hp_map_file(fd, 0, 1, MAP_SHARED);
	area = hp_map_file(fd, 0, 1, sharing);
	uffd = hp_uffd_minor(area);
	hp_check_eq(hp_uffd_continue(uffd, area->addr, area->size), EFAULT);
	hp_fill(writer, 'p');
	start = hp_hugetlb();
	visitor = visit(area, HP_READ);
	hp_check(told(uffd, area).minor);
	hp_fill(writer, 'q');
	hp_check_eq(hp_uffd_continue(uffd, area->addr, hp_base_page_size()), EINVAL);
	hp_check_eq(hp_uffd_continue(uffd, area->addr, area->size), 0);
	hp_check_eq(hp_visit_end(visitor).signo, 0);
	hp_check_filled(area, 'q');
	hp_check_eq(hp_uffd_continue(uffd, area->addr, area->size), EEXIST);
	hp_check_hugetlb(start);
	/* Its bytes are the file's until a private mapping writes. */
	area->addr[8] = 'w';
	hp_check_eq(writer->addr[8] == 'w', sharing == MAP_SHARED);
	hp_check_hugetlb(start, .free = sharing == MAP_SHARED ? 0 : -1,
			 .rsvd = sharing == MAP_SHARED ? 0 : -1);
}

static size_t protected_pages(const struct hp_area *area)
{
	return hp_uffd_protected(area->addr, hp_base_page_size());
}

/* A write waits until the page is protected no more. */
static void check_protected(int uffd, const struct hp_area *area)
{
	struct hp_visitor *visitor = visit(area, HP_WRITE);
	struct hp_uffd_event fault = told(uffd, area);

	hp_check(fault.write && fault.write_protected);
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, false), 0);
	hp_check_eq(hp_visit_end(visitor).signo, 0);
	hp_check_eq(area->addr[area->size / 2], 'w');
	hp_check_eq(protected_pages(area), 0);
}

HP_SHARING_CASES(write_protected, "a write waits, and reading goes on")
{
	struct hp_area *area = hp_map_hugetlb(1, sharing);
	int uffd = hp_uffd_write_protected(area);

	hp_fill(area, 'p');
	hp_check_eq(hp_uffd_protect(uffd, area->addr, hp_base_page_size(), true), EINVAL);
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, true), 0);
	hp_check_eq(protected_pages(area), 1);
	hp_check_filled(area, 'p');
	check_protected(uffd, area);
	hp_check_filled_around(area, area->size / 2, hp_base_page_size(), 'p');
	hp_check_eq(hp_visit_end(visit(area, HP_WRITE)).signo, 0);
}

HP_SHARING_CASES(untouched, "what was not there, or was dropped, is protected as well")
{
	struct hp_area *area = hp_map_hugetlb(1, sharing);
	int uffd = hp_uffd_write_protected(area);

	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, true), 0);
	hp_check_page_zero(area, 0);
	hp_check_eq(protected_pages(area), 1);
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	hp_check_eq(protected_pages(area), 1);
	check_protected(uffd, area);
}

static void child_writes(void *area)
{
	hp_check_eq(protected_pages(area), 0);
	hp_check_eq(hp_visit_end(visit(area, HP_WRITE)).signo, 0);
}

HP_SHARING_CASES(forked, "a child is not protected, and its parent still is")
{
	struct hp_area *area = hp_map_hugetlb(1, sharing);
	int uffd = hp_uffd_write_protected(area);

	hp_fill(area, 'p');
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, true), 0);
	hp_wait_ok(hp_fork(child_writes, area));
	hp_check_eq(area->addr[area->size / 2] == 'w', sharing == MAP_SHARED);
	hp_check_eq(protected_pages(area), 1);
	check_protected(uffd, area);
}

HP_SHARING_CASES(copied, "a copy is protected from its first moment")
{
	struct hp_area *area = hp_map_hugetlb(1, sharing);
	struct hp_area *source = hp_uffd_source(area, 'u');
	int uffd = armed(area, UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP,
			 UFFD_FEATURE_WP_HUGETLBFS_SHMEM);

	hp_check_eq(hp_uffd_copy_protected(uffd, area->addr, source->addr, area->size), 0);
	hp_check_eq(protected_pages(area), 1);
	hp_check_filled(area, 'u');
	check_protected(uffd, area);
}

HP_PROGRAM(.summary = "huge pages of hugetlb are handled as a whole",
	   .needs = HP_NEEDS("hugetlb:2", "pagemap"), .seconds = 40,
	   .log_allows = HP_LINES("due to hardware memory corruption fault"),
	   .source = "userfaultfd: hugetlbfs support (2017), minor faults (2021), "
		     "write protection (2022)")
