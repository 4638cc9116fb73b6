// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reads and writes of a page that UFFDIO_RWPROTECT protects wait for a handler; with
 * UFFD_FEATURE_RWP_ASYNC the kernel unprotects the page instead. Pages keep their contents
 * and stay in place. Missing pages are not protected.
 */
#include "hugeproof.h"

#include <sys/ioctl.h>
#include <sys/syscall.h>

static const struct hp_memory_kind kinds[] = {
	{{"base", "base pages"}, HP_MEMORY_BASE},
	{{"hugetlb", "hugetlb"}, HP_MEMORY_HUGETLB},
	{{"mthp", "huge pages of 64 kB"}, HP_MEMORY_MTHP},
	{{"shmem", "base pages of shared memory"}, HP_MEMORY_TMPFS},
	{{"thp", "PMD-mapped THPs"}, HP_MEMORY_THP},
};

struct memory {
	struct hp_area *area; /* of the tag 'p'; page_size is what can be protected */
	int uffd;
};

static struct hp_area *filled(enum hp_memory kind)
{
	size_t bytes = kind == HP_MEMORY_HUGETLB ? 2 * hp_page_size : hp_pmd_size;
	struct hp_area *area = hp_map_filled_base(kind, bytes, 'p');

	hp_khugepaged_calm();
	/* PMD-mapped shared memory has a case of its own. */
	if (kind == HP_MEMORY_TMPFS)
		hp_split_to_base(area);
	return area;
}

static struct memory registered(enum hp_memory kind, uint64_t features)
{
	struct memory it = {0};

	/* Skips the case if the kernel lacks the mode. */
	close(hp_uffd(UFFD_FEATURE_RWP));
	it.area = filled(kind);
	it.uffd =
		hp_uffd_for(it.area, UFFDIO_REGISTER_MODE_RWP, UFFD_FEATURE_RWP | features);
	return it;
}

static struct memory protected_memory(enum hp_memory kind, uint64_t features)
{
	struct memory it = registered(kind, features);

	hp_check_eq(hp_uffd_rw_protect(it.uffd, it.area->addr, it.area->size, true), 0);
	return it;
}

static void open_all(const struct memory *it)
{
	hp_check_eq(hp_uffd_rw_protect(it->uffd, it->area->addr, it->area->size, false), 0);
}

/* An access waits until this page alone is unprotected, and is reported once. */
static void check_waits(const struct memory *it, size_t page, enum hp_access access)
{
	char *addr = hp_page(it->area, page);
	struct hp_faulting_thread *thread = hp_fault_in_thread(addr + 8, access);
	struct hp_uffd_event fault = hp_uffd_fault(it->uffd, addr);

	hp_check(fault.rw_protected && !fault.write_protected && !fault.minor);
	hp_check_eq(fault.write, access == HP_WRITE);
	hp_check(hp_faulting_thread_waits(thread));
	hp_check_eq(hp_uffd_rw_protect(it->uffd, addr, it->area->page_size, false), 0);
	hp_check_goes_on(thread);
	hp_check_no_wait(addr, HP_READ);
	hp_check(!hp_uffd_pending(it->uffd));
}

/* An access does not wait, and none is reported. */
static void check_accessible(const struct memory *it, size_t page, enum hp_access access)
{
	hp_check_no_wait(hp_page(it->area, page) + 8, access);
	hp_check(!hp_uffd_pending(it->uffd));
}

static size_t protected_pages(const struct hp_area *area)
{
	return hp_uffd_protected(area->addr, area->size) / (area->page_size / hp_base_size);
}

HP_CASES(told, "reads and writes wait for the end of UFFDIO_RWPROTECT", kinds, kind)
{
	struct memory it = protected_memory(kind->memory, 0);
	size_t pages = hp_pages(it.area), written = pages - 1;

	hp_check_eq(protected_pages(it.area), pages);
	check_waits(&it, 0, HP_READ);
	hp_check_eq(protected_pages(it.area), pages - 1);
	check_waits(&it, written, HP_WRITE);
	hp_check_eq(protected_pages(it.area), pages - 2);
	open_all(&it);
	hp_check_filled_around(it.area,
			       hp_part(it.area, written * it.area->page_size + 8, 8), 'p');
}

