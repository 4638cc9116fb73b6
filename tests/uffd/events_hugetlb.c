// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A userfaultfd of hugetlb memory reports forks, moves, drops and unmaps of whole huge
 * pages before the process continues, and its handler serves the resulting faults.
 */
#include "hugeproof.h"

#define EVENTS                                                                             \
	(UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_REMOVE |  \
	 UFFD_FEATURE_WP_HUGETLBFS_SHMEM)

struct watched {
	struct hp_area *area, *source;
	int uffd;
	struct hp_uffd_event event; /* the last one */
	struct hp_handler *handler;
};

static struct watched watched(size_t pages, int flag, uint64_t mode, uint64_t features)
{
	struct watched it = {.area = hp_map_hugetlb(pages, flag)};

	it.source = hp_uffd_source(it.area, 'u');
	it.uffd = hp_uffd_for(it.area, mode, features);
	return it;
}

static void keep(int uffd, const struct hp_uffd_event *event, void *last)
{
	(void)uffd;
	*(struct hp_uffd_event *)last = *event;
}

static void listen_to(struct watched *it)
{
	it->handler = hp_handler_start(it->uffd, keep, &it->event);
}

/* The handler got one event, of this kind and for these pages. */
static void check_event(struct watched *it, int kind, size_t first, size_t pages)
{
	hp_check_eq(hp_handler_end(it->handler), 1);
	hp_check_eq(it->event.kind, kind);
	hp_check(it->event.addr == hp_page(it->area, first));
	hp_check_eq(it->event.size, pages * hp_page_size);
}

static int copy(const struct watched *it, int uffd, size_t page)
{
	return hp_uffd_copy(uffd, hp_page(it->area, page), hp_page(it->source, page),
			    hp_page_size);
}

static void child_reads(void *area)
{
	hp_step("the child reads a page that its handler must fill");
	hp_check_filled((struct hp_area *)area, 'u');
}

HP_CASES(child, "page faults of a child in hugetlb go to the child's own userfaultfd",
	 hp_sharings, way)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	bool private = way->flag == MAP_PRIVATE;
	struct watched it = watched(1, way->flag, UFFDIO_REGISTER_MODE_MISSING, EVENTS);
	pid_t child;

	listen_to(&it);
	child = hp_fork(child_reads, it.area);
	hp_check_eq(hp_handler_end(it.handler), 1);
	hp_check_eq(it.event.kind, UFFD_EVENT_FORK);
	hp_uffd_fault(it.event.uffd, it.area->addr);
	hp_check(!hp_uffd_pending(it.uffd));
	hp_check_eq(copy(&it, it.event.uffd, 0), 0);
	hp_wait_ok(child);
	/* The child's private copy is freed, and the parent still has its reservation. */
	hp_check_hugetlb(start, .free = private ? 0 : -1, .rsvd = private ? 1 : 0);
	hp_check_eq(copy(&it, it.uffd, 0), private ? 0 : EEXIST);
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(it.area, 'u');
}

static void child_writes(void *arg)
{
	struct hp_area *area = arg;

	hp_step("the child writes to a write-protected page");
	hp_check_access(area->addr + area->size / 2, HP_WRITE);
	hp_check_filled_around(area, hp_part(area, area->size / 2, 8), 'p');
}

HP_CASES(child_protected,
	 "a child inherits write protection of hugetlb with UFFD_FEATURE_EVENT_FORK",
	 hp_sharings, way)
{
	struct watched it = watched(1, way->flag, UFFDIO_REGISTER_MODE_WP, EVENTS);
	struct hp_uffd_event fault;
	pid_t child;

	hp_fill(it.area, 'p');
	hp_check_eq(hp_uffd_protect(it.uffd, it.area->addr, it.area->size, true), 0);
	listen_to(&it);
	child = hp_fork(child_writes, it.area);
	hp_check_eq(hp_handler_end(it.handler), 1);
	fault = hp_uffd_fault(it.event.uffd, it.area->addr);
	hp_check(fault.write_protected);
	hp_check_eq(hp_uffd_protected(it.area->addr, hp_base_size), 1);
	hp_check_eq(hp_uffd_protect(it.event.uffd, it.area->addr, it.area->size, false), 0);
	hp_wait_ok(child);
	hp_check_eq(hp_uffd_protected(it.area->addr, hp_base_size), 1);
	hp_check_eq(it.area->addr[it.area->size / 2] == 'w', way->flag == MAP_SHARED);
}

HP_CASES(moved,
	 "mremap of hugetlb sends UFFD_EVENT_REMAP; registration and protection move along",
	 hp_sharings, way)
{
	struct watched it =
		watched(1, way->flag,
			UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP, EVENTS);
	struct hp_area *place = hp_map_hugetlb(1, way->flag | MAP_NORESERVE), at = *it.area;
	struct hp_faulting_thread *thread;

	hp_check_eq(copy(&it, it.uffd, 0), 0);
	hp_check_eq(hp_uffd_protect(it.uffd, at.addr, at.size, true), 0);
	listen_to(&it);
	at.addr = hp_check_ok(mremap(at.addr, at.size, at.size,
				     MREMAP_MAYMOVE | MREMAP_FIXED, place->addr));
	check_event(&it, UFFD_EVENT_REMAP, 0, 1);
	hp_check(it.event.to == at.addr);
	hp_check_filled(&at, 'u');
	hp_check_eq(hp_uffd_protected(at.addr, hp_base_size), 1);
	thread = hp_fault_in_thread(at.addr + at.size / 2, HP_WRITE);
	hp_check(hp_uffd_fault(it.uffd, at.addr).write_protected);
	hp_check_eq(hp_uffd_protect(it.uffd, at.addr, at.size, false), 0);
	hp_check_goes_on(thread);
}

