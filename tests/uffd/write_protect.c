// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A write to memory protected by UFFDIO_WRITEPROTECT waits for a handler, a read does not.
 * A THP that is protected as a whole stays PMD-mapped; protecting a part splits the
 * mapping. The contents stay.
 */
#include "hugeproof.h"

#define WP_FEATURES (UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM)

/* A huge page filled with 'p', registered for write protection. */
static struct hp_area *filled(enum hp_memory memory, int *uffd)
{
	struct hp_uffd_memory it =
		hp_uffd_memory_filled(memory, UFFDIO_REGISTER_MODE_WP, WP_FEATURES);

	*uffd = it.uffd;
	return it.area;
}

static void protect(int uffd, const struct hp_area *area)
{
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, true), 0);
}

static struct hp_area *protected_page(enum hp_memory memory, int *uffd)
{
	struct hp_area *area = filled(memory, uffd);

	protect(*uffd, area);
	return area;
}

/* A write to the page waits until this page's protection is removed. */
static void check_waits(int uffd, const struct hp_area *area, size_t page)
{
	struct hp_faulting_thread *thread =
		hp_fault_in_thread(hp_page(area, page), HP_WRITE);
	struct hp_uffd_event fault = hp_uffd_fault(uffd, hp_page(area, page));

	hp_check(fault.write && fault.write_protected);
	hp_check_eq(hp_uffd_protect(uffd, fault.addr, area->page_size, false), 0);
	hp_check_goes_on(thread);
	hp_check_eq(*hp_page(area, page), 'w');
}

static void check_passes(int uffd, const struct hp_area *area, size_t page)
{
	hp_check_no_wait(hp_page(area, page), HP_WRITE);
	hp_check(!hp_uffd_pending(uffd));
	hp_check_eq(*hp_page(area, page), 'w');
}

static size_t protected_pages(const struct hp_area *area)
{
	return hp_uffd_protected(area->addr, area->size);
}

HP_CASES(told,
	 "a write to a protected page waits until the handler unprotects that base page",
	 hp_uffd_kinds, kind)
{
	int uffd;
	struct hp_area *area = protected_page(kind->memory, &uffd);

	hp_check_eq(protected_pages(area), hp_pages(area));
	hp_check_filled(area, 'p');
	hp_check(!hp_uffd_pending(uffd));
	check_waits(uffd, area, 5);
	hp_check_eq(protected_pages(area), hp_pages(area) - 1);
	hp_check_filled_around(area, hp_part(area, 5 * area->page_size, 8), 'p');
	check_waits(uffd, area, 6);
}

HP_CASES(whole, "UFFDIO_WRITEPROTECT protects and unprotects a huge page as a whole",
	 hp_uffd_kinds, kind)
{
	int uffd;
	struct hp_area *area = protected_page(kind->memory, &uffd);

	/* Shared memory is always PTE-mapped then. */
	hp_check_eq(hp_mapped_huge(area), kind->memory == HP_MEMORY_THP ? area->size : 0);
	hp_check_filled(area, 'p');
	hp_check_eq(hp_folio_size(area->addr), hp_pmd_size);
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, false), 0);
	hp_check_eq(protected_pages(area), 0);
	check_passes(uffd, area, 5);
	hp_check_filled_around(area, hp_part(area, 5 * area->page_size, 8), 'p');
	hp_check_eq(hp_folio_size(area->addr), hp_pmd_size);
}

HP_CASES(part, "UFFDIO_WRITEPROTECT of half of a huge page leaves the other half writable",
	 hp_uffd_kinds, kind)
{
	int uffd;
	struct hp_area *area = filled(kind->memory, &uffd);
	size_t pages = hp_pages(area);

	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size / 2, true), 0);
	hp_check_eq(protected_pages(area), pages / 2);
	hp_check_eq(hp_uffd_protected(area->addr, area->size / 2), pages / 2);
	hp_check_eq(hp_mapped_huge(area), 0);
	hp_check_filled(area, 'p');
	check_passes(uffd, area, pages / 2);
	check_waits(uffd, area, pages / 2 - 1);
}

