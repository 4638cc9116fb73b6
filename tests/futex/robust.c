// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * When the owner of robust futexes in huge pages dies, the kernel sets FUTEX_OWNER_DIED in
 * each of them and wakes a waiter; the words next to them do not change.
 */
#include "hugeproof.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A lock, with its entry in the owner's robust list. */
struct lock {
	struct robust_list next; /* must be first: the kernel follows it */
	uint32_t before, word, after;
};

#define LOCKS 3

struct locks {
	const struct hp_area *area;
	struct robust_list_head *head; /* in the huge page as well */
	struct lock *lock[LOCKS];
	struct hp_barrier *barrier;
};

static struct locks locks_in(const struct hp_area *area)
{
	size_t pages = hp_base_pages(area);
	struct locks locks = {.area = area, .head = (void *)(area->addr + 64)};
	const size_t places[LOCKS] = {1, pages / 2, pages - 1};

	for (int i = 0; i < LOCKS; i++)
		locks.lock[i] = (void *)(area->addr + places[i] * hp_base_size + 128);
	return locks;
}

/* Takes all locks, as pthread_mutex_lock() would, and registers the robust list. */
static void take(struct locks *locks)
{
	struct robust_list *last = &locks->head->list;
	uint32_t owner = (uint32_t)syscall(SYS_gettid);

	*locks->head = (struct robust_list_head){
		.futex_offset = offsetof(struct lock, word) - offsetof(struct lock, next)};
	for (int i = 0; i < LOCKS; i++) {
		locks->lock[i]->word = owner | FUTEX_WAITERS;
		last->next = &locks->lock[i]->next;
		last = last->next;
	}
	last->next = &locks->head->list;
	hp_check_ok(syscall(SYS_set_robust_list, locks->head, sizeof(*locks->head)));
}

static void check_marked(const struct locks *locks)
{
	for (int i = 0; i < LOCKS; i++) {
		hp_step("lock %d of %d", i + 1, LOCKS);
		hp_check_eq(locks->lock[i]->word, FUTEX_OWNER_DIED | FUTEX_WAITERS);
		hp_check_eq(locks->lock[i]->before, 0);
		hp_check_eq(locks->lock[i]->after, 0);
	}
}

static void *thread_takes(void *arg)
{
	struct locks *locks = arg;

	take(locks);
	hp_meet(locks->barrier);
	hp_meet(locks->barrier);
	return NULL;
}

static void child_takes(void *arg)
{
	thread_takes(arg);
}

/* A waiter blocks on each lock before the owner dies. */
static void wait_for_all(struct locks *locks, pthread_t waiters[LOCKS])
{
	hp_meet(locks->barrier);
	for (int i = 0; i < LOCKS; i++)
		waiters[i] = hp_futex_wait(&locks->lock[i]->word, FUTEX_WAIT);
	hp_meet(locks->barrier);
}

static void check_woken(const struct locks *locks, pthread_t waiters[LOCKS])
{
	for (int i = 0; i < LOCKS; i++) {
		hp_step("the waiter of lock %d of %d is woken", i + 1, LOCKS);
		hp_eventually(!pthread_tryjoin_np(waiters[i], NULL), 5);
	}
	check_marked(locks);
}

HP_CASES(thread,
	 "a thread that exits leaves FUTEX_OWNER_DIED in its robust futexes, and their "
	 "waiters wake",
	 hp_futex_kinds, kind)
{
	struct locks locks = locks_in(hp_futex_area(kind, 1));
	pthread_t waiters[LOCKS], owner;

	locks.barrier = hp_barrier_new(2);
	owner = hp_thread(thread_takes, &locks);
	wait_for_all(&locks, waiters);
	hp_join(owner);
	check_woken(&locks, waiters);
}

static const struct hp_futex_kind shared[] = {
	{{"hugetlb", "hugetlb"}, HP_MEMORY_HUGETLB, true},
	{{"tmpfs", "huge tmpfs"}, HP_MEMORY_TMPFS, true},
};

HP_CASES(process,
	 "a process that exits leaves FUTEX_OWNER_DIED in its shared robust futexes, and "
	 "their waiters wake",
	 shared, kind)
{
	struct locks locks = locks_in(hp_futex_area(kind, 1));
	pthread_t waiters[LOCKS];
	pid_t child;

	locks.barrier = hp_barrier_new(2);
	child = hp_fork(child_takes, &locks);
	wait_for_all(&locks, waiters);
	hp_wait_ok(child);
	check_woken(&locks, waiters);
}

HP_PROGRAM(.summary = "robust futexes in huge pages are marked and woken when their owner "
		      "dies",
	   .needs = HP_NEEDS("hugetlb:1", "thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"man", "get_robust_list(2)"},
				 {"doc", "Documentation/locking/robust-futexes.rst"}))