HP_CASES(moved_untold,
	 "without UFFD_FEATURE_EVENT_REMAP moved hugetlb memory is not registered",
	 hp_sharings, way)
{
	struct watched it = watched(1, way->flag, UFFDIO_REGISTER_MODE_WP,
				    UFFD_FEATURE_WP_HUGETLBFS_SHMEM);
	struct hp_area *place = hp_map_hugetlb(1, way->flag | MAP_NORESERVE);
	char *to;

	hp_fill(it.area, 'p');
	hp_check_eq(hp_uffd_protect(it.uffd, it.area->addr, it.area->size, true), 0);
	to = hp_check_ok(mremap(it.area->addr, it.area->size, it.area->size,
				MREMAP_MAYMOVE | MREMAP_FIXED, place->addr));
	hp_check_eq(hp_uffd_protected(to, hp_base_size), 0);
	hp_check_no_wait(to, HP_WRITE);
	hp_check_eq(hp_uffd_protect(it.uffd, to, it.area->size, true), ENOENT);
}

HP_CASES(dropped,
	 "dropping a hugetlb page sends UFFD_EVENT_REMOVE, and the page is missing",
	 hp_sharings, way)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct watched it = watched(2, way->flag, UFFDIO_REGISTER_MODE_MISSING, EVENTS);
	char *second = hp_page(it.area, 1);
	struct hp_faulting_thread *thread;

	hp_check_eq(copy(&it, it.uffd, 0), 0);
	hp_check_eq(copy(&it, it.uffd, 1), 0);
	listen_to(&it);
	hp_check_ok(madvise(second, hp_page_size,
			    way->flag == MAP_SHARED ? MADV_REMOVE : MADV_DONTNEED));
	check_event(&it, UFFD_EVENT_REMOVE, 1, 1);
	/* A hole punched in the file returns the reservation as well. */
	hp_check_hugetlb(start, .free = -1, .rsvd = way->flag == MAP_PRIVATE);
	thread = hp_fault_in_thread(second, HP_READ);
	hp_uffd_fault(it.uffd, second);
	hp_check_eq(copy(&it, it.uffd, 1), 0);
	hp_check_goes_on(thread);
	hp_check_filled(it.area, 'u');
	hp_check_hugetlb(start, .free = -2);
}

HP_CASES(unmapped,
	 "munmap of hugetlb sends UFFD_EVENT_UNMAP, and UFFDIO_COPY fails with ENOENT",
	 hp_sharings, way)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct watched it = watched(2, way->flag, UFFDIO_REGISTER_MODE_MISSING,
				    UFFD_FEATURE_EVENT_UNMAP);

	listen_to(&it);
	hp_check_ok(munmap(hp_page(it.area, 1), hp_page_size));
	check_event(&it, UFFD_EVENT_UNMAP, 1, 1);
	hp_check_eq(copy(&it, it.uffd, 1), ENOENT);
	hp_check_eq(copy(&it, it.uffd, 0), 0);
	/*
	 * The file of a shared mapping still exists, with the reservation of its second
	 * page.
	 */
	hp_check_hugetlb(start, .free = -1, .rsvd = way->flag == MAP_SHARED);
}

static void *drop(void *arg)
{
	const struct hp_area *area = arg;

	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	return NULL;
}

HP_CASES(changing,
	 "UFFDIO_COPY fails with EAGAIN while an event is pending, and takes no page",
	 hp_sharings, way)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct watched it = watched(1, way->flag, UFFDIO_REGISTER_MODE_MISSING, EVENTS);
	pthread_t thread = hp_thread(drop, it.area);

	hp_eventually(hp_uffd_pending(it.uffd), 5);
	hp_check_eq(copy(&it, it.uffd, 0), EAGAIN);
	it.event = hp_uffd_next(it.uffd, 5);
	hp_check_eq(it.event.kind, UFFD_EVENT_REMOVE);
	hp_join(thread);
	hp_check_hugetlb(start, .rsvd = 1);
	hp_check_eq(copy(&it, it.uffd, 0), 0);
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(it.area, 'u');
}

static void child_exits(void *arg)
{
	(void)arg;
}

HP_CASES(gone, "UFFDIO_COPY for an exited process fails with ESRCH and takes no page",
	 hp_sharings, way)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct watched it = watched(1, way->flag, UFFDIO_REGISTER_MODE_MISSING, EVENTS);

	listen_to(&it);
	hp_wait_ok(hp_fork(child_exits, NULL));
	hp_check_eq(hp_handler_end(it.handler), 1);
	hp_uffd_await_exit(it.event.uffd, it.area->addr, it.area->page_size);
	hp_check_eq(copy(&it, it.event.uffd, 0), ESRCH);
	hp_check_hugetlb(start, .rsvd = 1);
	hp_check_eq(copy(&it, it.uffd, 0), 0);
	hp_check_hugetlb(start, .free = -1);
}

HP_PROGRAM(.summary = "a userfaultfd reports forks and changes of hugetlb memory",
	   .needs = HP_NEEDS("hugetlb:2", "thp", "pagemap", "root", "cap:sys_ptrace"),
	   .seconds = 40, .case_tags = HP_CASE_TAGS({"moved_untold_*", "regression"}),
	   .sources = HP_SOURCES({"commit", "893e26e61d04",
				  "userfaultfd: non-cooperative: Add fork() event"},
				 {"commit", "0cef0bb836e3",
				  "mm: clear uffd-wp PTE/PMD state on mremap()"}))
