// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Registered buffers of an io_uring count in VmPin of an unprivileged process: a huge page
 * once for each ring that registers it, however many buffers are in it. Whatever is
 * registered, cloned, replaced and released, and in whichever order, nothing is left at the
 * end, and no page is uncharged twice.
 */
#include "hugeproof.h"

#include <sys/resource.h>

static long pinned(void)
{
	return hp_own_status().vm_pinned * 1024;
}

static const struct hp_memory_kind kinds[] = {
	{{"hugetlb", "hugetlb"}, HP_MEMORY_HUGETLB},
	{{"mthp", "huge pages of 64 kB"}, HP_MEMORY_MTHP},
	{{"thp", "PMD-mapped THPs"}, HP_MEMORY_THP},
	{{"tmpfs", "huge tmpfs"}, HP_MEMORY_TMPFS},
};

/* Two huge pages of the kind. */
struct memory {
	struct hp_area *area;
	size_t huge;
	long before;  /* VmPin, bytes */
	long of_ring; /* what a ring without buffers counts: nothing before Linux 6.14 */
	int rings;    /* open ones */
};

/*
 * Checks that the buffers account for this many bytes. The last reference of a released
 * ring is dropped asynchronously.
 */
static void check_pinned(const struct memory *it, size_t bytes)
{
	long all = it->before + it->rings * it->of_ring + (long)bytes;
	int64_t end = hp_deadline_ns(5);

	while (pinned() != all && hp_now_ns() < end)
		usleep(1000);
	hp_check_eq(pinned() - it->before - it->rings * it->of_ring, bytes);
}

static struct hp_ring *open_ring(struct memory *it)
{
	it->rings++;
	return hp_ring_open();
}

static void close_ring(struct memory *it, struct hp_ring *ring)
{
	hp_ring_close(ring);
	it->rings--;
}

/*
 * Since Linux 7.3 nothing counts for a process with CAP_IPC_LOCK. Pins count for a user
 * too, and this one has no other processes.
 */
static void become_unprivileged(void)
{
	const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
	uid_t user = 1000000 + (uid_t)getpid();

	if (setrlimit(RLIMIT_MEMLOCK, &all))
		hp_skip_case("RLIMIT_MEMLOCK cannot be raised (%s): run it in the lab",
			     strerror(errno));
	hp_check_ok(setresuid(user, user, user));
}

static struct memory filled(enum hp_memory kind)
{
	size_t bytes = 2 * (kind == HP_MEMORY_HUGETLB ? hp_page_size : hp_pmd_size);
	struct memory it = {.area = hp_map_filled(kind, bytes, 'v')};
	struct hp_ring *ring;

	hp_khugepaged_calm();
	it.huge = it.area->page_size;
	become_unprivileged();
	it.before = pinned();
	ring = hp_ring_open();
	it.of_ring = pinned() - it.before;
	hp_ring_close(ring);
	check_pinned(&it, 0);
	return it;
}

/* Several buffers in the first huge page, and one in the second. */
static void pin_parts(struct hp_ring *ring, const struct memory *it)
{
	char *first = it->area->addr, *second = first + it->huge;
	size_t base = hp_base_size;
	const struct iovec ranges[] = {
		{first, 100},
		{first + 3 * base, 2 * base},
		{first + it->huge - base, base},
		{second + base, 7},
	};

	hp_check_eq(hp_ring_pin_all(ring, ranges, 4), 0);
}

HP_CASES(parts, "a huge page with several buffers counts once", kinds, kind)
{
	struct memory it = filled(kind->memory);
	struct hp_ring *ring = open_ring(&it);

	pin_parts(ring, &it);
	check_pinned(&it, 2 * it.huge);
	hp_check_eq(hp_ring_unpin(ring), 0);
	check_pinned(&it, 0);
	hp_step("again");
	pin_parts(ring, &it);
	check_pinned(&it, 2 * it.huge);
	close_ring(&it, ring);
	check_pinned(&it, 0);
	hp_check_filled(it.area, 'v');
}

HP_CASES(whole, "a buffer across huge pages counts each of them", kinds, kind)
{
	struct memory it = filled(kind->memory);
	struct hp_ring *ring = open_ring(&it);

	hp_check_eq(
		hp_ring_pin(ring, it.area->addr + it.huge - hp_base_size, 2 * hp_base_size),
		0);
	check_pinned(&it, 2 * it.huge);
	close_ring(&it, ring);
	check_pinned(&it, 0);
}

HP_CASES(two_rings, "a huge page counts once for each of two rings", kinds, kind)
{
	struct memory it = filled(kind->memory);
	struct hp_ring *ring = open_ring(&it), *other = open_ring(&it);

	pin_parts(ring, &it);
	pin_parts(other, &it);
	check_pinned(&it, 4 * it.huge);
	close_ring(&it, ring);
	check_pinned(&it, 2 * it.huge);
	hp_check_eq(hp_ring_unpin(other), 0);
	check_pinned(&it, 0);
	close_ring(&it, other);
	check_pinned(&it, 0);
}

