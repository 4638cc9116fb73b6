// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * In a range of UFFDIO_REGISTER_MODE_MINOR who touches what its file has waits, so that a
 * handler can bring that up to date by another mapping; UFFDIO_CONTINUE maps it, makes no
 * page and splits none.
 */
#include "hugeproof.h"

struct file {
	struct hp_area *writer, *area; /* what others write to; what is registered */
	int fd, uffd;
};

static struct file file_of(int sharing)
{
	struct file file = {.fd = hp_shmem_file(1)};

	hp_khugepaged_calm();
	file.writer = hp_map_shmem(file.fd, 1, MAP_SHARED);
	file.area = hp_map_shmem(file.fd, 1, sharing);
	file.writer->page_size = file.area->page_size = hp_base_page_size();
	file.uffd = hp_uffd_minor(file.area);
	return file;
}

static struct file filled(int sharing)
{
	struct file file = file_of(sharing);

	hp_fill(file.writer, 'p');
	hp_require_huge(file.writer);
	return file;
}

HP_SHARING_CASES(told, "an access waits, and then has what was written meanwhile")
{
	struct file file = filled(sharing);
	size_t base = file.area->page_size;
	struct hp_visitor *visitor = hp_visit(hp_page(file.area, 5), HP_READ);
	struct hp_uffd_event fault = hp_uffd_wait(file.uffd, 5);

	hp_check(fault.addr == hp_page(file.area, 5));
	hp_check(fault.minor && !fault.write);
	hp_fill_page(file.writer, 5, 'q');
	hp_check_eq(hp_uffd_continue(file.uffd, fault.addr, base), 0);
	hp_check_eq(hp_visit_end(visitor).signo, 0);
	hp_check_page_filled(file.area, 5, 'q');
	hp_check_unmoved(hp_frame(fault.addr) == hp_frame(hp_page(file.writer, 5)));
	hp_check_eq(hp_area_smaps(file.area).rss, base / 1024);
}

HP_SHARING_CASES(whole, "a huge page is mapped by base pages, and is one folio still")
{
	struct file file = filled(sharing);

	hp_check_eq(hp_uffd_continue(file.uffd, file.area->addr, file.area->size), 0);
	hp_check_filled(file.area, 'p');
	hp_check(!hp_uffd_pending(file.uffd));
	hp_check_eq(hp_mapped_huge(file.area), 0);
	hp_check_unmoved(hp_frame(file.area->addr) == hp_frame(file.writer->addr));
	hp_check_eq(hp_folio_size(file.area->addr), hp_thp_size());
	hp_check_eq(hp_mapped_huge(file.writer), file.writer->size);
}

HP_SHARING_CASES(written, "a write to what was continued is the file's, if it is shared")
{
	struct file file = filled(sharing);

	hp_check_eq(hp_uffd_continue(file.uffd, file.area->addr, file.area->size), 0);
	hp_fill_page(file.area, 9, 'w');
	hp_check_page_filled(file.area, 9, 'w');
	hp_check_page_filled(file.area, 8, 'p');
	hp_check_page_filled(file.writer, 9, sharing == MAP_SHARED ? 'w' : 'p');
	hp_check_page_filled(file.writer, 8, 'p');
}

HP_SHARING_CASES(hole, "EFAULT where the file has nothing; and nobody waits there")
{
	struct file file = file_of(sharing);
	struct hp_visitor *visitor;

	hp_check_eq(hp_uffd_continue(file.uffd, file.area->addr, file.area->page_size),
		    EFAULT);
	hp_check_eq(hp_area_smaps(file.area).rss, 0);
	visitor = hp_visit(file.area->addr, HP_READ);
	hp_check_eq(hp_visit_end(visitor).signo, 0);
	hp_check(!hp_uffd_pending(file.uffd));
	hp_check_zeros(file.area, 0, file.area->page_size);
}

HP_SHARING_CASES(refused, "EEXIST: what is mapped; ENOENT: not registered; EINVAL: parts")
{
	struct file file = filled(sharing);
	size_t base = file.area->page_size;

	hp_check_eq(hp_uffd_continue(file.uffd, hp_page(file.area, 2), base), 0);
	hp_check_eq(hp_uffd_continue(file.uffd, hp_page(file.area, 2), base), EEXIST);
	hp_check_eq(hp_uffd_continue(file.uffd, file.area->addr, 4 * base), EAGAIN);
	hp_check_eq(hp_uffd_continue(file.uffd, file.area->addr + 512, base), EINVAL);
	hp_check_eq(hp_uffd_continue(file.uffd, file.writer->addr, base), ENOENT);
	hp_check_eq(hp_area_smaps(file.area).rss, 3 * base / 1024);
}

HP_CASE(anonymous, "EINVAL: memory without a file has no minor faults")
{
	struct hp_area *area = hp_map_thp(1);

	hp_check_eq(hp_uffd_register(hp_uffd(UFFD_FEATURE_MINOR_SHMEM), area->addr,
				     area->size, UFFDIO_REGISTER_MODE_MINOR),
		    EINVAL);
}

HP_PROGRAM(.summary = "what a file has is mapped when the handler says so",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap", "root"),
	   .source = "userfaultfd: add minor fault handling for shmem (2021)")