HP_CASES(whole, "UFFDIO_RWPROTECT protects and unprotects a range and moves no page", kinds,
	 kind)
{
	struct memory it = registered(kind->memory, 0);
	struct hp_area *area = it.area;
	uint64_t frame = hp_pfn(area->addr);
	struct hp_smaps before = hp_area_smaps(area);
	size_t huge = hp_mapped_huge(area);

	hp_check_eq(hp_uffd_rw_protect(it.uffd, area->addr, area->size, true), 0);
	hp_check_eq(protected_pages(area), hp_pages(area));
	hp_check_eq(hp_area_smaps(area).rss, before.rss);
	/* A THP stays mapped by a PMD. */
	if (kind->memory == HP_MEMORY_THP)
		hp_check_eq(hp_mapped_huge(area), huge);
	open_all(&it);
	hp_check_eq(protected_pages(area), 0);
	check_accessible(&it, 1, HP_READ);
	hp_check_filled(area, 'p');
	hp_check_unmoved(hp_pfn(area->addr) == frame);
	hp_check_writable(area, 'w');
	hp_check(!hp_uffd_pending(it.uffd));
}

HP_CASES(part, "UFFDIO_RWPROTECT of half of a range spares the other half", kinds, kind)
{
	struct memory it = registered(kind->memory, 0);
	size_t pages = hp_pages(it.area);

	hp_check_eq(hp_uffd_rw_protect(it.uffd, it.area->addr, it.area->size / 2, true), 0);
	hp_check_eq(protected_pages(it.area), pages / 2);
	check_accessible(&it, pages / 2, HP_READ);
	check_accessible(&it, pages - 1, HP_WRITE);
	check_waits(&it, pages / 2 - 1, HP_READ);
	open_all(&it);
	hp_check_filled_around(
		it.area, hp_part(it.area, (pages - 1) * it.area->page_size + 8, 8), 'p');
}

HP_CASE(mapped_by_pmd_tmpfs, "UFFDIO_RWPROTECT protects each base page of PMD-mapped tmpfs")
{
	struct hp_area *area;
	int uffd;

	close(hp_uffd(UFFD_FEATURE_RWP));
	area = hp_map_filled(HP_MEMORY_TMPFS, hp_pmd_size, 'p');
	hp_khugepaged_calm();
	hp_require_huge(area);
	uffd = hp_uffd_for(area, UFFDIO_REGISTER_MODE_RWP, UFFD_FEATURE_RWP);
	hp_check_eq(hp_uffd_rw_protect(uffd, area->addr, area->size, true), 0);
	hp_check_eq(hp_uffd_protected(area->addr, area->size), hp_base_pages(area));
	hp_check_eq(hp_uffd_rw_protect(uffd, area->addr, area->size, false), 0);
	hp_check_filled(area, 'p');
}

HP_CASES(again, "a page can be protected again by UFFDIO_RWPROTECT", kinds, kind)
{
	struct memory it = protected_memory(kind->memory, 0);

	check_waits(&it, 1, HP_READ);
	hp_check_eq(
		hp_uffd_rw_protect(it.uffd, hp_page(it.area, 1), it.area->page_size, true),
		0);
	check_waits(&it, 1, HP_WRITE);
	check_waits(&it, 0, HP_READ);
}

static const struct hp_memory_kind empty_kinds[] = {
	{{"shmem", "shared memory"}, HP_MEMORY_TMPFS},
	{{"thp", "anonymous memory"}, HP_MEMORY_THP},
};

HP_CASES(untouched, "UFFDIO_RWPROTECT of missing pages has no effect", empty_kinds, kind)
{
	struct memory it = {0};

	close(hp_uffd(UFFD_FEATURE_RWP));
	it.area = hp_uffd_room(kind->memory);
	it.uffd = hp_uffd_for(it.area, UFFDIO_REGISTER_MODE_RWP, UFFD_FEATURE_RWP);
	hp_check_eq(hp_uffd_rw_protect(it.uffd, it.area->addr, it.area->size, true), 0);
	hp_check_eq(protected_pages(it.area), 0);
	check_accessible(&it, 3, HP_READ);
	check_accessible(&it, 4, HP_WRITE);
}

