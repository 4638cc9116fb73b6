/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The counters of the hugetlb pools, which are exact: the kernel keeps them under
 * hugetlb_lock. Source: Documentation/admin-guide/mm/hugetlbpage.rst.
 */
#ifndef HP_OBSERVE_HUGETLB_H
#define HP_OBSERVE_HUGETLB_H

#include <stdbool.h>
#include <stddef.h>

#define HP_MAX_NODES 64
#define HP_MAX_SIZES 8

/* The pool of one page size. Counts are pages of that size. */
struct hp_hugetlb_counts {
	size_t page_size; /* bytes */
	long total, free, rsvd, surp;
	/*
	 * Pages used by other processes: those not charged to our cgroup,
	 * $HUGEPROOF_HUGETLB_GROUP; -1 without one.
	 */
	long theirs;
	int nodes; /* node[0..nodes-1]; 0 when the kernel has no per-node files */
	struct hp_hugetlb_node {
		bool there;
		long total, free, surp;
	} node[HP_MAX_NODES];
};

/**
 * DOC: Check the counters of the hugetlb pool
 */

/**
 * hp_hugetlb_sizes() - every hugetlb page size of this kernel
 * @sizes: filled in with the sizes, bytes, in ascending order
 *
 * Return: the number of sizes, at most HP_MAX_SIZES.
 */
int hp_hugetlb_sizes(size_t sizes[HP_MAX_SIZES]);

/**
 * hp_hugetlb_gigantic() - whether a page size is larger than the buddy allocator's largest
 *   block
 * @page_size: bytes
 *
 * Such pages are allocated by migrating other memory away, which may fail.
 *
 * Return: true if it is.
 */
bool hp_hugetlb_gigantic(size_t page_size);

/**
 * hp_hugetlb_read() - read a pool
 * @page_size: of the pool, bytes
 * @pool: filled in with the counts
 *
 * Return: 0 or -errno; -ENOENT if the kernel has no such size.
 */
int hp_hugetlb_read(size_t page_size, struct hp_hugetlb_counts *pool);

/**
 * hp_hugetlb_inconsistency() - check that the counters of a pool are consistent
 * @pool: of hp_hugetlb_read()
 *
 * For example, the nodes must sum up to the total, and there cannot be more free pages than
 * pages.
 *
 * Return: the first inconsistency, a constant text, or NULL.
 */
const char *hp_hugetlb_inconsistency(const struct hp_hugetlb_counts *pool);

/**
 * hp_hugetlb_path() - the path of a file of a pool
 * @buf: filled in with the text
 * @len: its size, bytes
 * @page_size: of the pool, bytes
 * @file: such as "nr_hugepages"
 *
 * Return: buf.
 */
char *hp_hugetlb_path(char *buf, size_t len, size_t page_size, const char *file);

/**
 * hp_hugetlb_node_path() - the path of a file of one node's part of a pool
 * @buf: filled in with the text
 * @len: its size, bytes
 * @node: the node's number
 * @page_size: of the pool, bytes
 * @file: "nr_hugepages", "free_hugepages" or "surplus_hugepages"
 *
 * Return: buf.
 */
char *hp_hugetlb_node_path(char *buf, size_t len, int node, size_t page_size,
			   const char *file);

/**
 * hp_size_name() - format a size, such as "2M"
 * @buf: filled in with the text
 * @len: its size, bytes
 * @bytes: the size
 *
 * Return: buf.
 */
char *hp_size_name(char *buf, size_t len, size_t bytes);

/**
 * hp_size_parse() - parse a size, such as "2M"
 * @text: the text
 *
 * Return: bytes; 0 if the text is not a size.
 */
size_t hp_size_parse(const char *text);

#endif
