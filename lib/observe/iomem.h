/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is at which physical addresses, from /proc/iomem. Without CAP_SYS_ADMIN all of its
 * addresses are 0. Source: Documentation/filesystems/proc.rst.
 */
#ifndef HP_OBSERVE_IOMEM_H
#define HP_OBSERVE_IOMEM_H

#include <stdint.h>

/* Physical addresses, bytes; both are within the range. */
struct hp_iomem {
	uint64_t first, last;
};

/**
 * DOC: Look at physical memory
 */

/**
 * hp_iomem_read() - find the ranges of physical memory that have a name
 * @name: part of the name, such as "System RAM"
 * @ranges: filled in with the first of them, in the order of their addresses; may be NULL
 * @most: how many ranges there is room for
 *
 * Return: how many there are, or -errno.
 */
int hp_iomem_read(const char *name, struct hp_iomem *ranges, int most);

#endif
