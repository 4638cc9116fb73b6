/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's counters and log messages of memory errors. Sources:
 * Documentation/mm/hwpoison.rst, Documentation/ABI/testing/sysfs-memory-page-offline,
 * Documentation/filesystems/proc.rst, Documentation/ABI/testing/dev-kmsg.
 */
#ifndef HP_OBSERVE_MEMORY_FAILURE_H
#define HP_OBSERVE_MEMORY_FAILURE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Counts of base pages, or of errors, summed over all nodes. On kernels without
 * nodeN/memory_failure (before 6.3), has_events is false and the events are 0.
 */
struct hp_memory_failure_counts {
	long corrupted_kb; /* HardwareCorrupted of /proc/meminfo, in kB */
	bool has_events;
	long total, recovered, ignored, failed, delayed;
};

/**
 * DOC: Poison memory, and check what the kernel does about it
 */

/**
 * hp_memory_failures_read() - read the kernel's counters of memory errors
 * @now: filled in with the counts; corrupted_kb in kB
 *
 * Return: 0 or -errno; -ENOENT if the kernel does not count corrupted memory.
 */
int hp_memory_failures_read(struct hp_memory_failure_counts *now);

/**
 * hp_kmsg_open() - open the kernel log at its end
 *
 * Return: a file descriptor, to be closed, or -errno.
 */
int hp_kmsg_open(void);

/**
 * hp_kmsg_next() - read the next line of the kernel log
 * @fd: of hp_kmsg_open()
 * @line: set to the line, without its prefix
 * @size: of line, bytes
 *
 * Return: false if there is no new line.
 */
bool hp_kmsg_next(int fd, char *line, size_t size);

#endif
