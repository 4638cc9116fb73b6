// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Each word of a huge page is a futex of its own: FUTEX_WAKE wakes the waiters of this
 * word, and none at the same offset in another base page. Processes that share the memory
 * wake each other, whatever address they map it at.
 */
#include "hugeproof.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

static void each_word(const struct hp_futex_kind *kind, int private)
{
	struct hp_area *area = hp_futex_area(kind, 1);
	const size_t places[] = {1, hp_pages(area) / 2 + 1, hp_pages(area) - 1};

	for (int i = 0; i < 3; i++) {
		uint32_t *word = hp_futex_word(area, places[i]);
		pthread_t thread = hp_futex_wait(word, FUTEX_WAIT | private);

		hp_check_futex_alone(area, places[i], FUTEX_WAKE | private);
		hp_check_eq(hp_futex_wake(word, FUTEX_WAKE | private), 1);
		hp_join(thread);
	}
}

HP_CASES(each, "FUTEX_WAKE on another word of the huge page does not wake the waiter",
	 hp_futex_kinds, kind)
{
	each_word(kind, 0);
}

HP_CASES(each_private,
	 "a private FUTEX_WAKE on another word of the huge page does not wake the waiter",
	 hp_futex_kinds, kind)
{
	each_word(kind, FUTEX_PRIVATE_FLAG);
}

HP_CASES(requeued, "FUTEX_CMP_REQUEUE moves waiters to a word of another huge page",
	 hp_futex_kinds, kind)
{
	struct hp_area *area = hp_futex_area(kind, 2);
	uint32_t *from = hp_futex_word(area, 3),
		 *to = hp_futex_word(area, hp_pages(area) - 5);
	pthread_t first = hp_futex_wait(from, FUTEX_WAIT),
		  second = hp_futex_wait(from, FUTEX_WAIT);

	hp_check_eq(hp_futex_requeue(from, 0, 1, to, 1), -EAGAIN);
	hp_check_eq(hp_futex_requeue(hp_futex_word(area, 4), 1, 1, to, 0), 0);
	hp_check_eq(hp_futex_requeue(from, 0, 2, to, 0), 2);
	hp_check_eq(hp_futex_wake(from, FUTEX_WAKE), 0);
	hp_check_futex_alone(area, hp_pages(area) - 5, FUTEX_WAKE);
	hp_check_eq(hp_futex_wake(to, FUTEX_WAKE), 2);
	hp_join(first);
	hp_join(second);
}

/* What the child needs: where the parent waits, and how many waiters to expect. */
struct family {
	const struct hp_area *area;
	int woken; /* expected result of FUTEX_WAKE on the parent's word */
};

static void child_wakes(void *arg)
{
	const struct family *family = arg;

	hp_check_futex_alone(family->area, 7, FUTEX_WAKE);
	hp_check_eq(hp_futex_wake(hp_futex_word(family->area, 7), FUTEX_WAKE),
		    family->woken);
}

HP_CASES(forked,
	 "a child wakes its parent through shared memory, and does not through private "
	 "memory",
	 hp_futex_kinds, kind)
{
	struct family family = {hp_futex_area(kind, 1), kind->shared};
	uint32_t *word = hp_futex_word(family.area, 7);
	pthread_t thread = hp_futex_wait(word, FUTEX_WAIT);

	hp_wait_ok(hp_fork(child_wakes, &family));
	hp_check_eq(hp_futex_wake(word, FUTEX_WAKE), !kind->shared);
	hp_join(thread);
}

/* A file of two huge pages, and how the child maps the second one. */
struct file {
	int fd;
	bool hugetlb;
	size_t huge, skipped; /* bytes: of a huge page, and how many of them the child's
				 mapping omits */
	int rights;
};

static struct hp_area other_view(const struct file *file)
{
	size_t bytes = file->huge - file->skipped;
	char *addr = hp_check_ok(mmap(NULL, bytes, file->rights, MAP_SHARED, file->fd,
				      (off_t)(file->huge + file->skipped)));

	return hp_area_at(addr, bytes, hp_base_size);
}

