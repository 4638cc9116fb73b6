// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * In a private mapping of a file, userfaultfd fills and write-protects the mapping's own
 * copies; the file does not change.
 */
#include "hugeproof.h"

static const struct hp_memory_kind files[] = {
	{{"hugetlb", "hugetlb"}, HP_MEMORY_HUGETLB},
	{{"tmpfs", "huge tmpfs"}, HP_MEMORY_TMPFS},
};

#define WP_FEATURES (UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM)

struct file {
	int fd;
	struct hp_area *file, *area; /* a shared mapping, and a private one */
	struct hp_area *source;      /* source of UFFDIO_COPY, filled with 'u' */
	size_t page;                 /* bytes, the unit of operations */
};

/* A file of one huge page, filled with `tag`; 0: an empty file. */
static struct file file_of(enum hp_memory memory, char tag)
{
	struct file it = {.page = hp_base_size};

	hp_khugepaged_calm();
	if (memory == HP_MEMORY_HUGETLB) {
		it.page = hp_page_size;
		it.fd = hp_hugetlb_file();
		it.file = hp_map_file(it.fd, 0, 1, MAP_SHARED);
		it.area = hp_map_file(it.fd, 0, 1, MAP_PRIVATE);
	} else {
		it.fd = hp_shmem_file(1);
		it.file = hp_map_shmem(it.fd, 1, MAP_SHARED);
		it.area = hp_map_shmem(it.fd, 1, MAP_PRIVATE);
	}
	if (tag)
		hp_populate(memory, it.file);
	if (tag)
		hp_fill(it.file, tag);
	it.file->page_size = it.area->page_size = it.page;
	it.source = hp_uffd_source(it.area, 'u');
	return it;
}

static size_t blocks(const struct file *it)
{
	struct stat status;

	hp_check_ok(fstat(it->fd, &status));
	return (size_t)status.st_blocks * 512;
}

HP_CASES(missing,
	 "UFFDIO_COPY fills a hole in a private file mapping and leaves the file as it is",
	 files, kind)
{
	struct file it = file_of(kind->memory, 0);
	int uffd = hp_uffd_missing(it.area);
	size_t last = hp_pages(it.area) - 1;
	char *page = hp_page(it.area, last);
	struct hp_faulting_thread *thread = hp_fault_in_thread(page, HP_READ);

	hp_uffd_fault(uffd, page);
	hp_check_eq(hp_uffd_copy(uffd, page, hp_page(it.source, last), it.page), 0);
	hp_check_goes_on(thread);
	hp_check_filled(hp_nth_page(it.area, last), 'u');
	hp_check_eq(blocks(&it), 0);
	hp_check_zeros(it.file);
	hp_fill(it.file, 'f');
	hp_check_filled(hp_nth_page(it.area, last), 'u');
	hp_check_eq(hp_uffd_copy(uffd, page, it.source->addr, it.page), EEXIST);
	hp_check_filled(it.file, 'f');
}

HP_CASES(present, "a private mapping reads pages of the file, and UFFDIO_COPY hides one",
	 files, kind)
{
	struct file it = file_of(kind->memory, 'f');
	int uffd = hp_uffd_missing(it.area);
	size_t last = hp_pages(it.area) - 1;

	hp_check_eq(hp_uffd_copy(uffd, hp_page(it.area, last), hp_page(it.source, last),
				 it.page),
		    0);
	hp_check_filled(hp_nth_page(it.area, last), 'u');
	if (last) {
		hp_check_no_wait(it.area->addr, HP_READ);
		hp_check_filled(hp_part(it.area, 0, last * it.page), 'f');
	}
	hp_check(!hp_uffd_pending(uffd));
	hp_fill(it.area, 'a');
	hp_check_filled(it.file, 'f');
	/* Dropping the copy makes the file's page visible again. */
	hp_check_ok(madvise(it.area->addr, it.area->size, MADV_DONTNEED));
	hp_check_filled(it.area, 'f');
	hp_check(!hp_uffd_pending(uffd));
}

