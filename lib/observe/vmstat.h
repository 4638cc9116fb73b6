/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Event counters of /proc/vmstat about huge pages. They are system-wide, and never
 * decrease.
 */
#ifndef HP_OBSERVE_VMSTAT_H
#define HP_OBSERVE_VMSTAT_H

#include <stddef.h>

#define HP_MAX_EVENTS 96

struct hp_vmstat {
	/*
	 * Pages that compaction or NUMA balancing isolated for migration (compact_isolated,
	 * numa_pages_migrated), which excludes migrations that a test requests.
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
 * hp_vmstat_read() - read the event counters of /proc/vmstat about huge pages
 * @stat: filled in with thp_*, htlb_* and pgmigrate_*, which are system-wide
 *
 * Return: 0 or -errno.
 */
int hp_vmstat_read(struct hp_vmstat *stat);

/**
 * hp_vmstat_count() - the value of one event counter
 * @stat: of hp_vmstat_read() or hp_events()
 * @name: as in /proc/vmstat
 *
 * Return: the count; -1 if the kernel has no such event.
 */
long hp_vmstat_count(const struct hp_vmstat *stat, const char *name);

/**
 * hp_thp_stat_read() - read a statistic of the huge pages of one size
 * @size: of the pages, bytes
 * @name: a file of hugepages-SIZEkB/stats, such as "split"
 * @count: set to the count; 0 if the kernel has no such statistic
 *
 * Return: 0 or -errno.
 */
int hp_thp_stat_read(size_t size, const char *name, long *count);

#endif