static void other_wakes(void *arg)
{
	const struct file *file = arg;
	struct hp_area view = other_view(file);
	size_t page = 20 - file->skipped / hp_base_size;

	hp_check_futex_alone(&view, page, FUTEX_WAKE);
	hp_check_eq(hp_futex_wake(hp_futex_word(&view, page), FUTEX_WAKE), 1);
}

static void wake_from_elsewhere(struct file *file)
{
	struct hp_area *area;
	uint32_t *word;
	pthread_t thread;

	if (file->hugetlb) {
		file->fd = hp_hugetlb_file();
		file->huge = hp_page_size;
		area = hp_map_file(file->fd, 0, 2, MAP_SHARED);
	} else {
		file->fd = hp_shmem_file(2);
		file->huge = hp_pmd_size;
		area = hp_map_shmem(file->fd, 2, MAP_SHARED);
	}
	hp_populate(file->hugetlb ? HP_MEMORY_HUGETLB : HP_MEMORY_TMPFS, area);
	word = hp_futex_word(area, file->huge / hp_base_size + 20);
	thread = hp_futex_wait(word, FUTEX_WAIT);
	hp_check_eq(hp_futex_wake(hp_futex_word(area, 20), FUTEX_WAKE), 0);
	hp_wait_ok(hp_fork(other_wakes, file));
	hp_join(thread);
}

static const struct view {
	struct hp_variant variant;
	bool hugetlb;
	size_t skipped; /* in base pages */
	int rights;
} views[] = {
	{{"hugetlb", "hugetlb at another offset"}, true, 0, PROT_READ | PROT_WRITE},
	{{"read_only", "hugetlb, read-only"}, true, 0, PROT_READ},
	{{"tmpfs", "huge tmpfs at another offset"}, false, 0, PROT_READ | PROT_WRITE},
	{{"tmpfs_part", "huge tmpfs, only a part of the huge page mapped"},
	 false,
	 13,
	 PROT_READ | PROT_WRITE},
	{{"tmpfs_read_only", "huge tmpfs, read-only"}, false, 0, PROT_READ},
};

HP_CASES(elsewhere, "another process wakes the waiter through its own mapping of the file",
	 views, view)
{
	wake_from_elsewhere(&(struct file){.hugetlb = view->hugetlb,
					   .skipped = view->skipped * hp_base_size,
					   .rights = view->rights});
}

/* Waits for the lock, then releases it. */
static void *lock(void *word)
{
	hp_check_eq(syscall(SYS_futex, word, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
	hp_check_eq(syscall(SYS_futex, word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
	return NULL;
}

HP_CASES(inherited,
	 "FUTEX_UNLOCK_PI on one word does not hand over a lock in another base page",
	 hp_futex_kinds, kind)
{
	struct hp_area *area = hp_futex_area(kind, 1);
	uint32_t *taken = hp_futex_word(area, 5), *other = hp_futex_word(area, 6);
	pthread_t thread;

	hp_check_eq(syscall(SYS_futex, taken, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
	hp_check_eq(syscall(SYS_futex, other, FUTEX_LOCK_PI, 0, NULL, NULL, 0), 0);
	thread = hp_thread(lock, taken);
	hp_eventually(__atomic_load_n(taken, __ATOMIC_SEQ_CST) & FUTEX_WAITERS, 5);
	hp_check_eq(syscall(SYS_futex, other, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
	hp_check_eq(*other, 0);
	hp_check_eq(*taken & FUTEX_TID_MASK, gettid());
	hp_check_eq(syscall(SYS_futex, taken, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), 0);
	hp_join(thread);
	hp_check_eq(*taken, 0);
}

HP_PROGRAM(.summary = "every word of a huge page is a futex of its own",
	   .needs = HP_NEEDS("hugetlb:2", "thp", "root", "pagemap"),
	   .tags = HP_TAGS("regression"),
	   .sources = HP_SOURCES(
		   {"man", "futex(2)", "FUTEX_WAKE, FUTEX_CMP_REQUEUE, FUTEX_LOCK_PI"},
		   {"commit", "13d60f4b6ab5",
		    "futex: Take hugepages into account when generating futex_key"}))
