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
struct hp_memory_failures {
	long corrupted_kb; /* HardwareCorrupted of /proc/meminfo, in kB */
	bool has_events;
	long total, recovered, ignored, failed, delayed;
};

/* 0 or -errno; -ENOENT when the kernel counts no corrupted memory. */
int hp_memory_failures_read(struct hp_memory_failures *now);

/* Opens the kernel log behind its last line. A descriptor to be closed, or -errno. */
int hp_kmsg_open(void);

/* The next line of the log, without its head. False when there is none yet. */
bool hp_kmsg_next(int fd, char *line, size_t size);

#endif
