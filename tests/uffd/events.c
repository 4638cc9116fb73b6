// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Who handles the faults of a process that knows nothing of it is told when it forks,
 * moves, drops or unmaps memory, before the process goes on; and fills what is missing for
 * a child or for another process.
 */
#include "hugeproof.h"

#include <pthread.h>

#define EVENTS                                                                             \
	(UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_REMOVE |  \
	 UFFD_FEATURE_WP_HUGETLBFS_SHMEM)

static int armed(const struct hp_area *area, uint64_t mode, uint64_t features)
{
	int uffd = hp_uffd(features);

	hp_check_eq(hp_uffd_register(uffd, area->addr, area->size, mode), 0);
	return uffd;
}

static void check_event(const struct hp_uffd_event *event, int kind, const char *addr,
			size_t size)
{
	hp_check_eq(event->kind, kind);
	hp_check(event->addr == addr);
	hp_check_eq(event->size, size);
}

/* Keeps the last of what it is told. */
static void keep(int uffd, const struct hp_uffd_event *event, void *last)
{
	(void)uffd;
	*(struct hp_uffd_event *)last = *event;
}

static void child_reads(void *area)
{
	hp_step("the child reads what only its handler can give it");
	hp_check_page_filled((struct hp_area *)area, 3, 'c');
}

HP_UFFD_CASES(child, "a child's faults go to a descriptor of its own")
{
	struct hp_area *area = hp_uffd_room(memory), *source = hp_uffd_source(area, 'c');
	int uffd = armed(area, UFFDIO_REGISTER_MODE_MISSING, EVENTS);
	struct hp_uffd_event event = {0}, fault;
	struct hp_handler *handler = hp_handler(uffd, keep, &event);
	pid_t child = hp_fork(child_reads, area);

	hp_check_eq(hp_handler_end(handler), 1);
	hp_check_eq(event.kind, UFFD_EVENT_FORK);
	fault = hp_uffd_wait(event.uffd, 5);
	hp_check(fault.addr == hp_page(area, 3));
	hp_check(!hp_uffd_pending(uffd));
	hp_check_eq(
		hp_uffd_copy(event.uffd, fault.addr, hp_page(source, 3), area->page_size),
		0);
	hp_wait_ok(child);
	/* The copy is the child's, which shares what is shared. */
	hp_check_eq(hp_area_smaps(area).rss, 0);
	hp_check_eq(hp_uffd_copy(uffd, hp_page(area, 3), source->addr, area->page_size),
		    memory == HP_MEMORY_THP ? 0 : EEXIST);
}

static void child_reads_zeros(void *area)
{
	hp_check_zeros((struct hp_area *)area, 0, hp_base_page_size());
}

HP_UFFD_CASES(child_untold, "without the event a child's faults are the kernel's")
{
	struct hp_area *area = hp_uffd_room(memory);
	int uffd = armed(area, UFFDIO_REGISTER_MODE_MISSING, 0);

	hp_wait_ok(hp_fork(child_reads_zeros, area));
	hp_check(!hp_uffd_pending(uffd));
}

static void child_writes(void *area)
{
	hp_step("the child writes to what is protected for it, too");
	hp_check_access(hp_page(area, 3), HP_WRITE);
	hp_check_filled_around((struct hp_area *)area, 3 * hp_base_page_size(), 8, 'p');
}

HP_UFFD_CASES(child_protected, "a child of protected memory is protected as well")
{
	struct hp_area *area = hp_uffd_room(memory);
	struct hp_uffd_event event = {0}, fault;
	struct hp_handler *handler;
	pid_t child;
	int uffd;

	hp_fill(area, 'p');
	hp_require_huge(area);
	uffd = armed(area, UFFDIO_REGISTER_MODE_WP, EVENTS);
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, true), 0);
	handler = hp_handler(uffd, keep, &event);
	child = hp_fork(child_writes, area);
	hp_check_eq(hp_handler_end(handler), 1);
	fault = hp_uffd_wait(event.uffd, 5);
	hp_check(fault.addr == hp_page(area, 3));
	hp_check(fault.write_protected);
	hp_check_eq(hp_uffd_protect(event.uffd, fault.addr, area->page_size, false), 0);
	hp_wait_ok(child);
	hp_check_eq(hp_uffd_protected(area->addr, area->size), hp_pages(area));
}

