// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * In a range with UFFDIO_REGISTER_MODE_MISSING an access to a missing page waits for the
 * handler. UFFDIO_COPY fills missing base pages, each as a whole, and never replaces a
 * present one; no huge page appears until the handler has filled all of it.
 */
#include "hugeproof.h"

HP_CASES(told, "an access to a missing page waits until UFFDIO_COPY fills it",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it = hp_uffd_memory_missing(kind->memory);

	for (int write = 0; write < 2; write++) {
		size_t page = write ? 500 : 3;
		char *addr = hp_page(it.area, page);
		struct hp_faulting_thread *thread =
			hp_fault_in_thread(addr, write ? HP_WRITE : HP_READ);
		struct hp_uffd_event fault = hp_uffd_fault(it.uffd, addr);

		hp_check_eq(fault.write, write);
		hp_check(!fault.minor && !fault.write_protected);
		hp_check_eq(hp_uffd_copy_pages(&it, page, 1), 0);
		hp_check_goes_on(thread);
		hp_check_eq(*addr, write ? 'w' : *hp_page(it.source, page));
	}
	hp_check_filled(hp_nth_page(it.area, 3), 'u');
	/* Neither a huge page nor a neighbouring page was allocated. */
	hp_check_eq(hp_area_smaps(it.area).rss, 2 * it.area->page_size / 1024);
}

HP_CASES(whole,
	 "one UFFDIO_COPY fills the range of a huge page and wakes all waiting threads",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it = hp_uffd_memory_missing(kind->memory);
	struct hp_area *area = it.area;
	struct hp_faulting_thread *first = hp_fault_in_thread(area->addr, HP_READ);
	struct hp_faulting_thread *last =
		hp_fault_in_thread(area->addr + area->size - 1, HP_READ);

	hp_uffd_wait(it.uffd, 5);
	hp_uffd_wait(it.uffd, 5);
	hp_check_eq(hp_uffd_copy_pages(&it, 0, hp_pages(area)), 0);
	hp_check_goes_on(first);
	hp_check_goes_on(last);
	hp_check_filled(area, 'u');
	hp_check_eq(hp_area_smaps(area).rss, area->size / 1024);
}

HP_CASES(present, "UFFDIO_COPY onto a huge page fails with EEXIST and leaves it huge",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it =
		hp_uffd_memory_filled(kind->memory, UFFDIO_REGISTER_MODE_MISSING, 0);

	hp_check_eq(hp_uffd_copy_pages(&it, 3, 1), EEXIST);
	hp_check_eq(hp_uffd_copy_pages(&it, 0, hp_pages(it.area)), EEXIST);
	hp_check_filled(it.area, 'p');
	hp_check_eq(hp_mapped_huge(it.area), it.area->size);
}

HP_CASES(half, "UFFDIO_COPY that reaches a present page stops before it", hp_uffd_kinds,
	 kind)
{
	struct hp_uffd_memory it = hp_uffd_memory_missing(kind->memory);
	struct hp_uffd_memory first = {it.area, hp_uffd_source(it.area, 'f'), it.uffd};

	hp_check_eq(hp_uffd_copy_pages(&first, 2, 1), 0);
	hp_check_eq(hp_uffd_copy_pages(&it, 0, 4), EAGAIN);
	hp_check_eq(hp_area_smaps(it.area).rss, 3 * it.area->page_size / 1024);
	hp_check_filled(hp_nth_page(it.area, 0), 'u');
	hp_check_filled(hp_nth_page(it.area, 1), 'u');
	hp_check_filled(hp_nth_page(it.area, 2), 'f');
}

HP_CASES(misaligned, "userfaultfd operations on unaligned ranges fail with EINVAL",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it = hp_uffd_memory_missing(kind->memory);
	char *addr = it.area->addr, *from = it.source->addr;
	size_t base = it.area->page_size;

	hp_check_eq(hp_uffd_copy(it.uffd, addr + 512, from, base), EINVAL);
	hp_check_eq(hp_uffd_copy(it.uffd, addr, from, base - 512), EINVAL);
	hp_check_eq(hp_uffd_copy(it.uffd, addr, from, 0), EINVAL);
	hp_check_eq(
		hp_uffd_register(it.uffd, addr + 512, base, UFFDIO_REGISTER_MODE_MISSING),
		EINVAL);
	hp_check_eq(hp_area_smaps(it.area).rss, 0);
}

