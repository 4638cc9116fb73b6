// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Threads that wait for a handler continue when there is no handler any more: when the
 * userfaultfd is closed, or the range is unregistered. A waiting process can be killed.
 */
#include "hugeproof.h"

#define FEATURES                                                                           \
	(UFFD_FEATURE_MINOR_SHMEM | UFFD_FEATURE_MINOR_HUGETLBFS |                         \
	 UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM)

static const struct way {
	struct hp_variant variant;
	enum hp_memory memory;
	uint64_t mode;
} ways[] = {
	{{"minor_hugetlb", "minor faults of hugetlb"},
	 HP_MEMORY_HUGETLB,
	 UFFDIO_REGISTER_MODE_MINOR},
	{{"minor_shmem", "minor faults of shared memory"},
	 HP_MEMORY_TMPFS,
	 UFFDIO_REGISTER_MODE_MINOR},
	{{"missing_hugetlb", "missing faults of hugetlb"},
	 HP_MEMORY_HUGETLB,
	 UFFDIO_REGISTER_MODE_MISSING},
	{{"missing_shmem", "missing faults of shared memory"},
	 HP_MEMORY_TMPFS,
	 UFFDIO_REGISTER_MODE_MISSING},
	{{"missing_thp", "missing faults of anonymous memory"},
	 HP_MEMORY_THP,
	 UFFDIO_REGISTER_MODE_MISSING},
	{{"protected_hugetlb", "write-protect faults of hugetlb"},
	 HP_MEMORY_HUGETLB,
	 UFFDIO_REGISTER_MODE_WP},
	{{"protected_shmem", "write-protect faults of shared memory"},
	 HP_MEMORY_TMPFS,
	 UFFDIO_REGISTER_MODE_WP},
	{{"protected_thp", "write-protect faults of anonymous memory"},
	 HP_MEMORY_THP,
	 UFFDIO_REGISTER_MODE_WP},
};

#define WAITERS 4

/* Threads that all wait, two on each of two pages. */
struct waiting {
	struct hp_uffd_pages pages;
	struct hp_faulting_thread *threads[WAITERS];
	char tag; /* the contents that they find */
};

static struct waiting waiting(const struct way *way)
{
	struct waiting it = {hp_uffd_pages_of(way->memory, way->mode, FEATURES), {0}, 0};
	struct hp_area *area = it.pages.area;

	if (way->mode == UFFDIO_REGISTER_MODE_MINOR)
		hp_fill(it.pages.writer, it.tag = 'f');
	if (way->mode == UFFDIO_REGISTER_MODE_WP) {
		hp_fill(area, it.tag = 'p');
		hp_check_eq(hp_uffd_protect(it.pages.uffd, area->addr, area->size, true),
			    0);
	}
	for (int i = 0; i < WAITERS; i++) {
		char *page = hp_page(area, (size_t)i % 2);

		it.threads[i] = hp_fault_in_thread(page, HP_WRITE);
		hp_uffd_fault(it.pages.uffd, page);
	}
	return it;
}

static void check_all_go_on(struct waiting *it)
{
	const struct hp_area *area = it->pages.area;

	for (int i = 0; i < WAITERS; i++)
		hp_check_goes_on(it->threads[i]);
	for (size_t page = 0; page < 2; page++) {
		hp_check_eq(*hp_page(area, page), 'w');
		*(uint64_t *)hp_page(area, page) =
			hp_pattern(area, page * area->page_size, it->tag);
	}
	hp_check_filled_at(HP_HERE("what the threads found"), area, it->tag);
	hp_check_eq(hp_uffd_protected(area->addr, hp_base_size), 0);
}

HP_CASES(closed, "closing the userfaultfd wakes all waiting threads", ways, way)
{
	struct waiting it = waiting(way);

	close(it.pages.uffd);
	check_all_go_on(&it);
}

HP_CASES(unregistered,
	 "unregistering the range and UFFDIO_WAKE let all waiting threads continue", ways,
	 way)
{
	struct waiting it = waiting(way);

	hp_check_eq(
		hp_uffd_unregister(it.pages.uffd, it.pages.area->addr, it.pages.area->size),
		0);
	/* Unregistering wakes missing faults itself, and leaves others to UFFDIO_WAKE. */
	if (way->mode != UFFDIO_REGISTER_MODE_MISSING)
		hp_check_eq(hp_uffd_wake(it.pages.uffd, it.pages.area->addr,
					 it.pages.area->size),
			    0);
	check_all_go_on(&it);
	hp_check(!hp_uffd_pending(it.pages.uffd));
}

struct victim {
	const struct way *way;
	struct hp_barrier *barrier;
};

static void waits_forever(void *arg)
{
	const struct victim *victim = arg;
	struct waiting it = waiting(victim->way);

	hp_meet(victim->barrier);
	hp_check_goes_on(it.threads[0]);
}

HP_CASES(killed, "a process whose threads wait for a handler can be killed", ways, way)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct victim victim = {way, hp_barrier_new(2)};
	pid_t child = hp_fork(waits_forever, &victim);

	hp_meet(victim.barrier);
	hp_check_ok(kill(child, SIGKILL));
	hp_check_killed(child, SIGKILL);
	hp_check_hugetlb(start);
}

static void child_writes(void *arg)
{
	const struct hp_uffd_pages *pages = arg;

	hp_step("a process that has not registered the file writes to it");
	hp_fill(pages->writer, 'c');
	hp_check_filled(pages->area, 'c');
}

static const struct hp_memory_kind files[] = {
	{{"hugetlb", "hugetlb"}, HP_MEMORY_HUGETLB},
	{{"shmem", "shared memory"}, HP_MEMORY_TMPFS},
};

HP_CASES(others, "UFFDIO_CONTINUE maps what another process wrote while the fault waited",
	 files, kind)
{
	struct hp_uffd_pages it =
		hp_uffd_pages_of(kind->memory, UFFDIO_REGISTER_MODE_MINOR, FEATURES);
	struct hp_faulting_thread *thread;
	char *page = hp_page(it.area, 1);

	hp_fill(it.writer, 'f');
	thread = hp_fault_in_thread(page, HP_READ);
	hp_check(hp_uffd_fault(it.uffd, page).minor);
	hp_wait_ok(hp_fork(child_writes, &it));
	hp_check(hp_faulting_thread_waits(thread));
	hp_check_eq(hp_uffd_continue(it.uffd, page, it.area->page_size), 0);
	hp_check_goes_on(thread);
	hp_check_filled(hp_nth_page(it.area, 1), 'c');
}

HP_PROGRAM(.summary = "no thread waits for a handler that no longer exists",
	   .needs = HP_NEEDS("hugetlb:2", "thp", "pagemap", "root"), .seconds = 20,
	   .sources = HP_SOURCES({"man", "userfaultfd(2)", "close"},
				 {"man", "ioctl_userfaultfd(2)", "UFFDIO_UNREGISTER"}))
