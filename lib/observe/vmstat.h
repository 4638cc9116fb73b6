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

/**
 * DOC: Count events of the kernel
 */

/**
 * hp_vmstat_read() - read the events of /proc/vmstat about huge pages
 * @stat: gets thp_*, htlb_* and pgmigrate_*, counts of the whole machine
 *
 * Return: 0 or -errno.
 */
int hp_vmstat_read(struct hp_vmstat *stat);

/**
 * hp_vmstat_count() - the count of one event
 * @stat: of hp_vmstat_read() or hp_events()
 * @name: as in /proc/vmstat
 *
 * Return: the count; -1: the kernel has no such event.
 */
long hp_vmstat_count(const struct hp_vmstat *stat, const char *name);

/**
 * hp_thp_stat_read() - a statistic of the huge pages of one size
 * @size: of the pages, bytes
 * @name: a file of hugepages-SIZEkB/stats, such as "split"
 * @count: gets it; 0 where there is none such
 *
 * Return: 0 or -errno.
 */
int hp_thp_stat_read(size_t size, const char *name, long *count);

#endif
