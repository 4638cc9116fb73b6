/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Event counters of /proc/vmstat that speak of huge pages. They count events of
 * the whole system, and only ever grow.
 */
#ifndef HP_OBSERVE_VMSTAT_H
#define HP_OBSERVE_VMSTAT_H

#include <stddef.h>

#define HP_MAX_EVENTS 96

struct hp_vmstat {
	/*
	 * Pages that compaction or NUMA balancing took to migrate (compact_isolated,
	 * numa_pages_migrated): those whom a test asks for are not among them.
	 */
	long moved_by_kernel;
	int n;
	struct hp_event {
		char name[40];
		long count;
	} event[HP_MAX_EVENTS];
};

/* Reads the events thp_*, htlb_* and pgmigrate_*. Returns 0 or -errno. */
int hp_vmstat_read(struct hp_vmstat *stat);

/* An event's count by its name in /proc/vmstat; -1 when the kernel has none such. */
long hp_vmstat_count(const struct hp_vmstat *stat, const char *name);

/*
 * A statistic of the huge pages of `size` bytes, such as "split" (hugepages-*kB/stats).
 * Returns 0 or -errno; *count is 0 where there is none such.
 */
int hp_thp_stat_read(size_t size, const char *name, long *count);

#endif
