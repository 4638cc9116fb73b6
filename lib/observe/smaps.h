/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How a process maps memory, as /proc/PID/smaps and /proc/PID/status tell.
 * Source: Documentation/filesystems/proc.rst. All sizes in kB, -1 when the
 * kernel prints no such line.
 */
#ifndef HP_OBSERVE_SMAPS_H
#define HP_OBSERVE_SMAPS_H

#include <stddef.h>
#include <sys/types.h>

struct hp_smaps {
	unsigned long start, end; /* of the mapping that holds the address */
	long size, kernel_page_size, mmu_page_size;
	long rss, pss, referenced, anonymous, anon_huge, shmem_pmd_mapped, file_pmd_mapped;
	long shared_hugetlb, private_hugetlb;
	long swap, locked;
	char flags[160]; /* the VmFlags line: two letters each, "ht" for hugetlb */
};

/* The mapping of process pid (0: the caller) that holds addr. 0, -ENOENT (none) or -errno.
 */
int hp_smaps_read(pid_t pid, const void *addr, struct hp_smaps *map);

/*
 * The same summed over all mappings that lie within `size` bytes from addr on; holes do not
 * matter. Page sizes, flags, start and end are not summed. 0 or -errno.
 */
int hp_smaps_sum(pid_t pid, const void *addr, size_t size, struct hp_smaps *sum);

struct hp_status {
	long vm_rss, rss_anon, rss_file, rss_shmem;
	long hugetlb_pages, vm_pte, vm_locked, vm_swap;
};

/* The memory lines of /proc/PID/status (0: the caller). 0 or -errno. */
int hp_status_read(pid_t pid, struct hp_status *status);

#endif
