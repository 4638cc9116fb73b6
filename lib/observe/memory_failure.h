/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the kernel counts and says of memory errors. Sources: Documentation/mm/hwpoison.rst,
 * Documentation/ABI/testing/sysfs-memory-page-offline, Documentation/filesystems/proc.rst,
 * Documentation/ABI/testing/dev-kmsg.
 */
#ifndef HP_OBSERVE_MEMORY_FAILURE_H
#define HP_OBSERVE_MEMORY_FAILURE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Counts of base pages, or of errors, over all nodes. Of kernels without
 * nodeN/memory_failure (before 6.3) has_events is false and the events are 0.
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
 * hp_memory_failures_read() - what the kernel counts of memory errors
 * @now: gets it; corrupted_kb in kB
 *
 * Return: 0 or -errno; -ENOENT: this kernel counts no corrupted memory.
 */
int hp_memory_failures_read(struct hp_memory_failure_counts *now);

/**
 * hp_kmsg_open() - open the kernel log behind its last line
 *
 * Return: a descriptor, to be closed, or -errno.
 */
int hp_kmsg_open(void);

/**
 * hp_kmsg_next() - the next line of the kernel log
 * @fd: of hp_kmsg_open()
 * @line: gets it, without its head
 * @size: of line, bytes
 *
 * Return: false if there is none yet.
 */
bool hp_kmsg_next(int fd, char *line, size_t size);

#endif