HP_CASES(elsewhere,
	 "UFFDIO_COPY into a range that is not fully registered fails with ENOENT",
	 hp_uffd_kinds, kind)
{
	const size_t huge = hp_pmd_size, base = hp_base_size;
	struct hp_area *area = hp_map_memory(kind->memory, 2 * huge);
	char *from = hp_uffd_source(area, 'u')->addr, *end = area->addr + huge;
	int uffd = hp_uffd(0);

	hp_check_eq(hp_uffd_register(uffd, area->addr, huge, UFFDIO_REGISTER_MODE_MISSING),
		    0);
	hp_check_eq(hp_uffd_copy(uffd, end, from, base), ENOENT);
	hp_check_eq(hp_uffd_copy(uffd, end - base, from, 2 * base), ENOENT);
	hp_check_ok(munmap(end, huge));
	hp_check_eq(hp_uffd_copy(uffd, end, from, base), ENOENT);
	hp_check_eq(hp_area_smaps(area).rss, 0);
}

HP_CASES(no_source, "UFFDIO_COPY from unmapped memory fails with EFAULT and fills nothing",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it = hp_uffd_memory_missing(kind->memory);
	struct hp_faulting_thread *thread;

	hp_check_ok(munmap(hp_page(it.source, 7), it.area->page_size));
	hp_check_eq(hp_uffd_copy_pages(&it, 7, 1), EFAULT);
	hp_check_eq(hp_area_smaps(it.area).rss, 0);
	thread = hp_fault_in_thread(hp_page(it.area, 7), HP_READ);
	hp_uffd_fault(it.uffd, hp_page(it.area, 7));
	hp_check_eq(hp_uffd_copy(it.uffd, hp_page(it.area, 7), hp_page(it.source, 6),
				 it.area->page_size),
		    0);
	hp_check_goes_on(thread);
}

HP_CASES(far_source, "UFFDIO_COPY faults in its source if necessary", hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it = hp_uffd_memory_missing(kind->memory);
	int file = hp_shmem_file(1);

	hp_fill(hp_map_shmem(file, 1, MAP_SHARED), 's');
	it.source = hp_map_shmem(file, 1, MAP_SHARED);
	it.source->page_size = it.area->page_size;
	hp_check_eq(hp_uffd_copy_pages(&it, 9, 1), 0);
	hp_check_filled(hp_nth_page(it.area, 9), 's');
	hp_check_eq(hp_area_smaps(it.area).rss, it.area->page_size / 1024);
}

HP_CASES(closed, "closing the userfaultfd lets a waiting access continue with zeros",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it = hp_uffd_memory_missing(kind->memory);
	struct hp_faulting_thread *thread =
		hp_fault_in_thread(hp_page(it.area, 4), HP_READ);

	hp_uffd_wait(it.uffd, 5);
	close(it.uffd);
	hp_check_goes_on(thread);
	hp_check_zeros(it.area);
}

HP_CASES(unregistered, "unregistering a range lets a waiting access continue",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it = hp_uffd_memory_missing(kind->memory);
	struct hp_faulting_thread *thread =
		hp_fault_in_thread(hp_page(it.area, 4), HP_READ);

	hp_uffd_wait(it.uffd, 5);
	hp_check_eq(hp_uffd_unregister(it.uffd, it.area->addr, it.area->size), 0);
	hp_check_goes_on(thread);
	hp_check(!hp_uffd_pending(it.uffd));
}

HP_CASES(not_collapsed,
	 "MADV_COLLAPSE fails with EBUSY where the handler has not filled a page",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it = hp_uffd_memory_missing(kind->memory);

	for (size_t page = 1; page < hp_pages(it.area); page++)
		hp_check_eq(hp_uffd_copy_pages(&it, page, 1), 0);
	hp_check_eq(hp_collapse(it.area), EBUSY);
	hp_check_eq(hp_uffd_copy_pages(&it, 0, 1), 0);
	hp_check_eq(hp_collapse(it.area), 0);
	hp_check_filled(it.area, 'u');
	hp_check_eq(hp_mapped_huge(it.area), it.area->size);
}

HP_CASES(no_handler,
	 "with UFFD_FEATURE_SIGBUS an access to a missing page gets SIGBUS at once",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it = hp_uffd_memory_for(
		kind->memory, UFFDIO_REGISTER_MODE_MISSING, UFFD_FEATURE_SIGBUS);

	hp_check_fault(it.area, hp_page(it.area, 3), HP_READ, SIGBUS, BUS_ADRERR);
	hp_check_fault(it.area, hp_page(it.area, 3), HP_WRITE, SIGBUS, BUS_ADRERR);
	hp_check(!hp_uffd_pending(it.uffd));
	hp_check_eq(hp_area_smaps(it.area).rss, 0);
}

HP_PROGRAM(.summary = "missing pages are filled by the userfaultfd handler, one by one",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root"),
	   .sources = HP_SOURCES({"man", "ioctl_userfaultfd(2)"},
				 {"doc", "Documentation/admin-guide/mm/userfaultfd.rst"}))
