// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A locked System V segment of huge pages is not swapped out, and counts against
 * RLIMIT_MEMLOCK until it is unlocked or removed.
 */
#include "hugeproof.h"

#include <sys/resource.h>
#include <sys/shm.h>

/* Pages in memory and in swap together; returns the swapped-out bytes. */
static size_t check_pages(int id, size_t bytes)
{
	struct hp_segment_pages usage = hp_segment_usage(id);

	hp_check_eq(usage.rss + usage.swap, bytes);
	return usage.swap;
}

HP_CASE(swapped, "SHM_LOCK keeps a segment from being swapped out, until SHM_UNLOCK")
{
	struct hp_area area;
	int id;

	hp_case_needs("swap");
	area = hp_huge_segment(&id, 's');
	hp_check_ok(shmctl(id, SHM_LOCK, NULL));
	hp_check(hp_segment_status(id).shm_perm.mode & SHM_LOCKED);
	hp_check_ok(madvise(area.addr, area.size, MADV_PAGEOUT));
	hp_check_eq(check_pages(id, 2 * hp_pmd_size), 0);
	hp_check_ok(shmctl(id, SHM_UNLOCK, NULL));
	hp_check(!(hp_segment_status(id).shm_perm.mode & SHM_LOCKED));
	hp_swap_out(&area);
	hp_check(check_pages(id, 2 * hp_pmd_size) > 0);
	hp_check_filled(&area, 's');
	check_pages(id, 2 * hp_pmd_size);
}

#define USER 54321

static void locks(void *arg)
{
	const int *ids = arg;
	const struct rlimit limit = {2 * hp_pmd_size, 2 * hp_pmd_size};

	hp_check_ok(setrlimit(RLIMIT_MEMLOCK, &limit));
	hp_check_ok(setuid(USER));
	hp_check_ok(shmctl(ids[0], SHM_LOCK, NULL));
	hp_check_errno(shmctl(ids[1], SHM_LOCK, NULL), ENOMEM);
	hp_check(!(hp_segment_status(ids[1]).shm_perm.mode & SHM_LOCKED));
	/* Locking the same segment again is not charged. */
	hp_check_ok(shmctl(ids[0], SHM_LOCK, NULL));
	hp_check_ok(shmctl(ids[0], SHM_UNLOCK, NULL));
	hp_check_ok(shmctl(ids[0], SHM_UNLOCK, NULL));
	hp_check_ok(shmctl(ids[1], SHM_LOCK, NULL));
	hp_check_errno(shmctl(ids[0], SHM_LOCK, NULL), ENOMEM);
	hp_step("a locked segment is removed");
	hp_check_ok(shmctl(ids[1], IPC_RMID, NULL));
	hp_check_ok(shmctl(ids[0], SHM_LOCK, NULL));
	hp_check_ok(shmctl(ids[0], IPC_RMID, NULL));
}

HP_CASE(lock_limit, "SHM_LOCK counts against RLIMIT_MEMLOCK until SHM_UNLOCK or IPC_RMID")
{
	int ids[2];

	for (int i = 0; i < 2; i++) {
		struct shmid_ds status;

		ids[i] = hp_plain_segment(2 * hp_pmd_size);
		status = hp_segment_status(ids[i]);
		status.shm_perm.uid = USER;
		hp_check_ok(shmctl(ids[i], IPC_SET, &status));
	}
	hp_wait_ok(hp_fork(locks, ids));
}

HP_PROGRAM(.summary = "a locked segment of huge pages is charged and not swapped out",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("shmem-thp", "pagemap", "root", "cap:sys_admin"),
	   .sources = HP_SOURCES({"man", "shmctl(2)", "SHM_LOCK"},
				 {"man", "getrlimit(2)", "RLIMIT_MEMLOCK"}))
