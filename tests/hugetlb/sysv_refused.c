// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * shmget of huge pages that are not available fails with the documented error, and no
 * counter changes.
 */
#include "hugeproof.h"

#include <sys/shm.h>

#define NOBODY 65534

static int try_segment(size_t bytes, int more)
{
	return shmget(IPC_PRIVATE, bytes, IPC_CREAT | 0600 | more);
}

static int huge(void)
{
	return SHM_HUGETLB | hp_size_flag(hp_page_size);
}

HP_CASE(no_page, "shmget of more huge pages than are available fails with ENOMEM")
{
	struct hp_hugetlb_counts start = hp_pool_leave(1);

	hp_check_errno(try_segment(2 * hp_page_size, huge()), ENOMEM);
	hp_check_hugetlb(start);
}

HP_CASE(unknown_size, "shmget of an unsupported huge page size fails with EINVAL")
{
	/* 2^63 bytes: no machine has such pages. */
	hp_check_errno(
		try_segment(hp_page_size, SHM_HUGETLB | (int)(63u << MAP_HUGE_SHIFT)),
		EINVAL);
}

HP_CASE(misaligned, "shmat of huge pages at an unaligned address fails with EINVAL")
{
	int id = hp_segment(hp_page_size, 0600);
	char *addr = hp_check_ok(shmat(id, NULL, 0));

	hp_check_ok(shmdt(addr));
	hp_check_errno(shmat(id, addr + hp_base_size, 0), EINVAL);
}

HP_CASE(no_privilege,
	"unprivileged shmget(SHM_HUGETLB) fails with EPERM, shmat of others' with EACCES")
{
	int id = hp_segment(hp_page_size, 0600);
	char group[64];

	hp_case_needs("root");
	hp_require(hp_read_text("/proc/sys/vm/hugetlb_shm_group", group, sizeof(group)) > 0,
		   "cannot read hugetlb_shm_group");
	hp_require(atoi(group) != NOBODY, "the group 65534 may create such segments");
	hp_in_child() {
		struct hp_hugetlb_counts start = hp_hugetlb();

		hp_require(!setresgid(NOBODY, NOBODY, NOBODY) &&
				   !setresuid(NOBODY, NOBODY, NOBODY),
			   "cannot give up root: %s", strerror(errno));
		hp_check_errno(try_segment(hp_page_size, huge()), EPERM);
		hp_check_errno(shmat(id, NULL, 0), EACCES);
		hp_check_errno(shmctl(id, IPC_RMID, NULL), EPERM);
		hp_check_hugetlb(start);
	}
}

HP_PROGRAM(.summary = "shmget and shmat of huge pages fail with the documented errors",
	   .needs = HP_NEEDS("hugetlb:1", "cap:ipc_lock"),
	   .sources = HP_SOURCES({"man", "shmget(2)"}, {"man", "shmop(2)"}))