/* Which of the two rings ends first, and how. */
static const struct order {
	struct hp_variant variant;
	bool clone_first, unpin;
} orders[] = {
	{{"clone_closed", "the clone is closed first"}, true, false},
	{{"clone_unpinned", "the clone is unregistered first"}, true, true},
	{{"first_closed", "the first ring is closed first"}, false, false},
	{{"first_unpinned", "the first ring is unregistered first"}, false, true},
};

static void end(struct memory *it, struct hp_ring *ring, bool unpin)
{
	if (unpin)
		hp_check_eq(hp_ring_unpin(ring), 0);
	close_ring(it, ring);
}

HP_PAIR_CASES(cloned, "of cloned buffers nothing is left when both rings end", kinds, kind,
	      orders, order)
{
	struct memory it = filled(kind->memory);
	struct hp_ring *ring = open_ring(&it), *clone = open_ring(&it);
	int error;

	pin_parts(ring, &it);
	error = hp_ring_clone(clone, ring);
	if (error == EINVAL)
		hp_skip_case("needs IORING_REGISTER_CLONE_BUFFERS (Linux 6.12): run it in "
			     "the lab");
	hp_check_eq(error, 0);
	/* Both have the same buffers, which count once. */
	check_pinned(&it, 2 * it.huge);
	end(&it, order->clone_first ? clone : ring, order->unpin);
	check_pinned(&it, 2 * it.huge);
	hp_step("the other ring still has its buffers");
	end(&it, order->clone_first ? ring : clone, order->unpin);
	check_pinned(&it, 0);
	hp_check_filled(it.area, 'v');
}

/* Leaves a slot of the ring's buffers empty. */
static void drop(struct hp_ring *ring, int buffer)
{
	hp_check_eq(hp_ring_replace(ring, buffer, NULL, 0), 0);
}

HP_CASES(crossed, "two rings that drop the buffers of a huge page in turn uncharge it once",
	 kinds, kind)
{
	struct memory it = filled(kind->memory);
	const struct iovec ranges[] = {
		{it.area->addr, 100},
		{it.area->addr + hp_base_size, 100},
	};
	struct hp_ring *ring = open_ring(&it), *clone = open_ring(&it);
	int error;

	hp_check_eq(hp_ring_pin_all(ring, ranges, 2), 0);
	check_pinned(&it, it.huge);
	error = hp_ring_clone(clone, ring);
	if (error == EINVAL)
		hp_skip_case("needs IORING_REGISTER_CLONE_BUFFERS (Linux 6.12): run it in "
			     "the lab");
	hp_check_eq(error, 0);
	drop(ring, 1);
	drop(clone, 0);
	hp_step("the first ring drops its last buffer, the clone still has the other");
	drop(ring, 0);
	drop(clone, 1);
	check_pinned(&it, 0);
	close_ring(&it, ring);
	close_ring(&it, clone);
	check_pinned(&it, 0);
}

HP_CASES(replaced, "a buffer that is replaced leaves the count of the huge page it was in",
	 kinds, kind)
{
	struct memory it = filled(kind->memory);
	char *first = it.area->addr, *second = first + it.huge;
	struct hp_ring *ring = open_ring(&it);

	hp_check_eq(hp_ring_pin_sparse(ring, 3), 0);
	check_pinned(&it, 0);
	hp_check_eq(hp_ring_replace(ring, 0, first, 100), 0);
	check_pinned(&it, it.huge);
	hp_check_eq(hp_ring_replace(ring, 1, first + hp_base_size, 100), 0);
	check_pinned(&it, it.huge);
	hp_step("one of two buffers in the first huge page goes to the second");
	hp_check_eq(hp_ring_replace(ring, 0, second, 100), 0);
	/* Before Linux 7.3 the count goes with the first buffer in a page. */
	if (hp_kernel_from(7, 3))
		check_pinned(&it, 2 * it.huge);
	hp_check_eq(hp_ring_replace(ring, 1, second + hp_base_size, 100), 0);
	check_pinned(&it, it.huge);
	close_ring(&it, ring);
	check_pinned(&it, 0);
	hp_check_filled(it.area, 'v');
}

HP_PROGRAM(.summary = "registered buffers count each huge page once for a ring",
	   .needs = HP_NEEDS("hugetlb:2", "thp", "root", "pagemap"), .seconds = 20,
	   .sources = HP_SOURCES({"man", "io_uring_register(2)", "IORING_REGISTER_BUFFERS"},
				 {"man", "proc_pid_status(5)", "VmPin"}))
