// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A System V segment of huge pages is found by its key, described by IPC_STAT, and has
 * whole pages whatever size was requested; locking it changes nothing.
 */
#include "hugeproof.h"

#include <sys/ipc.h>
#include <sys/shm.h>

static int flags(int more)
{
	return SHM_HUGETLB | hp_size_flag(hp_page_size) | 0600 | more;
}

/* A key that is not in use. */
static key_t unused_key(void)
{
	struct hp_random random = hp_random_stream(hp_seed, getpid());
	key_t key;

	do
		key = (key_t)(hp_random_bits(&random) & 0x7fffffff) | 1;
	while (shmget(key, 0, 0) >= 0 || errno != ENOENT);
	return key;
}

/* Creates the segment that hp_segment does, with a key. */
static int segment_with_key(key_t key, size_t bytes)
{
	int id = hp_check_ok(shmget(key, bytes, flags(IPC_CREAT | IPC_EXCL)));

	hp_undo_shm(id);
	return id;
}

HP_CASE(by_key, "shmget finds a huge page segment by its key; IPC_EXCL fails with EEXIST")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	key_t key = unused_key();
	int id = segment_with_key(key, hp_page_size);

	hp_check_hugetlb(start, .rsvd = +1);
	hp_check_eq(shmget(key, hp_page_size, flags(0)), id);
	hp_check_eq(shmget(key, 0, 0), id);
	hp_check_errno(shmget(key, hp_page_size, flags(IPC_CREAT | IPC_EXCL)), EEXIST);
	hp_check_errno(shmget(key, 2 * hp_page_size, flags(0)), EINVAL);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_check_ok(shmctl(id, IPC_RMID, NULL));
	hp_check_errno(shmget(key, 0, 0), ENOENT);
	hp_check_hugetlb(start);
}

HP_CASE(odd_size, "a segment of one huge page and a byte reserves two")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int id = hp_segment(hp_page_size + 1, 0600);
	struct hp_area area;

	hp_check_hugetlb(start, .rsvd = +2);
	area = hp_attach(id, 0);
	hp_check_writable(&area, 'o');
	hp_check_hugetlb(start, .free = -2);
	hp_check_ok(shmdt(area.addr));
	hp_check_ok(shmctl(id, IPC_RMID, NULL));
	hp_check_hugetlb(start);
}

static struct shmid_ds stat_of(int id)
{
	struct shmid_ds status;

	hp_check_ok(shmctl(id, IPC_STAT, &status));
	return status;
}

HP_CASE(described, "IPC_STAT reports size, creator, mode and attachments of a segment")
{
	int id = hp_segment(hp_page_size, 0640);
	char *addr;

	hp_check_eq(stat_of(id).shm_segsz, hp_page_size);
	hp_check_eq(stat_of(id).shm_cpid, getpid());
	hp_check_eq(stat_of(id).shm_perm.mode & 0777, 0640);
	hp_check_eq(stat_of(id).shm_nattch, 0);
	addr = hp_check_ok(shmat(id, NULL, 0));
	hp_check_eq(stat_of(id).shm_nattch, 1);
	hp_in_child() {
		/* It has inherited its parent's attachment. */
		hp_check_eq(stat_of(id).shm_nattch, 2);
		hp_check_ok(shmat(id, NULL, 0));
		hp_check_eq(stat_of(id).shm_nattch, 3);
		hp_check_eq(stat_of(id).shm_lpid, getpid());
	}
	hp_check_eq(stat_of(id).shm_nattch, 1);
	hp_check_ok(shmdt(addr));
	hp_check_eq(stat_of(id).shm_nattch, 0);
}

HP_CASE(locked, "SHM_LOCK and SHM_UNLOCK of a huge page segment take no page")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int id = hp_segment(hp_page_size, 0600);

	hp_check_ok(shmctl(id, SHM_LOCK, NULL));
	hp_check_hugetlb(start, .rsvd = +1);
	hp_check_eq(stat_of(id).shm_perm.mode & 0777, 0600);
	hp_check_ok(shmctl(id, SHM_UNLOCK, NULL));
	hp_check_ok(shmctl(id, IPC_RMID, NULL));
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary = "System V segments of huge pages are found, described and rounded up",
	   .needs = HP_NEEDS("hugetlb:2", "cap:ipc_lock"),
	   .sources = HP_SOURCES({"man", "shmget(2)"}, {"man", "shmctl(2)"}))