HP_CASES(async,
	 "with UFFD_FEATURE_RWP_ASYNC no access waits, and PAGEMAP_SCAN finds accesses",
	 kinds, kind)
{
	struct memory it = protected_memory(kind->memory, UFFD_FEATURE_RWP_ASYNC);
	size_t page = it.area->page_size, in_one, last;
	struct hp_scan scan = {.want = PAGE_IS_ACCESSED, .report = PAGE_IS_ACCESSED};

	for (int i = 0; i < 2; i++) {
		hp_scan_pages(it.area, &scan);
		hp_check_eq(scan.regions, 0);
		check_accessible(&it, 1, i ? HP_WRITE : HP_READ);
		/* A PMD mapping is unprotected as a whole. */
		in_one = hp_mapped_huge(it.area) ? hp_pmd_size : page;
		hp_scan_pages(it.area, &scan);
		hp_check_one_region(&scan, page / in_one * in_one, in_one,
				    PAGE_IS_ACCESSED);
		hp_check_eq(hp_uffd_rw_protect(it.uffd, it.area->addr, it.area->size, true),
			    0);
	}
	last = (hp_pages(it.area) - 1) * page;
	check_accessible(&it, hp_pages(it.area) - 1, HP_READ);
	hp_scan_pages(it.area, &scan);
	hp_check_one_region(&scan, last / in_one * in_one, in_one, PAGE_IS_ACCESSED);
	open_all(&it);
	hp_check_filled_around(it.area, hp_part(it.area, page + 8, 8), 'p');
}

/* A thread that waits for the handler at the second page. */
static struct hp_faulting_thread *waiting(const struct memory *it)
{
	struct hp_faulting_thread *thread =
		hp_fault_in_thread(hp_page(it->area, 1) + 8, HP_READ);

	hp_uffd_fault(it->uffd, hp_page(it->area, 1));
	hp_check(hp_faulting_thread_waits(thread));
	return thread;
}

HP_CASES(set_mode, "UFFDIO_SET_MODE turns RWP_ASYNC on and off, also for waiting accesses",
	 kinds, kind)
{
	struct memory it = protected_memory(kind->memory, 0);
	struct hp_faulting_thread *thread = waiting(&it);

	hp_check_eq(hp_uffd_set_mode(it.uffd, UFFD_FEATURE_RWP_ASYNC, 0), 0);
	hp_check_goes_on(thread);
	check_accessible(&it, 0, HP_WRITE);
	hp_check_eq(hp_uffd_set_mode(it.uffd, 0, UFFD_FEATURE_RWP_ASYNC), 0);
	hp_check_eq(hp_uffd_rw_protect(it.uffd, it.area->addr, it.area->size, true), 0);
	check_waits(&it, 1, HP_READ);
	open_all(&it);
	hp_check_filled_around(it.area, hp_part(it.area, 8, 8), 'p');
}

HP_CASES(ended_closed, "closing the userfaultfd ends the protection, and accesses continue",
	 kinds, kind)
{
	struct memory it = protected_memory(kind->memory, 0);
	struct hp_faulting_thread *thread = waiting(&it);

	close(it.uffd);
	hp_check_goes_on(thread);
	hp_check_eq(protected_pages(it.area), 0);
	hp_check_no_wait(hp_page(it.area, 0), HP_READ);
	hp_check_filled(it.area, 'p');
	hp_check_writable(it.area, 'w');
}

