/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A reference model of a hugetlb pool: computes what its counters must be, for one page
 * size, node by node, from the operations on it. Counts are pages of that size. Written
 * from the documented behaviour (Documentation/admin-guide/mm/hugetlbpage.rst and
 * Documentation/mm/hugetlbfs_reserv.rst).
 *
 * This layer has pages and reservations. model/memory.h adds the files, mappings and forks
 * that use them, and model/scenario.h runs the same operations on the kernel and on the
 * model.
 */
#ifndef HP_MODEL_POOL_H
#define HP_MODEL_POOL_H

#include "fixture/pool.h"

#include <stdbool.h>

struct hp_model_pool {
	int nodes;
	struct hp_model_node {
		long total, free, surp;
	} node[HP_MAX_NODES];
	long rsvd;
	long overcommit; /* nr_overcommit_hugepages */
	int home;        /* the node that the processes are bound to, or the only one */
	/*
	 * If a pool shrinks below the pages in use, Linux 6.12 keeps a free page for each
	 * surplus page in use, and 7.3 does not. The documentation allows both.
	 */
	bool surplus_holds;
};

/*
 * Initializes a model from the present pool; overcommit and home are what the program has
 * set.
 */
struct hp_model_pool hp_model_pool_now(long overcommit, int home);

/*
 * Writes nr_hugepages of a node. A growing pool adopts surplus pages before it allocates
 * new ones.
 */
void hp_model_resize(struct hp_model_pool *pool, int node, long pages);

/*
 * Reserves pages for a mapping or file. Missing pages are allocated as surplus pages on the
 * home node, up to the overcommit limit. Returns false if that does not suffice, or home
 * has fewer pages: mmap() fails with ENOMEM, and nothing changes.
 */
bool hp_model_reserve(struct hp_model_pool *pool, long pages);

/* Releases unused reservations (munmap, truncate, exit). */
void hp_model_unreserve(struct hp_model_pool *pool, long pages);

/*
 * Allocates a page for a fault or fallocate(): from a reservation (promised), or without
 * one (MAP_NORESERVE, a copy on write). Returns its node, or -1 if the home node has none:
 * SIGBUS or ENOSPC, and nothing changes.
 */
int hp_model_take(struct hp_model_pool *pool, bool promised);

/* Frees a page of a node, after its last user has unmapped, truncated or punched it. */
void hp_model_release(struct hp_model_pool *pool, int node);

/* Sums over the nodes. */
long hp_model_total(const struct hp_model_pool *pool);
long hp_model_free(const struct hp_model_pool *pool);
long hp_model_surp(const struct hp_model_pool *pool);

/*
 * Checks that the kernel's counters are those of the model, on every node, and consistent.
 */
#define hp_check_model(pool) hp_check_model_at(HP_HERE("hp_check_model(" #pool ")"), pool)
void hp_check_model_at(const struct hp_where *where, const struct hp_model_pool *pool);

#endif
