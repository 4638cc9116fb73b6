// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * userfaultfd handles hugetlb pages as a whole: an access to a page that is missing, not
 * mapped from its file, or write-protected waits for a handler. UFFDIO_ZEROPAGE and
 * UFFDIO_MOVE do not support hugetlb.
 */
#include "hugeproof.h"

/* Accesses the middle of the page in a thread. */
static struct hp_faulting_thread *access_page(const struct hp_area *area,
					      enum hp_access access)
{
	return hp_fault_in_thread(area->addr + area->size / 2, access);
}

HP_CASES(missing, "an access to a missing hugetlb page waits until UFFDIO_COPY fills it",
	 hp_sharings, way)
{
	struct hp_area *area = hp_map_hugetlb(1, way->flag);
	struct hp_area *source = hp_uffd_source(area, 'u');
	int uffd = hp_uffd_missing(area);
	struct hp_faulting_thread *thread = access_page(area, HP_READ);
	struct hp_uffd_event fault = hp_uffd_fault(uffd, area->addr);

	hp_check(!fault.write && !fault.minor && !fault.write_protected);
	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, area->size), 0);
	hp_check_goes_on(thread);
	hp_check_filled(area, 'u');
	/* The next write does not involve the handler. */
	hp_check_goes_on(access_page(area, HP_WRITE));
	hp_check(!hp_uffd_pending(uffd));
	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, area->size), EEXIST);
	hp_check_eq(area->addr[area->size / 2], 'w');
}

HP_CASES(refused,
	 "userfaultfd operations on hugetlb with bad arguments fail with EINVAL or ENOENT",
	 hp_sharings, way)
{
	struct hp_area *area = hp_map_hugetlb(1, way->flag),
		       *other = hp_map_anon(area->size);
	size_t base = hp_base_size, size = area->size;
	char *addr = area->addr, *from = other->addr;
	int uffd = hp_uffd_missing(area);

	hp_check_eq(hp_uffd_register(uffd, addr, base, UFFDIO_REGISTER_MODE_MISSING),
		    EINVAL);
	hp_check_eq(hp_uffd_copy(uffd, addr, from, base), EINVAL);
	hp_check_eq(hp_uffd_copy(uffd, addr + base, from, size - base), EINVAL);
	hp_check_eq(hp_uffd_zero(uffd, addr, size), EINVAL);
	hp_check_eq(hp_uffd_move(uffd, addr, from, size, true), EINVAL);
	hp_check_eq(hp_uffd_register(uffd, from, size, UFFDIO_REGISTER_MODE_MISSING), 0);
	hp_check_eq(hp_uffd_move(uffd, from, addr, size, true), EINVAL);
	hp_check_eq(hp_uffd_unregister(uffd, addr, size), 0);
	hp_check_eq(hp_uffd_copy(uffd, addr, from, size), ENOENT);
	hp_check_zeros(hp_nth_page(area, 0));
}

HP_CASES(poison, "UFFDIO_POISON poisons the whole hugetlb page until it is dropped",
	 hp_sharings, way)
{
	struct hp_area *area = hp_map_hugetlb(1, way->flag);
	int uffd = hp_uffd_for(area, UFFDIO_REGISTER_MODE_MISSING, UFFD_FEATURE_POISON);
	struct hp_faulting_thread *thread = access_page(area, HP_WRITE);

	hp_uffd_fault(uffd, area->addr);
	hp_check_eq(hp_uffd_poison(uffd, area->addr, hp_base_size), EINVAL);
	hp_check_eq(hp_uffd_poison(uffd, area->addr, area->size), 0);
	hp_check_uffd_bad(thread, area->page_size);
	hp_check_eq(hp_uffd_poison(uffd, area->addr, area->size), EEXIST);
	hp_check_uffd_bad(hp_fault_in_thread(area->addr, HP_READ), area->page_size);
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	thread = access_page(area, HP_READ);
	hp_uffd_fault(uffd, area->addr);
	close(uffd);
	hp_check_goes_on(thread);
	hp_check_zeros(hp_nth_page(area, 0));
}