HP_CASES(untouched, "UFFDIO_WRITEPROTECT with WP_UNPOPULATED protects missing pages",
	 hp_uffd_kinds, kind)
{
	struct hp_area *area = hp_uffd_room(kind->memory);
	int uffd =
		hp_uffd_for(area, UFFDIO_REGISTER_MODE_WP,
			    UFFD_FEATURE_WP_UNPOPULATED | UFFD_FEATURE_WP_HUGETLBFS_SHMEM);

	protect(uffd, area);
	hp_check_eq(protected_pages(area), hp_pages(area));
	hp_check_eq(hp_area_smaps(area).rss, 0);
	hp_check_zeros(hp_part(area, 0, area->page_size));
	check_waits(uffd, area, 0);
	check_waits(uffd, area, 7);
}

HP_CASE(untouched_before,
	"without WP_UNPOPULATED missing anonymous pages are not protected")
{
	struct hp_area *area = hp_uffd_room(HP_MEMORY_THP);
	int uffd = hp_uffd_write_protected(area);

	protect(uffd, area);
	hp_check_eq(protected_pages(area), 0);
	check_passes(uffd, area, 7);
}

HP_CASES(dropped,
	 "MADV_DONTNEED removes write protection of anonymous memory but not of files",
	 hp_uffd_kinds, kind)
{
	bool kept = kind->memory == HP_MEMORY_TMPFS;
	int uffd;
	struct hp_area *area = protected_page(kind->memory, &uffd);

	check_waits(uffd, area, 3);
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	hp_check_eq(protected_pages(area), kept ? hp_pages(area) - 1 : 0);
	if (!kept) {
		check_passes(uffd, area, 4);
		return;
	}
	check_waits(uffd, area, 4);
	hp_check_filled_around(
		area, hp_part(area, 3 * area->page_size, area->page_size + 8), 'p');
}

HP_CASES(forked, "after fork write protection applies to the parent only", hp_uffd_kinds,
	 kind)
{
	int uffd;
	struct hp_area *area = protected_page(kind->memory, &uffd);

	hp_in_child() {
		hp_check_eq(protected_pages(area), 0);
		hp_check_filled(area, 'p');
		hp_check_no_wait(hp_page(area, 2), HP_WRITE);
	}
	hp_check_eq(protected_pages(area), hp_pages(area));
	hp_check_eq(*hp_page(area, 2) == 'w', kind->memory == HP_MEMORY_TMPFS);
	hp_check_filled_around(area, hp_part(area, 2 * area->page_size, 8), 'p');
	check_waits(uffd, area, 3);
}

HP_CASES(copied, "UFFDIO_COPY_MODE_WP write-protects the copied page", hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it = hp_uffd_memory_for(
		kind->memory, UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP,
		UFFD_FEATURE_WP_HUGETLBFS_SHMEM);
	char *addr = hp_page(it.area, 3);
	struct hp_faulting_thread *thread = hp_fault_in_thread(addr, HP_WRITE);
	size_t base = it.area->page_size;

	hp_check(!hp_uffd_fault(it.uffd, addr).write_protected);
	hp_check_eq(hp_uffd_copy_protected(it.uffd, addr, hp_page(it.source, 3), base), 0);
	hp_check(hp_uffd_fault(it.uffd, addr).write_protected);
	hp_check_filled(hp_nth_page(it.area, 3), 'u');
	hp_check_eq(protected_pages(it.area), 1);
	hp_check_eq(hp_uffd_protect(it.uffd, addr, base, false), 0);
	hp_check_goes_on(thread);
	hp_check_eq(protected_pages(it.area), 0);
}

HP_CASES(closed, "closing the userfaultfd removes all write protection", hp_uffd_kinds,
	 kind)
{
	int uffd;
	struct hp_area *area = protected_page(kind->memory, &uffd);
	struct hp_faulting_thread *thread;

	thread = hp_fault_in_thread(hp_page(area, 5), HP_WRITE);
	hp_uffd_wait(uffd, 5);
	close(uffd);
	hp_check_goes_on(thread);
	hp_check_eq(protected_pages(area), 0);
	hp_check_filled_around(area, hp_part(area, 5 * area->page_size, 8), 'p');
}

