// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * process_mrelease takes the private memory of a process that is being killed before it has
 * exited: THPs and other anonymous pages are freed, hugetlb pages and shared memory are
 * left alone. The process is held at the beginning of its exit by ptrace.
 */
#include "hugeproof.h"

#include <sys/ptrace.h>
#include <sys/syscall.h>

#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif

static int open_pid(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	hp_require(fd >= 0, "pidfd_open: %s", strerror(errno));
	return fd;
}

static int release(int pidfd, unsigned int flags)
{
	int result = (int)syscall(SYS_process_mrelease, pidfd, flags);

	if (result && errno == ENOSYS)
		hp_skip_case("needs process_mrelease (Linux 5.15): run it in the lab");
	return result;
}

struct victim {
	enum hp_memory memory;
	struct hp_area *area;
};

static void fill(void *arg)
{
	const struct victim *victim = arg;

	hp_populate(victim->memory, victim->area);
	hp_fill(victim->area, 'm');
}

/* Kills a paused child; it stops at the beginning of its exit, with its memory. */
static pid_t kill_and_hold(struct hp_paused *child)
{
	pid_t pid = hp_paused_pid(child);
	int status;

	hp_need_ptrace();
	hp_check_ok(ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACEEXIT));
	hp_check_ok(kill(pid, SIGKILL));
	hp_check_eq(waitpid(pid, &status, 0), pid);
	hp_require(WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_EXIT,
		   "the child does not stop where it exits: status %#x", status);
	return pid;
}

static void let_exit(pid_t pid)
{
	hp_check_ok(ptrace(PTRACE_CONT, pid, NULL, NULL));
	hp_check_killed(pid, SIGKILL);
}

/* How many base pages of the area the process has in its page tables. */
static size_t present(pid_t pid, const struct hp_area *area)
{
	size_t n = hp_base_pages(area), found = 0;
	struct hp_pagemap_entry *pages = calloc(n, sizeof(*pages));
	int error = pages ? hp_pages_read(pid, area->addr, n, pages) : -ENOMEM;

	hp_require(!error, "cannot read pagemap: %s", strerror(-error));
	if (hp_swapped_out() > 0)
		hp_short_of(hp_base_size,
			    "memory is short: pages were swapped out since the "
			    "case began");
	for (size_t i = 0; i < n; i++)
		found += pages[i].present;
	free(pages);
	return found;
}

HP_CASES(anonymous,
	 "the anonymous memory of a process that is being killed is freed at once",
	 hp_anonymous_kinds, kind)
{
	struct victim victim = {kind->memory, hp_map_memory(kind->memory, 2 * hp_pmd_size)};
	pid_t pid = kill_and_hold(hp_fork_paused(fill, NULL, &victim));
	int pidfd = open_pid(pid);

	hp_check_eq(present(pid, victim.area), hp_base_pages(victim.area));
	hp_check_ok(release(pidfd, 0));
	hp_check_eq(present(pid, victim.area), 0);
	/* Once more: nothing is left to do, and nothing happens. */
	hp_check_ok(release(pidfd, 0));
	let_exit(pid);
}

static const struct hp_memory_kind kept_kinds[] = {
	{{"hugetlb", "hugetlb"}, HP_MEMORY_HUGETLB},
	{{"tmpfs", "huge tmpfs"}, HP_MEMORY_TMPFS},
};

HP_CASES(kept, "memory that is shared, and hugetlb pages, stay until the process exits",
	 kept_kinds, kind)
{
	struct victim victim = {kind->memory, hp_map_memory(kind->memory, 2 * hp_pmd_size)};
	struct hp_hugetlb_counts pool;
	int pidfd;
	pid_t pid;

	pid = kill_and_hold(hp_fork_paused(fill, NULL, &victim));
	pool = hp_hugetlb();
	pidfd = open_pid(pid);
	hp_check_ok(release(pidfd, 0));
	hp_check_eq(present(pid, victim.area), hp_base_pages(victim.area));
	hp_check_hugetlb(pool, );
	let_exit(pid);
	if (kind->memory == HP_MEMORY_TMPFS)
		hp_check_filled(victim.area, 'm');
}

HP_CASE(shared_after_fork,
	"a THP that a process shares since a fork stays with the one that is not killed")
{
	struct hp_area *area = hp_filled_thp(2, 's');
	pid_t pid = kill_and_hold(hp_fork_paused(NULL, NULL, NULL));

	hp_check_eq(present(pid, area), hp_base_pages(area));
	hp_check_ok(release(open_pid(pid), 0));
	hp_check_eq(present(pid, area), 0);
	hp_check_filled(area, 's');
	hp_check_eq(hp_mapped_huge(area), area->size);
	let_exit(pid);
	hp_check_filled(area, 's');
	hp_check_writable(area, 't');
}

HP_CASE(refused,
	"EINVAL for flags and for a process that is not being killed, which keeps all")
{
	struct victim victim = {HP_MEMORY_THP, hp_map_memory(HP_MEMORY_THP, hp_pmd_size)};
	struct hp_paused *child = hp_fork_paused(fill, NULL, &victim);
	int pidfd = open_pid(hp_paused_pid(child));

	hp_check_errno(release(pidfd, 1), EINVAL);
	hp_check_errno(release(pidfd, 0), EINVAL);
	hp_check_errno(release(-1, 0), EBADF);
	hp_check_eq(present(hp_paused_pid(child), victim.area), hp_base_pages(victim.area));
	hp_resume_ok(child);
}

HP_PROGRAM(.summary = "process_mrelease frees the memory of a process that is being killed",
	   .page_sizes = HP_PMD_SIZE, .seconds = 20,
	   .needs = HP_NEEDS("thp", "root", "pagemap", "hugetlb:4", "cap:sys_ptrace"),
	   .sources = HP_SOURCES({"man", "process_mrelease(2)"},
				 {"man", "ptrace(2)", "PTRACE_O_TRACEEXIT"}))
