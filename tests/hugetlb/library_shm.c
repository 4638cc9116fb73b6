// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * HUGETLB_SHM and the packaged libhugetlbfs make the System V segments of an unmodified
 * program use huge pages.
 */
#include "hugeproof.h"

#include <sys/shm.h>

/* Runs a system program that creates a segment, with the library preloaded. */
static int segment_of_ipcmk(const char *environment)
{
	char command[256];
	FILE *out;
	int id = -1;

	snprintf(command, sizeof(command), "LD_PRELOAD=libhugetlbfs.so.0 %s ipcmk -M %zu",
		 environment, 2 * hp_page_size);
	out = popen(command, "re");
	hp_require(out, "popen: %s", strerror(errno));
	if (fscanf(out, "Shared memory id: %d", &id) == 1)
		hp_undo_shm(id);
	hp_require(!pclose(out) && id >= 0, "%s: it creates no segment", command);
	return id;
}

HP_CASE(shm_override, "HUGETLB_SHM makes a program's System V segments use huge pages")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int id;

	if (hp_page_size / 1024 != (size_t)hp_meminfo_kb("Hugepagesize"))
		hp_skip_case("is about the default huge page size: run it with that");
	id = segment_of_ipcmk("HUGETLB_SHM=yes");
	hp_check_hugetlb(start, .rsvd = +2);
	hp_check_ok(shmctl(id, IPC_RMID, NULL));
	hp_check_hugetlb(start);
	segment_of_ipcmk("HUGETLB_SHM=no");
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary = "libhugetlbfs makes a program's segments use huge pages",
	   .needs = HP_NEEDS("hugetlb:2", "cap:ipc_lock"),
	   .sources = HP_SOURCES({"man", "libhugetlbfs(7)", "HUGETLB_SHM"}))