HP_UFFD_CASES(moved, "moved memory is told, and stays the handler's where it is then")
{
	struct hp_area *area = hp_uffd_room(memory), *source = hp_uffd_source(area, 'u');
	struct hp_area *to = hp_map_anon(area->size), at = *area;
	int uffd = armed(area, UFFDIO_REGISTER_MODE_MISSING, EVENTS);
	struct hp_uffd_event event = {0};
	struct hp_handler *handler = hp_handler(uffd, keep, &event);
	struct hp_visitor *visitor;

	hp_check_eq(
		hp_uffd_copy(uffd, hp_page(area, 3), hp_page(source, 3), area->page_size),
		0);
	at.addr = hp_check_ok(mremap(area->addr, area->size, area->size,
				     MREMAP_MAYMOVE | MREMAP_FIXED, to->addr));
	hp_check_eq(hp_handler_end(handler), 1);
	check_event(&event, UFFD_EVENT_REMAP, area->addr, area->size);
	hp_check(event.to == at.addr);
	hp_check_page_filled(&at, 3, 'u');
	visitor = hp_visit(hp_page(&at, 4), HP_READ);
	hp_check(hp_uffd_wait(uffd, 5).addr == hp_page(&at, 4));
	hp_check_eq(
		hp_uffd_copy(uffd, hp_page(&at, 4), hp_page(source, 4), area->page_size),
		0);
	hp_check_eq(hp_visit_end(visitor).signo, 0);
	hp_check_page_filled(&at, 4, 'u');
}

HP_UFFD_CASES(moved_untold, "without the event moved memory is the kernel's")
{
	struct hp_area *area = hp_uffd_room(memory), *to = hp_map_anon(area->size);
	int uffd;

	hp_fill(area, 'p');
	hp_require_huge(area);
	uffd = armed(area, UFFDIO_REGISTER_MODE_WP, UFFD_FEATURE_WP_HUGETLBFS_SHMEM);
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, true), 0);
	area->addr = hp_check_ok(mremap(area->addr, area->size, area->size,
					MREMAP_MAYMOVE | MREMAP_FIXED, to->addr));
	hp_check_filled(area, 'p');
	hp_check_eq(hp_uffd_protected(area->addr, area->size), 0);
	hp_check_eq(hp_visit_end(hp_visit(hp_page(area, 3), HP_WRITE)).signo, 0);
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, true), ENOENT);
}

HP_UFFD_CASES(dropped, "dropped memory is told, and then missing again")
{
	struct hp_area *area = hp_uffd_room(memory), *source = hp_uffd_source(area, 'u');
	int uffd = armed(area, UFFDIO_REGISTER_MODE_MISSING, EVENTS);
	struct hp_uffd_event event = {0};
	struct hp_visitor *visitor;
	struct hp_handler *handler;
	size_t base = area->page_size;

	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, area->size), 0);
	handler = hp_handler(uffd, keep, &event);
	hp_check_ok(madvise(hp_page(area, 2), 3 * base,
			    memory == HP_MEMORY_THP ? MADV_DONTNEED : MADV_REMOVE));
	hp_check_eq(hp_handler_end(handler), 1);
	check_event(&event, UFFD_EVENT_REMOVE, hp_page(area, 2), 3 * base);
	hp_check_eq(hp_area_smaps(area).rss, (area->size - 3 * base) / 1024);
	visitor = hp_visit(hp_page(area, 3), HP_READ);
	hp_check(hp_uffd_wait(uffd, 5).addr == hp_page(area, 3));
	hp_check_eq(hp_uffd_zero(uffd, hp_page(area, 2), 3 * base), 0);
	hp_check_eq(hp_visit_end(visitor).signo, 0);
	hp_check_filled_around(area, 2 * base, 3 * base, 'u');
	hp_check_zeros(area, 2 * base, 3 * base);
}

