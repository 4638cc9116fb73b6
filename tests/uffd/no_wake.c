// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A handler can fill a page without waking the threads that wait for it
 * (UFFDIO_*_MODE_DONTWAKE), and wake them later (UFFDIO_WAKE). Until then they sleep, while
 * others use the page.
 */
#include "hugeproof.h"

#define FEATURES                                                                           \
	(UFFD_FEATURE_POISON | UFFD_FEATURE_MINOR_SHMEM | UFFD_FEATURE_MINOR_HUGETLBFS |   \
	 UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM)

static const struct way {
	struct hp_variant variant;
	enum hp_uffd_op op;
	enum hp_memory memory;
} ways[] = {
	{{"copied_hugetlb", "UFFDIO_COPY of hugetlb"}, HP_UFFD_COPY, HP_MEMORY_HUGETLB},
	{{"copied_shmem", "UFFDIO_COPY of shared memory"}, HP_UFFD_COPY, HP_MEMORY_TMPFS},
	{{"copied_thp", "UFFDIO_COPY of anonymous memory"}, HP_UFFD_COPY, HP_MEMORY_THP},
	{{"zeroed_shmem", "UFFDIO_ZEROPAGE of shared memory"},
	 HP_UFFD_ZERO,
	 HP_MEMORY_TMPFS},
	{{"zeroed_thp", "UFFDIO_ZEROPAGE of anonymous memory"},
	 HP_UFFD_ZERO,
	 HP_MEMORY_THP},
	{{"continued_hugetlb", "UFFDIO_CONTINUE of hugetlb"},
	 HP_UFFD_CONTINUE,
	 HP_MEMORY_HUGETLB},
	{{"continued_shmem", "UFFDIO_CONTINUE of shared memory"},
	 HP_UFFD_CONTINUE,
	 HP_MEMORY_TMPFS},
	{{"poisoned_hugetlb", "UFFDIO_POISON of hugetlb"},
	 HP_UFFD_POISON,
	 HP_MEMORY_HUGETLB},
	{{"poisoned_shmem", "UFFDIO_POISON of shared memory"},
	 HP_UFFD_POISON,
	 HP_MEMORY_TMPFS},
	{{"poisoned_thp", "UFFDIO_POISON of anonymous memory"},
	 HP_UFFD_POISON,
	 HP_MEMORY_THP},
	{{"moved", "UFFDIO_MOVE"}, HP_UFFD_MOVE, HP_MEMORY_THP},
	{{"unprotected_hugetlb", "UFFDIO_WRITEPROTECT of hugetlb"},
	 HP_UFFD_UNPROTECT,
	 HP_MEMORY_HUGETLB},
	{{"unprotected_shmem", "UFFDIO_WRITEPROTECT of shared memory"},
	 HP_UFFD_UNPROTECT,
	 HP_MEMORY_TMPFS},
	{{"unprotected_thp", "UFFDIO_WRITEPROTECT of anonymous memory"},
	 HP_UFFD_UNPROTECT,
	 HP_MEMORY_THP},
};

static uint64_t mode(enum hp_uffd_op op)
{
	return op == HP_UFFD_CONTINUE    ? UFFDIO_REGISTER_MODE_MINOR
	       : op == HP_UFFD_UNPROTECT ? UFFDIO_REGISTER_MODE_WP
					 : UFFDIO_REGISTER_MODE_MISSING;
}

/* The operation works on the second page. */
static void prepare(const struct hp_uffd_pages *it, enum hp_uffd_op op)
{
	if (op == HP_UFFD_CONTINUE)
		hp_fill(hp_nth_page(it->writer, 1), 'w');
	if (op == HP_UFFD_UNPROTECT) {
		hp_fill(it->area, 'p');
		hp_check_eq(hp_uffd_protect(it->uffd, it->area->addr, it->area->size, true),
			    0);
	}
}

HP_ROW_CASES(sleeps_on, "with DONTWAKE a waiting thread sleeps until UFFDIO_WAKE", ways,
	     way)
{
	struct hp_uffd_pages it = hp_uffd_pages_of(
		way->memory, mode(way->op),
		FEATURES | (way->op == HP_UFFD_MOVE ? UFFD_FEATURE_MOVE : 0));
	char *page = hp_page(it.area, 1);
	size_t size = it.area->page_size;
	struct hp_uffd_request call = {way->op, page, hp_page(it.source, 1), size, true, 0};
	struct hp_faulting_thread *thread;

	prepare(&it, way->op);
	thread = hp_fault_in_thread(page, HP_WRITE);
	hp_uffd_fault(it.uffd, page);
	hp_check_eq(hp_uffd_call(it.uffd, &call), 0);
	hp_step("another thread accesses the page without waiting");
	if (way->op == HP_UFFD_POISON)
		hp_check_uffd_bad(hp_fault_in_thread(page, HP_READ), size);
	else
		hp_check_no_wait(page, HP_WRITE);
	hp_check(hp_faulting_thread_waits(thread));
	hp_check_eq(hp_uffd_wake(it.uffd, it.area->addr, size), 0);
	hp_check_no_wait(it.source->addr, HP_READ);
	hp_check(hp_faulting_thread_waits(thread));
	hp_step("UFFDIO_WAKE of the page");
	hp_check_eq(hp_uffd_wake(it.uffd, page, size), 0);
	if (way->op == HP_UFFD_POISON) {
		hp_check_uffd_bad(thread, size);
		return;
	}
	hp_check_goes_on(thread);
	hp_check_eq(*page, 'w');
	hp_check(!hp_uffd_pending(it.uffd));
}

HP_PROGRAM(.summary = "a page can be filled without waking its waiting threads",
	   .needs = HP_NEEDS("hugetlb:2", "thp", "pagemap", "root"),
	   .log_allows = HP_LINES("due to hardware memory corruption fault"),
	   .sources = HP_SOURCES({"man", "ioctl_userfaultfd(2)",
				  "UFFDIO_COPY_MODE_DONTWAKE, UFFDIO_WAKE"}))