HP_CASE(modes, "UFFDIO_REGISTER_MODE_RWP without its feature or with MODE_WP is EINVAL")
{
	uint64_t rwp = UFFDIO_REGISTER_MODE_RWP;
	struct hp_area *area, *shut;
	int uffd = hp_uffd(UFFD_FEATURE_RWP), plain = hp_uffd(0);
	struct uffdio_api api = {.api = UFFD_API, .features = UFFD_FEATURE_RWP_ASYNC};
	int odd;

	area = hp_filled_base_pages(4, 'p');
	shut = hp_filled_base_pages(4, 'p');
	hp_check_eq(hp_uffd_register(uffd, area->addr, area->size,
				     rwp | UFFDIO_REGISTER_MODE_WP),
		    EINVAL);
	hp_check_eq(hp_uffd_register(plain, area->addr, area->size, rwp), EINVAL);
	hp_protect(shut, PROT_NONE);
	hp_check_eq(hp_uffd_register(uffd, shut->addr, shut->size, rwp), EINVAL);
	hp_check_eq(hp_uffd_register(uffd, area->addr, area->size, rwp), 0);
	hp_check_eq(hp_uffd_set_mode(uffd, UFFD_FEATURE_RWP_ASYNC, UFFD_FEATURE_RWP_ASYNC),
		    EINVAL);
	hp_check_eq(hp_uffd_set_mode(uffd, UFFD_FEATURE_WP_ASYNC, 0), EINVAL);
	hp_check_eq(hp_uffd_set_mode(plain, UFFD_FEATURE_RWP_ASYNC, 0), EINVAL);
	/* It requires UFFD_FEATURE_RWP. */
	odd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	hp_check_ok(odd);
	hp_check_errno(ioctl(odd, UFFDIO_API, &api), EINVAL);
	hp_check_filled(area, 'p');
}

HP_CASE(hugetlb_parts, "UFFDIO_RWPROTECT of a part of a hugetlb page fails with EINVAL")
{
	struct memory it = registered(HP_MEMORY_HUGETLB, 0);

	hp_check_eq(hp_uffd_rw_protect(it.uffd, it.area->addr, hp_base_size, true), EINVAL);
	hp_check_eq(hp_uffd_rw_protect(it.uffd, it.area->addr + hp_base_size, hp_page_size,
				       true),
		    EINVAL);
	hp_check_eq(protected_pages(it.area), 0);
	check_accessible(&it, 0, HP_READ);
	hp_check_filled(it.area, 'p');
}

HP_CASES(registered_again, "registering without MODE_RWP is EBUSY and keeps the protection",
	 kinds, kind)
{
	struct memory it = protected_memory(kind->memory, 0);

	hp_check_eq(hp_uffd_register(it.uffd, it.area->addr, it.area->size,
				     UFFDIO_REGISTER_MODE_MISSING),
		    EBUSY);
	hp_check_eq(hp_uffd_register(it.uffd, it.area->addr, it.area->size,
				     UFFDIO_REGISTER_MODE_WP),
		    EBUSY);
	hp_check_eq(
		hp_uffd_register(it.uffd, it.area->addr, it.area->size,
				 UFFDIO_REGISTER_MODE_RWP | UFFDIO_REGISTER_MODE_MISSING),
		0);
	hp_check_eq(protected_pages(it.area), hp_pages(it.area));
	check_waits(&it, 1, HP_READ);
	open_all(&it);
	hp_check_filled(it.area, 'p');
}

HP_CASE(not_collapsed,
	"MADV_COLLAPSE of a range with a read-write-protected page fails with EINVAL")
{
	struct memory it = registered(HP_MEMORY_THP, 0);
	char *addr = hp_page(it.area, 3);

	hp_check_eq(hp_uffd_rw_protect(it.uffd, addr, hp_base_size, true), 0);
	hp_check_eq(hp_collapse(it.area), EINVAL);
	hp_check_eq(protected_pages(it.area), 1);
	check_waits(&it, 3, HP_READ);
	hp_check_eq(hp_collapse(it.area), 0);
	hp_check_eq(hp_mapped_huge(it.area), it.area->size);
	hp_check_filled(it.area, 'p');
}

HP_PROGRAM(.summary = "reads and writes of pages under UFFDIO_RWPROTECT wait for a handler",
	   .needs = HP_NEEDS("hugetlb:2", "thp", "pagemap", "root"), .seconds = 30,
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/userfaultfd.rst",
				  "Read-Write Protection"}))