HP_UFFD_CASES(unmapped, "unmapped memory is told; nothing can be put there")
{
	struct hp_area *area = hp_uffd_room(memory), *source = hp_uffd_source(area, 'u');
	int uffd = armed(area, UFFDIO_REGISTER_MODE_MISSING, UFFD_FEATURE_EVENT_UNMAP);
	struct hp_uffd_event event = {0};
	struct hp_handler *handler = hp_handler(uffd, keep, &event);
	size_t half = area->size / 2;

	hp_check_ok(munmap(area->addr + half, half));
	hp_check_eq(hp_handler_end(handler), 1);
	check_event(&event, UFFD_EVENT_UNMAP, area->addr + half, half);
	hp_check_eq(hp_uffd_copy(uffd, area->addr + half, source->addr, area->page_size),
		    ENOENT);
	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, half), 0);
}

static void *drop(void *arg)
{
	const struct hp_area *area = arg;

	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	return NULL;
}

HP_UFFD_CASES(changing, "EAGAIN: nothing is put anywhere before the event was read")
{
	struct hp_area *area = hp_uffd_room(memory), *source = hp_uffd_source(area, 'u');
	int uffd = armed(area, UFFDIO_REGISTER_MODE_MISSING, EVENTS);
	size_t base = area->page_size;
	struct hp_uffd_event event;
	pthread_t thread;

	hp_require(!pthread_create(&thread, NULL, drop, area), "cannot make a thread");
	hp_eventually(hp_uffd_pending(uffd), 5);
	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, base), EAGAIN);
	hp_check_eq(hp_uffd_zero(uffd, area->addr, base), EAGAIN);
	event = hp_uffd_next(uffd, 5);
	check_event(&event, UFFD_EVENT_REMOVE, area->addr, area->size);
	hp_check_eq(pthread_join(thread, NULL), 0);
	hp_check_eq(hp_area_smaps(area).rss, 0);
	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, base), 0);
	hp_check_page_filled(area, 0, 'u');
}

struct monitor {
	int uffd;
	struct hp_area *area, *source;
	struct hp_barrier *ready;
};

/* Another process fills the memory of the one that made the descriptor, page by page. */
static void serve(void *arg)
{
	const struct monitor *monitor = arg;
	const struct hp_area *area = monitor->area;

	hp_meet(monitor->ready);
	for (size_t page = 0; page < hp_pages(area); page++) {
		struct hp_uffd_event fault = hp_uffd_wait(monitor->uffd, 5);

		hp_check(fault.addr == hp_page(area, page));
		hp_check_eq(hp_uffd_copy(monitor->uffd, fault.addr,
					 hp_page(monitor->source, page), area->page_size),
			    0);
	}
}

HP_UFFD_CASES(other_process, "another process that has the descriptor fills this one")
{
	struct hp_area *area = hp_uffd_room(memory);
	struct monitor monitor = {hp_uffd(0), area, hp_uffd_source(area, 'm'),
				  hp_barrier(2)};
	pid_t server = hp_fork(serve, &monitor);

	hp_check_eq(hp_uffd_register(monitor.uffd, area->addr, area->size,
				     UFFDIO_REGISTER_MODE_MISSING),
		    0);
	hp_meet(monitor.ready);
	hp_check_filled(area, 'm');
	hp_wait_ok(server);
	hp_check_eq(hp_area_smaps(area).rss, area->size / 1024);
}

static void child_exits(void *arg)
{
	(void)arg;
}

HP_UFFD_CASES(gone, "ESRCH: the process is no more")
{
	struct hp_area *area = hp_uffd_room(memory), *source = hp_uffd_source(area, 'u');
	int uffd = armed(area, UFFDIO_REGISTER_MODE_MISSING, EVENTS);
	struct hp_uffd_event event = {0};
	struct hp_handler *handler = hp_handler(uffd, keep, &event);

	hp_wait_ok(hp_fork(child_exits, NULL));
	hp_check_eq(hp_handler_end(handler), 1);
	hp_check_eq(hp_uffd_copy(event.uffd, area->addr, source->addr, area->page_size),
		    ESRCH);
	hp_check_eq(hp_uffd_zero(event.uffd, area->addr, area->page_size), ESRCH);
	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, area->page_size), 0);
}

HP_PROGRAM(.summary = "a handler is told what becomes of the memory",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "root", "cap:sys_ptrace"),
	   .source = "userfaultfd: non-cooperative events (2017)")
