// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Non-cooperative events: a userfaultfd handler gets an event when the process forks,
 * moves, drops or unmaps registered memory, before the process continues; and it can fill
 * missing pages for a child or for another process.
 */
#include "hugeproof.h"

#define EVENTS                                                                             \
	(UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_REMOVE |  \
	 UFFD_FEATURE_WP_HUGETLBFS_SHMEM)

static struct hp_uffd_memory watched(enum hp_memory memory)
{
	return hp_uffd_memory_for(memory, UFFDIO_REGISTER_MODE_MISSING, EVENTS);
}

static void check_event(const struct hp_uffd_event *event, int kind, const char *addr,
			size_t size)
{
	hp_check_eq(event->kind, kind);
	hp_check(event->addr == addr);
	hp_check_eq(event->size, size);
}

static void keep(int uffd, const struct hp_uffd_event *event, void *last)
{
	(void)uffd;
	*(struct hp_uffd_event *)last = *event;
}

static void child_reads(void *area)
{
	hp_step("the child reads a page that its handler must fill");
	hp_check_filled(hp_nth_page((struct hp_area *)area, 3), 'u');
}

HP_CASES(child, "page faults of a child go to the child's own userfaultfd", hp_uffd_kinds,
	 kind)
{
	struct hp_uffd_memory it = watched(kind->memory), childs = it;
	struct hp_uffd_event event = {0};
	struct hp_handler *handler = hp_handler_start(it.uffd, keep, &event);
	pid_t child = hp_fork(child_reads, it.area);

	hp_check_eq(hp_handler_end(handler), 1);
	hp_check_eq(event.kind, UFFD_EVENT_FORK);
	childs.uffd = event.uffd;
	hp_uffd_fault(childs.uffd, hp_page(it.area, 3));
	hp_check(!hp_uffd_pending(it.uffd));
	hp_check_eq(hp_uffd_copy_pages(&childs, 3, 1), 0);
	hp_wait_ok(child);
	/* The copied page belongs to the child only, unless the memory is shared. */
	hp_check_eq(hp_area_smaps(it.area).rss, 0);
	hp_check_eq(hp_uffd_copy_pages(&it, 3, 1),
		    kind->memory == HP_MEMORY_THP ? 0 : EEXIST);
}

HP_CASES(child_untold,
	 "without UFFD_FEATURE_EVENT_FORK the memory of a child is not registered",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it = hp_uffd_memory_missing(kind->memory);

	hp_in_child() {
		hp_check_zeros(hp_part(it.area, 0, hp_base_size));
	}
	hp_check(!hp_uffd_pending(it.uffd));
}

static void child_writes(void *area)
{
	hp_step("the child writes to a write-protected page");
	hp_check_access(hp_page(area, 3), HP_WRITE);
	hp_check_filled_around((struct hp_area *)area, hp_part(area, 3 * hp_base_size, 8),
			       'p');
}

HP_CASES(child_protected, "a child inherits write protection with UFFD_FEATURE_EVENT_FORK",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it =
		hp_uffd_memory_filled(kind->memory, UFFDIO_REGISTER_MODE_WP, EVENTS);
	struct hp_uffd_event event = {0}, fault;
	struct hp_area *area = it.area;
	struct hp_handler *handler;
	pid_t child;

	hp_check_eq(hp_uffd_protect(it.uffd, area->addr, area->size, true), 0);
	handler = hp_handler_start(it.uffd, keep, &event);
	child = hp_fork(child_writes, area);
	hp_check_eq(hp_handler_end(handler), 1);
	fault = hp_uffd_fault(event.uffd, hp_page(area, 3));
	hp_check(fault.write_protected);
	hp_check_eq(hp_uffd_protect(event.uffd, fault.addr, area->page_size, false), 0);
	hp_wait_ok(child);
	hp_check_eq(hp_uffd_protected(area->addr, area->size), hp_pages(area));
}

