// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * process_madvise advises about memory of another process, and returns the number of bytes
 * advised: THPs are swapped out, base pages collapsed, and the contents stay.
 */
#include "hugeproof.h"

#include <sys/syscall.h>
#include <sys/uio.h>

struct family {
	struct hp_area *area;
	struct hp_barrier *barrier;
};

static int pidfd_of(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0 && errno == ENOSYS)
		hp_skip_case("needs pidfd_open (Linux 5.3): run it in the lab");
	hp_check_ok(fd);
	return fd;
}

static long advise(int pidfd, const struct iovec *ranges, size_t n, int advice)
{
	return syscall(SYS_process_madvise, pidfd, ranges, n, advice, 0);
}

static void keeps(void *arg)
{
	const struct family *family = arg;

	/* Makes all pages of the area this process's own. */
	hp_fill(family->area, 'o');
	hp_meet(family->barrier);
	hp_meet(family->barrier);
	hp_check_filled(family->area, 'o');
}

/* Forks a process that fills the area with its own contents. */
static pid_t other(struct family *family)
{
	pid_t child;

	family->barrier = hp_barrier_new(2);
	child = hp_fork(keeps, family);
	hp_meet(family->barrier);
	return child;
}

static void end(struct family *family, pid_t child)
{
	hp_meet(family->barrier);
	hp_wait_ok(child);
}

static struct hp_smaps map_of(pid_t pid, const struct hp_area *area)
{
	struct hp_smaps sum;

	hp_require(!hp_smaps_sum(pid, area->addr, area->size, &sum),
		   "cannot read smaps of %d", (int)pid);
	return sum;
}

HP_CASES(paged_out,
	 "process_madvise(MADV_PAGEOUT) swaps out the other process's memory only",
	 hp_anonymous_kinds, way)
{
	struct family family = {hp_map_memory(way->memory, 2 * hp_pmd_size), NULL};
	struct iovec ranges[2];
	pid_t child;
	int fd;

	hp_case_needs("swap");
	child = other(&family);
	hp_fill(family.area, 'm');
	ranges[0] = (struct iovec){family.area->addr, hp_pmd_size};
	ranges[1] = (struct iovec){family.area->addr + hp_pmd_size, hp_pmd_size};
	fd = pidfd_of(child);
	hp_check_eq(advise(fd, ranges, 2, MADV_PAGEOUT), family.area->size);
	hp_eventually((advise(fd, ranges, 2, MADV_PAGEOUT),
		       map_of(child, family.area).swap == (long)(family.area->size / 1024)),
		      5);
	hp_check_eq(map_of(0, family.area).swap, 0);
	end(&family, child);
	hp_check_filled(family.area, 'm');
}

/*
 * Returns what process_madvise does. Like hp_collapse() it retries while pages are busy
 * (EAGAIN), and handles a shortage of huge pages or of the cgroup's limit.
 */
static long collapse(int pidfd, const struct iovec *range)
{
	int64_t end = hp_deadline_ns(2);
	long done;

	do
		done = advise(pidfd, range, 1, MADV_COLLAPSE);
	while (done < 0 && errno == EAGAIN && hp_now_ns() < end);
	if (done < 0 &&
	    ((errno == ENOMEM && hp_events_of_case("thp_collapse_alloc_failed") > 0) ||
	     errno == EBUSY))
		hp_short_of(hp_pmd_size,
			    "MADV_COLLAPSE could not allocate a huge page (%s)",
			    strerrorname_np(errno));
	return done;
}

HP_CASE(collapsed,
	"process_madvise(MADV_COLLAPSE) collapses the other process's memory only")
{
	struct family family = {hp_map_anon(2 * hp_pmd_size), NULL};
	struct iovec range = {family.area->addr, family.area->size};
	pid_t child;

	hp_need_advice(MADV_COLLAPSE, "MADV_COLLAPSE (Linux 6.1)");
	hp_check_ok(madvise(range.iov_base, range.iov_len, MADV_NOHUGEPAGE));
	child = other(&family);
	hp_fill(family.area, 'm');
	hp_check_eq(advise(pidfd_of(child), &range, 1, MADV_COLLAPSE), -1);
	hp_check_eq(errno, EINVAL);
	end(&family, child);

	hp_thp_enabled("never");
	hp_check_ok(madvise(range.iov_base, range.iov_len, MADV_HUGEPAGE));
	hp_check_ok(madvise(range.iov_base, range.iov_len, MADV_DONTNEED));
	child = other(&family);
	hp_fill(family.area, 'm');
	hp_check_eq(map_of(child, family.area).anon_huge, 0);
	hp_drain_lru();
	hp_check_eq(collapse(pidfd_of(child), &range), family.area->size);
	hp_check_eq(map_of(child, family.area).anon_huge, family.area->size / 1024);
	hp_check_eq(hp_mapped_huge(family.area), 0);
	end(&family, child);
	hp_check_filled(family.area, 'm');
}

HP_CASES(harmless, "process_madvise with MADV_COLD and MADV_WILLNEED drops nothing",
	 hp_anonymous_kinds, way)
{
	struct family family = {hp_map_memory(way->memory, hp_pmd_size), NULL};
	struct iovec range = {family.area->addr, family.area->size}, none = {0};
	struct hp_smaps map;
	pid_t child = other(&family);
	int fd = pidfd_of(child);

	hp_check_eq(advise(fd, &range, 1, MADV_COLD), family.area->size);
	if (advise(fd, &none, 1, MADV_WILLNEED) < 0 && errno == EINVAL)
		hp_skip_case("needs MADV_WILLNEED for other processes (Linux 5.16): run it "
			     "in the lab");
	hp_check_eq(advise(fd, &range, 1, MADV_WILLNEED), family.area->size);
	map = map_of(child, family.area);
	hp_check_eq(map.rss + map.swap, family.area->size / 1024);
	end(&family, child);
}

HP_CASE(halfway,
	"process_madvise returns the bytes advised before the first bad range, or EINVAL")
{
	struct family family = {hp_map_thp(2), NULL};
	char *first = family.area->addr, *second = hp_page(family.area, 1);
	const struct iovec ranges[] = {
		{first, hp_pmd_size}, {first + 1, hp_base_size}, {second, hp_pmd_size}};
	pid_t child = other(&family);
	int fd = pidfd_of(child);

	hp_check_eq(advise(fd, ranges, 3, MADV_COLD), hp_pmd_size);
	hp_check_errno(advise(fd, ranges + 1, 2, MADV_COLD), EINVAL);
	end(&family, child);
}

HP_CASE(destructive,
	"process_madvise with destructive advice fails with EINVAL and drops nothing")
{
	struct family family = {hp_map_thp(1), NULL};
	struct iovec range = {family.area->addr, family.area->size};
	pid_t child = other(&family);
	int fd = pidfd_of(child);

	hp_check_errno(advise(fd, &range, 1, MADV_DONTNEED), EINVAL);
	hp_check_errno(advise(fd, &range, 1, MADV_FREE), EINVAL);
	hp_check_errno(syscall(SYS_process_madvise, fd, &range, 1, MADV_COLD, 1), EINVAL);
	end(&family, child);
}

HP_PROGRAM(.summary = "process_madvise advises about another process's memory",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "root", "pagemap", "cap:sys_nice", "cap:sys_ptrace"),
	   .sources = HP_SOURCES({"man", "process_madvise(2)"},
				 {"doc", "Documentation/admin-guide/mm/transhuge.rst"}))
