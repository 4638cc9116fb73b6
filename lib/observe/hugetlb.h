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
struct hp_hugetlb {
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

/* Every hugetlb page size, in bytes, smallest first. Returns how many, at most
 * HP_MAX_SIZES. */
int hp_hugetlb_sizes(size_t sizes[HP_MAX_SIZES]);

/*
 * True when the size is larger than the page allocator's largest block: such pages are
 * found by moving other memory away, which may fail once they were given back.
 */
bool hp_hugetlb_gigantic(size_t page_size);

/* The size in bytes of a page that one PMD entry maps, whether or not there are such. */
size_t hp_pmd_size(void);

/* Reads the pool of page_size bytes. Returns 0, or -errno (-ENOENT: no such size). */
int hp_hugetlb_read(size_t page_size, struct hp_hugetlb *pool);

/*
 * The first thing in which the pool contradicts itself (nodes that do not sum
 * up, more free than there are, ...), or NULL. The text is static.
 */
const char *hp_hugetlb_odd(const struct hp_hugetlb *pool);

/* Path of a file of the pool, such as "nr_hugepages". Returns buf. */
char *hp_hugetlb_path(char *buf, size_t len, size_t page_size, const char *file);

/* The same of one node's part of the pool (nr_, free_ and surplus_hugepages). */
char *hp_hugetlb_node_path(char *buf, size_t len, int node, size_t page_size,
			   const char *file);

/* "2M" for 2097152, and back: 0 when text is no page size. */
char *hp_size_name(char *buf, size_t len, size_t bytes);
size_t hp_size_parse(const char *text);

#endif