HP_CASES(minor,
	 "a minor fault of a hugetlb page waits for UFFDIO_CONTINUE, which copies nothing",
	 hp_sharings, way)
{
	int fd = hp_hugetlb_file();
	struct hp_area *writer, *area;
	struct hp_faulting_thread *thread;
	struct hp_hugetlb_counts start;
	int uffd;

	hp_resize_file(fd, 1);
	writer = hp_map_file(fd, 0, 1, MAP_SHARED);
	area = hp_map_file(fd, 0, 1, way->flag);
	uffd = hp_uffd_minor(area);
	hp_check_eq(hp_uffd_continue(uffd, area->addr, area->size), EFAULT);
	hp_fill(writer, 'p');
	start = hp_hugetlb();
	thread = access_page(area, HP_READ);
	hp_check(hp_uffd_fault(uffd, area->addr).minor);
	hp_fill(writer, 'q');
	hp_check_eq(hp_uffd_continue(uffd, area->addr, hp_base_size), EINVAL);
	hp_check_eq(hp_uffd_continue(uffd, area->addr, area->size), 0);
	hp_check_goes_on(thread);
	hp_check_filled(area, 'q');
	hp_check_eq(hp_uffd_continue(uffd, area->addr, area->size), EEXIST);
	hp_check_hugetlb(start);
	/* A private mapping maps the file's page until it writes. */
	area->addr[8] = 'w';
	hp_check_eq(writer->addr[8] == 'w', way->flag == MAP_SHARED);
	hp_check_hugetlb(start, .free = way->flag == MAP_SHARED ? 0 : -1,
			 .rsvd = way->flag == MAP_SHARED ? 0 : -1);
}

static void protect(int uffd, const struct hp_area *area)
{
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, true), 0);
}

static size_t protected_pages(const struct hp_area *area)
{
	return hp_uffd_protected(area->addr, hp_base_size);
}

/* A write waits until the protection is removed. */
static void check_protected(int uffd, const struct hp_area *area)
{
	struct hp_faulting_thread *thread = access_page(area, HP_WRITE);
	struct hp_uffd_event fault = hp_uffd_fault(uffd, area->addr);

	hp_check(fault.write && fault.write_protected);
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, false), 0);
	hp_check_goes_on(thread);
	hp_check_eq(area->addr[area->size / 2], 'w');
	hp_check_eq(protected_pages(area), 0);
}

HP_CASES(write_protected,
	 "a write to a write-protected hugetlb page waits, and a read does not",
	 hp_sharings, way)
{
	struct hp_area *area = hp_map_hugetlb(1, way->flag);
	int uffd = hp_uffd_write_protected(area);

	hp_fill(area, 'p');
	hp_check_eq(hp_uffd_protect(uffd, area->addr, hp_base_size, true), EINVAL);
	protect(uffd, area);
	hp_check_eq(protected_pages(area), 1);
	hp_check_filled(area, 'p');
	check_protected(uffd, area);
	hp_check_filled_around(area, hp_part(area, area->size / 2, hp_base_size), 'p');
	hp_check_goes_on(access_page(area, HP_WRITE));
}

HP_CASES(untouched,
	 "a page faulted into a write-protected hugetlb range is write-protected",
	 hp_sharings, way)
{
	struct hp_area *area = hp_map_hugetlb(1, way->flag);
	int uffd = hp_uffd_write_protected(area);

	protect(uffd, area);
	hp_check_zeros(hp_nth_page(area, 0));
	hp_check_eq(protected_pages(area), 1);
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	hp_check_eq(protected_pages(area), 1);
	check_protected(uffd, area);
}

HP_CASES(forked, "after fork write protection of hugetlb applies to the parent only",
	 hp_sharings, way)
{
	struct hp_area *area = hp_map_hugetlb(1, way->flag);
	int uffd = hp_uffd_write_protected(area);

	hp_fill(area, 'p');
	protect(uffd, area);
	hp_in_child() {
		hp_check_eq(protected_pages(area), 0);
		hp_check_goes_on(access_page(area, HP_WRITE));
	}
	hp_check_eq(area->addr[area->size / 2] == 'w', way->flag == MAP_SHARED);
	hp_check_eq(protected_pages(area), 1);
	check_protected(uffd, area);
}

HP_CASES(copied, "UFFDIO_COPY_MODE_WP write-protects the copied hugetlb page", hp_sharings,
	 way)
{
	struct hp_area *area = hp_map_hugetlb(1, way->flag);
	struct hp_area *source = hp_uffd_source(area, 'u');
	int uffd = hp_uffd_for(area, UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP,
			       UFFD_FEATURE_WP_HUGETLBFS_SHMEM);

	hp_check_eq(hp_uffd_copy_protected(uffd, area->addr, source->addr, area->size), 0);
	hp_check_eq(protected_pages(area), 1);
	hp_check_filled(area, 'u');
	check_protected(uffd, area);
}

HP_PROGRAM(.summary = "userfaultfd handles hugetlb pages as a whole",
	   .needs = HP_NEEDS("hugetlb:2", "pagemap"), .seconds = 40,
	   .log_allows = HP_LINES("due to hardware memory corruption fault"),
	   .sources =
		   HP_SOURCES({"commit", "cab350afcbc9",
			       "userfaultfd: hugetlbfs: allow registration of ranges "
			       "containing huge pages"},
			      {"commit", "7677f7fd8be7",
			       "userfaultfd: add minor fault registration mode"},
			      {"commit", "b1f9e876862d",
			       "mm/uffd: enable write protection for shmem & hugetlbfs"}))
