/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The hugetlb pools as the kernel counts them: exact numbers, kept under
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
	 * Pages in use that are not charged to the cgroup $HUGEPROOF_HUGETLB_GROUP, which
	 * is ours, and so are somebody else's; -1 without one.
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
 * @sizes: gets them, bytes, smallest first
 *
 * Return: how many; HP_MAX_SIZES at most.
 */
int hp_hugetlb_sizes(size_t sizes[HP_MAX_SIZES]);

/**
 * hp_hugetlb_gigantic() - whether pages are larger than the page allocator's largest block
 * @page_size: bytes
 *
 * Such pages are found by moving other memory away, which may fail once they were given
 * back.
 *
 * Return: true if so.
 */
bool hp_hugetlb_gigantic(size_t page_size);

/**
 * hp_hugetlb_read() - read a pool
 * @page_size: of the pool, bytes
 * @pool: gets the counts
 *
 * Return: 0 or -errno; -ENOENT: there is no such size.
 */
int hp_hugetlb_read(size_t page_size, struct hp_hugetlb_counts *pool);

/**
 * hp_hugetlb_odd() - in what a pool contradicts itself
 * @pool: of hp_hugetlb_read()
 *
 * Such as nodes that do not sum up, or more free pages than there are.
 *
 * Return: the first such thing, a constant text; NULL: nothing.
 */
const char *hp_hugetlb_odd(const struct hp_hugetlb_counts *pool);

/**
 * hp_hugetlb_path() - the path of a file of a pool
 * @buf: gets it
 * @len: its size, bytes
 * @page_size: of the pool, bytes
 * @file: such as "nr_hugepages"
 *
 * Return: buf.
 */
char *hp_hugetlb_path(char *buf, size_t len, size_t page_size, const char *file);

/**
 * hp_hugetlb_node_path() - the path of a file of one node's part of a pool
 * @buf: gets it
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
 * hp_size_name() - write a size as "2M"
 * @buf: gets it
 * @len: its size, bytes
 * @bytes: the size
 *
 * Return: buf.
 */
char *hp_size_name(char *buf, size_t len, size_t bytes);

/**
 * hp_size_parse() - read a size such as "2M"
 * @text: the text
 *
 * Return: bytes; 0: text is no size.
 */
size_t hp_size_parse(const char *text);

#endif