static char *move(struct hp_area *area)
{
	return hp_check_ok(mremap(area->addr, area->size, area->size,
				  MREMAP_MAYMOVE | MREMAP_FIXED,
				  hp_map_anon(area->size)->addr));
}

HP_CASES(moved, "mremap sends UFFD_EVENT_REMAP, and the moved memory stays registered",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it = watched(kind->memory);
	struct hp_area at = *it.area;
	struct hp_uffd_event event = {0};
	struct hp_handler *handler = hp_handler_start(it.uffd, keep, &event);
	struct hp_faulting_thread *thread;

	hp_check_eq(hp_uffd_copy_pages(&it, 3, 1), 0);
	at.addr = move(it.area);
	hp_check_eq(hp_handler_end(handler), 1);
	check_event(&event, UFFD_EVENT_REMAP, it.area->addr, it.area->size);
	hp_check(event.to == at.addr);
	hp_check_filled(hp_nth_page(&at, 3), 'u');
	thread = hp_fault_in_thread(hp_page(&at, 4), HP_READ);
	hp_uffd_fault(it.uffd, hp_page(&at, 4));
	it.area = &at;
	hp_check_eq(hp_uffd_copy_pages(&it, 4, 1), 0);
	hp_check_goes_on(thread);
	hp_check_filled(hp_nth_page(&at, 4), 'u');
}

HP_CASES(moved_untold, "without UFFD_FEATURE_EVENT_REMAP moved memory is not registered",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it = hp_uffd_memory_filled(
		kind->memory, UFFDIO_REGISTER_MODE_WP, UFFD_FEATURE_WP_HUGETLBFS_SHMEM);
	struct hp_area *area = it.area;

	hp_check_eq(hp_uffd_protect(it.uffd, area->addr, area->size, true), 0);
	area->addr = move(area);
	hp_check_filled(area, 'p');
	hp_check_eq(hp_uffd_protected(area->addr, area->size), 0);
	hp_check_no_wait(hp_page(area, 3), HP_WRITE);
	hp_check_eq(hp_uffd_protect(it.uffd, area->addr, area->size, true), ENOENT);
}

HP_CASES(dropped,
	 "MADV_DONTNEED or MADV_REMOVE sends UFFD_EVENT_REMOVE, and the pages are missing",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it = watched(kind->memory);
	struct hp_uffd_event event = {0};
	struct hp_faulting_thread *thread;
	struct hp_handler *handler;
	char *second = hp_page(it.area, 2);
	size_t base = it.area->page_size;

	hp_check_eq(hp_uffd_copy_pages(&it, 0, hp_pages(it.area)), 0);
	handler = hp_handler_start(it.uffd, keep, &event);
	hp_check_ok(madvise(second, 3 * base,
			    kind->memory == HP_MEMORY_THP ? MADV_DONTNEED : MADV_REMOVE));
	hp_check_eq(hp_handler_end(handler), 1);
	check_event(&event, UFFD_EVENT_REMOVE, second, 3 * base);
	hp_check_eq(hp_area_smaps(it.area).rss, (it.area->size - 3 * base) / 1024);
	thread = hp_fault_in_thread(hp_page(it.area, 3), HP_READ);
	hp_uffd_fault(it.uffd, hp_page(it.area, 3));
	hp_check_eq(hp_uffd_zero(it.uffd, second, 3 * base), 0);
	hp_check_goes_on(thread);
	hp_check_filled_around(it.area, hp_part(it.area, 2 * base, 3 * base), 'u');
	hp_check_zeros(hp_part(it.area, 2 * base, 3 * base));
}

HP_CASES(unmapped, "munmap sends UFFD_EVENT_UNMAP, and UFFDIO_COPY there fails with ENOENT",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it = hp_uffd_memory_for(
		kind->memory, UFFDIO_REGISTER_MODE_MISSING, UFFD_FEATURE_EVENT_UNMAP);
	struct hp_uffd_event event = {0};
	struct hp_handler *handler = hp_handler_start(it.uffd, keep, &event);
	size_t half = it.area->size / 2, half_pages = hp_pages(it.area) / 2;

	hp_check_ok(munmap(it.area->addr + half, half));
	hp_check_eq(hp_handler_end(handler), 1);
	check_event(&event, UFFD_EVENT_UNMAP, it.area->addr + half, half);
	hp_check_eq(hp_uffd_copy_pages(&it, half_pages, 1), ENOENT);
	hp_check_eq(hp_uffd_copy_pages(&it, 0, half_pages), 0);
}