HP_CASE(zeroed,
	"UFFDIO_ZEROPAGE fills a hole in a private mapping and leaves the file as it is")
{
	struct file it = file_of(HP_MEMORY_TMPFS, 0);
	int uffd = hp_uffd_missing(it.area);

	hp_check_eq(hp_uffd_zero(uffd, it.area->addr, it.area->size), 0);
	hp_check_eq(blocks(&it), 0);
	hp_fill(it.file, 'f');
	hp_check_zeros(it.area);
	hp_fill(it.area, 'a');
	hp_check_filled(it.file, 'f');
	hp_check_filled(it.area, 'a');
}

static void protect(int uffd, const struct hp_area *area)
{
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, true), 0);
}

/* A write waits, and then changes the mapping's copy. */
static void check_protected(int uffd, const struct file *it, size_t page)
{
	char *addr = hp_page(it->area, page);
	struct hp_faulting_thread *thread = hp_fault_in_thread(addr, HP_WRITE);

	hp_check(hp_uffd_fault(uffd, addr).write_protected);
	hp_check_eq(hp_uffd_protect(uffd, addr, it->page, false), 0);
	hp_check_goes_on(thread);
	hp_check_eq(*addr, 'w');
	hp_check_eq(hp_uffd_protected(addr, hp_base_size), 0);
	hp_check_filled(it->file, 'f');
}

HP_CASES(protected,
	 "a write to a write-protected page of a private file mapping waits and copies",
	 files, kind)
{
	struct file it = file_of(kind->memory, 'f');
	int uffd = hp_uffd_for(it.area, UFFDIO_REGISTER_MODE_WP, WP_FEATURES);
	size_t last = hp_pages(it.area) - 1;

	hp_check_filled(it.area, 'f');
	protect(uffd, it.area);
	hp_check_filled(it.area, 'f');
	check_protected(uffd, &it, last);
	hp_check_filled_around(it.area, hp_part(it.area, last * it.page, 8), 'f');
	hp_step("the copy is write-protected");
	protect(uffd, it.area);
	check_protected(uffd, &it, last);
	hp_check_eq(hp_uffd_protected(it.area->addr, hp_base_size), last > 0);
}

HP_CASES(untouched,
	 "pages of a private file mapping can be write-protected before they are mapped",
	 files, kind)
{
	struct file it = file_of(kind->memory, 'f');
	int uffd = hp_uffd_for(it.area, UFFDIO_REGISTER_MODE_WP, WP_FEATURES);

	protect(uffd, it.area);
	hp_check_filled(it.area, 'f');
	hp_check_eq(hp_uffd_protected(it.area->addr, hp_base_size), 1);
	check_protected(uffd, &it, hp_pages(it.area) - 1);
}

HP_CASES(truncated, "a waiting access beyond the new end of a truncated file gets SIGBUS",
	 files, kind)
{
	struct file it = file_of(kind->memory, 0);
	int uffd = hp_uffd_missing(it.area);
	struct hp_faulting_thread *thread = hp_fault_in_thread(it.area->addr, HP_READ);
	struct hp_fault fault;

	hp_uffd_fault(uffd, it.area->addr);
	hp_check_ok(ftruncate(it.fd, 0));
	hp_check_eq(hp_uffd_wake(uffd, it.area->addr, it.page), 0);
	fault = hp_faulting_thread_end(thread);
	hp_check_eq(fault.signo, SIGBUS);
	hp_check_eq(fault.code, BUS_ADRERR);
}

HP_PROGRAM(.summary = "userfaultfd in a private file mapping leaves the file as it is",
	   .needs = HP_NEEDS("hugetlb:2", "thp", "pagemap", "root"), .seconds = 20,
	   .sources = HP_SOURCES({"man", "ioctl_userfaultfd(2)", "UFFDIO_COPY"},
				 {"code", "mm/userfaultfd.c", "mfill_atomic_pte()"},
				 {"man", "mmap(2)", "MAP_PRIVATE"}))
