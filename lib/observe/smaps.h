/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The memory mappings of a process, from /proc/PID/smaps and /proc/PID/status.
 * Source: Documentation/filesystems/proc.rst. All sizes are in kB; -1 if the kernel prints
 *   no such line.
 */
#ifndef HP_OBSERVE_SMAPS_H
#define HP_OBSERVE_SMAPS_H

#include <stddef.h>
#include <sys/types.h>

struct hp_smaps {
	unsigned long start, end; /* of the mapping that contains the address */
	long size, kernel_page_size, mmu_page_size;
	long rss, pss, referenced, anonymous, anon_huge, shmem_pmd_mapped, file_pmd_mapped;
	long shared_hugetlb, private_hugetlb;
	long swap, swap_pss, locked, lazyfree;
	char flags[160]; /* the VmFlags line: two letters each, "ht" for hugetlb */
};

/**
 * DOC: Look at a mapping
 */

/**
 * hp_smaps_read() - read the smaps entry of one mapping
 * @pid: the process; 0: the caller
 * @addr: an address within the mapping
 * @map: filled in, in kB
 *
 * Return: 0 or -errno; -ENOENT if nothing is mapped there.
 */
int hp_smaps_read(pid_t pid, const void *addr, struct hp_smaps *map);

/**
 * hp_smaps_sum() - sum up the smaps entries of all mappings of a range
 * @pid: the process; 0: the caller
 * @addr: start of the range
 * @size: length of the range, bytes; it may have holes
 * @sum: filled in, in kB; page sizes, flags, start and end are not summed
 *
 * Return: 0 or -errno.
 */
int hp_smaps_sum(pid_t pid, const void *addr, size_t size, struct hp_smaps *sum);

struct hp_status {
	long vm_rss, rss_anon, rss_file, rss_shmem;
	long hugetlb_pages, vm_pte, vm_locked, vm_pinned, vm_swap;
};

/**
 * hp_status_read() - read the memory lines of /proc/PID/status
 * @pid: the process; 0: the caller
 * @status: filled in, in kB
 *
 * Return: 0 or -errno.
 */
int hp_status_read(pid_t pid, struct hp_status *status);

#endif