static void *drop(void *arg)
{
	const struct hp_area *area = arg;

	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	return NULL;
}

HP_CASES(changing, "filling pages fails with EAGAIN until a pending event has been read",
	 hp_uffd_kinds, kind)
{
	struct hp_uffd_memory it = watched(kind->memory);
	struct hp_area *area = it.area;
	pthread_t thread = hp_thread(drop, area);
	struct hp_uffd_event event;

	hp_eventually(hp_uffd_pending(it.uffd), 5);
	hp_check_eq(hp_uffd_copy_pages(&it, 0, 1), EAGAIN);
	hp_check_eq(hp_uffd_zero(it.uffd, area->addr, area->page_size), EAGAIN);
	event = hp_uffd_next(it.uffd, 5);
	check_event(&event, UFFD_EVENT_REMOVE, area->addr, area->size);
	hp_join(thread);
	hp_check_eq(hp_area_smaps(area).rss, 0);
	hp_check_eq(hp_uffd_copy_pages(&it, 0, 1), 0);
	hp_check_filled(hp_nth_page(area, 0), 'u');
}

struct monitor {
	struct hp_uffd_memory memory;
	struct hp_barrier *ready;
};

/*
 * A process other than the one that created the userfaultfd fills its memory, page by page.
 */
static void serve(void *arg)
{
	const struct monitor *monitor = arg;
	const struct hp_uffd_memory *it = &monitor->memory;

	hp_meet(monitor->ready);
	for (size_t page = 0; page < hp_pages(it->area); page++) {
		hp_uffd_fault(it->uffd, hp_page(it->area, page));
		hp_check_eq(hp_uffd_copy_pages(it, page, 1), 0);
	}
}

HP_CASES(other_process,
	 "another process that inherited the userfaultfd fills missing pages",
	 hp_uffd_kinds, kind)
{
	struct hp_area *area = hp_uffd_room(kind->memory);
	struct monitor monitor = {{area, hp_uffd_source(area, 'm'), hp_uffd(0)},
				  hp_barrier_new(2)};
	pid_t server = hp_fork(serve, &monitor);

	hp_check_eq(hp_uffd_register(monitor.memory.uffd, area->addr, area->size,
				     UFFDIO_REGISTER_MODE_MISSING),
		    0);
	hp_meet(monitor.ready);
	hp_check_filled(area, 'm');
	hp_wait_ok(server);
	hp_check_eq(hp_area_smaps(area).rss, area->size / 1024);
}

HP_CASES(gone, "filling pages of a process that has exited fails with ESRCH", hp_uffd_kinds,
	 kind)
{
	struct hp_uffd_memory it = watched(kind->memory), childs = it;
	struct hp_uffd_event event = {0};
	struct hp_handler *handler = hp_handler_start(it.uffd, keep, &event);

	hp_in_child() {
		/* The child exits at once. */
	}
	hp_check_eq(hp_handler_end(handler), 1);
	childs.uffd = event.uffd;
	hp_uffd_await_exit(childs.uffd, it.area->addr, it.area->page_size);
	hp_check_eq(hp_uffd_copy_pages(&childs, 0, 1), ESRCH);
	hp_check_eq(hp_uffd_zero(childs.uffd, it.area->addr, it.area->page_size), ESRCH);
	hp_check_eq(hp_uffd_copy_pages(&it, 0, 1), 0);
}

HP_PROGRAM(.summary = "a userfaultfd reports forks and changes of registered memory",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_ptrace"),
	   .sources = HP_SOURCES({"commit", "893e26e61d04",
				  "userfaultfd: non-cooperative: Add fork() event"}))