HP_CASES(mprotected, "mprotect to read-only and back keeps userfaultfd's write protection",
	 hp_uffd_kinds, kind)
{
	int uffd;
	struct hp_area *area = protected_page(kind->memory, &uffd);

	hp_check_ok(mprotect(area->addr, area->size / 2, PROT_READ));
	hp_check_ok(mprotect(area->addr, area->size / 2, PROT_READ | PROT_WRITE));
	hp_check_eq(protected_pages(area), hp_pages(area));
	check_waits(uffd, area, 3);
	check_waits(uffd, area, hp_pages(area) - 1);
	hp_check_filled(hp_nth_page(area, 4), 'p');
}

HP_CASES(refused,
	 "UFFDIO_WRITEPROTECT of unaligned or unregistered ranges fails (EINVAL, ENOENT)",
	 hp_uffd_kinds, kind)
{
	struct hp_area *area = hp_uffd_room(kind->memory);
	size_t base = area->page_size;
	int uffd = hp_uffd_missing(area);

	hp_check_eq(hp_uffd_protect(uffd, area->addr + 512, base, true), EINVAL);
	hp_check_eq(hp_uffd_protect(uffd, area->addr, base + 512, true), EINVAL);
	hp_check_eq(hp_uffd_protect(uffd, area->addr, base, true), ENOENT);
	hp_check_eq(hp_uffd_unregister(uffd, area->addr, area->size), 0);
	hp_check_eq(hp_uffd_protect(uffd, area->addr, base, true), ENOENT);
	hp_check_eq(protected_pages(area), 0);
}

HP_CASES(registered_again, "registering without MODE_WP is EBUSY and keeps the protection",
	 hp_uffd_kinds, kind)
{
	struct hp_area *area;
	int uffd;

	if (!hp_kernel_from(7, 3))
		hp_skip_case("needs a kernel that refuses to register without the mode of "
			     "before (Linux 7.3): run it on a newer kernel");
	area = protected_page(kind->memory, &uffd);
	hp_check_eq(hp_uffd_register(uffd, area->addr, area->size,
				     UFFDIO_REGISTER_MODE_MISSING),
		    EBUSY);
	hp_check_eq(protected_pages(area), hp_pages(area));
	hp_check_eq(
		hp_uffd_register(uffd, area->addr, area->size,
				 UFFDIO_REGISTER_MODE_WP | UFFDIO_REGISTER_MODE_MISSING),
		0);
	hp_check_eq(protected_pages(area), hp_pages(area));
	hp_check_filled(area, 'p');
	check_waits(uffd, area, 3);
}

HP_CASES(async, "with UFFD_FEATURE_WP_ASYNC a write does not wait and shows in pagemap",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it = hp_uffd_memory_filled(
		kind->memory, UFFDIO_REGISTER_MODE_WP, UFFD_FEATURE_WP_ASYNC);
	struct hp_area *area = it.area;

	protect(it.uffd, area);
	check_passes(it.uffd, area, 3);
	hp_check_eq(protected_pages(area), hp_pages(area) - 1);
	hp_check_eq(hp_uffd_protected(hp_page(area, 3), area->page_size), 0);
	hp_check_filled_around(area, hp_part(area, 3 * area->page_size, 8), 'p');
}

HP_CASE(not_collapsed,
	"MADV_COLLAPSE of a range with a write-protected page fails with EINVAL")
{
	int uffd;
	struct hp_area *area = filled(HP_MEMORY_THP, &uffd);

	hp_check_eq(hp_uffd_protect(uffd, hp_page(area, 3), area->page_size, true), 0);
	hp_check_eq(hp_collapse(area), EINVAL);
	hp_check_eq(protected_pages(area), 1);
	check_waits(uffd, area, 3);
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), area->size);
	hp_check_filled_around(area, hp_part(area, 3 * area->page_size, 8), 'p');
}

HP_PROGRAM(.summary = "writes to write-protected pages wait for the userfaultfd handler",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap", "root"),
	   .sources = HP_SOURCES(
		   {"commit", "292924b26024", "userfaultfd: wp: apply _PAGE_UFFD_WP bit"},
		   {"commit", "b1f9e876862d",
		    "mm/uffd: enable write protection for shmem & hugetlbfs"}))
