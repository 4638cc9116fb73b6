// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * In a range with UFFDIO_REGISTER_MODE_MINOR an access to a page that is in the page cache
 * but not mapped waits, so that a handler can update it through another mapping.
 * UFFDIO_CONTINUE maps the page; it neither allocates nor splits one.
 */
#include "hugeproof.h"

struct file {
	struct hp_area *writer, *area; /* a plain mapping, and the registered one */
	int fd, uffd;
};

static struct file empty(int sharing)
{
	struct file file = {.fd = hp_shmem_file(1)};

	hp_khugepaged_calm();
	file.writer = hp_map_shmem(file.fd, 1, MAP_SHARED);
	file.area = hp_map_shmem(file.fd, 1, sharing);
	file.writer->page_size = file.area->page_size = hp_base_size;
	file.uffd = hp_uffd_minor(file.area);
	return file;
}

static struct file filled(int sharing)
{
	struct file file = empty(sharing);

	hp_fill(file.writer, 'p');
	hp_require_huge(file.writer);
	return file;
}

HP_CASES(told, "a minor fault waits until UFFDIO_CONTINUE maps the page", hp_sharings, way)
{
	struct file file = filled(way->flag);
	size_t base = file.area->page_size;
	char *addr = hp_page(file.area, 5);
	struct hp_faulting_thread *thread = hp_fault_in_thread(addr, HP_READ);
	struct hp_uffd_event fault = hp_uffd_fault(file.uffd, addr);

	hp_check(fault.minor && !fault.write);
	hp_fill(hp_nth_page(file.writer, 5), 'q');
	hp_check_eq(hp_uffd_continue(file.uffd, addr, base), 0);
	hp_check_goes_on(thread);
	hp_check_filled(hp_nth_page(file.area, 5), 'q');
	hp_check_unmoved(hp_pfn(addr) == hp_pfn(hp_page(file.writer, 5)));
	hp_check_eq(hp_area_smaps(file.area).rss, base / 1024);
}

HP_CASES(whole, "UFFDIO_CONTINUE maps a huge page by PTEs without splitting its folio",
	 hp_sharings, way)
{
	struct file file = filled(way->flag);

	hp_check_eq(hp_uffd_continue(file.uffd, file.area->addr, file.area->size), 0);
	hp_check_filled(file.area, 'p');
	hp_check(!hp_uffd_pending(file.uffd));
	hp_check_eq(hp_mapped_huge(file.area), 0);
	hp_check_unmoved(hp_pfn(file.area->addr) == hp_pfn(file.writer->addr));
	hp_check_eq(hp_folio_size(file.area->addr), hp_pmd_size);
	hp_check_eq(hp_mapped_huge(file.writer), file.writer->size);
}

HP_CASES(written, "only writes to shared mappings reach the file after UFFDIO_CONTINUE",
	 hp_sharings, way)
{
	struct file file = filled(way->flag);

	hp_check_eq(hp_uffd_continue(file.uffd, file.area->addr, file.area->size), 0);
	hp_check_writable(hp_nth_page(file.area, 9), 'w');
	hp_check_filled(hp_nth_page(file.area, 8), 'p');
	hp_check_filled(hp_nth_page(file.writer, 9), way->flag == MAP_SHARED ? 'w' : 'p');
	hp_check_filled(hp_nth_page(file.writer, 8), 'p');
}

HP_CASES(hole, "UFFDIO_CONTINUE of a hole fails with EFAULT, and no access waits",
	 hp_sharings, way)
{
	struct file file = empty(way->flag);

	hp_check_eq(hp_uffd_continue(file.uffd, file.area->addr, file.area->page_size),
		    EFAULT);
	hp_check_eq(hp_area_smaps(file.area).rss, 0);
	hp_check_no_wait(file.area->addr, HP_READ);
	hp_check(!hp_uffd_pending(file.uffd));
	hp_check_zeros(hp_part(file.area, 0, file.area->page_size));
}

HP_CASES(refused, "UFFDIO_CONTINUE of present pages and bad ranges fails", hp_sharings, way)
{
	struct file file = filled(way->flag);
	size_t base = file.area->page_size;

	hp_check_eq(hp_uffd_continue(file.uffd, hp_page(file.area, 2), base), 0);
	hp_check_eq(hp_uffd_continue(file.uffd, hp_page(file.area, 2), base), EEXIST);
	hp_check_eq(hp_uffd_continue(file.uffd, file.area->addr, 4 * base), EAGAIN);
	hp_check_eq(hp_uffd_continue(file.uffd, file.area->addr + 512, base), EINVAL);
	hp_check_eq(hp_uffd_continue(file.uffd, file.writer->addr, base), ENOENT);
	hp_check_eq(hp_area_smaps(file.area).rss, 3 * base / 1024);
}

HP_CASE(anonymous, "anonymous memory cannot be registered for minor faults (EINVAL)")
{
	struct hp_area *area = hp_map_thp(1);

	hp_check_eq(hp_uffd_register(hp_uffd(UFFD_FEATURE_MINOR_SHMEM), area->addr,
				     area->size, UFFDIO_REGISTER_MODE_MINOR),
		    EINVAL);
}

HP_PROGRAM(.summary = "minor faults wait until the handler maps the cached page",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap", "root"),
	   .sources = HP_SOURCES(
		   {"commit", "c949b097ef2e",
		    "userfaultfd/shmem: support minor fault registration for shmem"}))
