/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the counters of a pool must be, worked out from what was done to it: one page
 * size, node by node. Counts are pages of that size. Written from the documented
 * behaviour (Documentation/admin-guide/mm/hugetlbpage.rst and
 * Documentation/mm/hugetlbfs_reserv.rst), not from the counters.
 *
 * This floor knows pages and promises. model/memory.h knows the files, mappings and
 * forks that take them, and model/scenario.h does to the kernel what it does to the model.
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
	int home; /* the node that the processes' memory policy binds them to, or the only
		     one */
	/*
	 * Of a pool that shrinks below what is in use Linux 6.12 keeps a free page for each
	 * surplus page in use, and 7.3 none. The documentation says neither.
	 */
	bool surplus_holds;
};

/* The model of the pool as it is now; overcommit and home are what the program has set. */
struct hp_model_pool hp_model_pool_now(long overcommit, int home);

/* One node's nr_hugepages is written. Surplus pages join the pool before new ones are
 * made. */
void hp_model_resize(struct hp_model_pool *pool, int node, long pages);

/*
 * A mapping or file reserves pages. What is not available is made as surplus at home, up
 * to the limit. Returns false when that does not suffice, or when home has fewer: mmap
 * says ENOMEM, and nothing has changed.
 */
bool hp_model_reserve(struct hp_model_pool *pool, long pages);

/* Reservations that were not used are given up (munmap, truncate, exit). */
void hp_model_unreserve(struct hp_model_pool *pool, long pages);

/*
 * A page is instantiated by a fault or fallocate: one that was promised (reserved), or
 * one that was not (MAP_NORESERVE, a copy on write). Returns its node, or -1 when there
 * is none to be had at home: SIGBUS or ENOSPC, and nothing has changed.
 */
int hp_model_take(struct hp_model_pool *pool, bool promised);

/* A page of a node loses its last user: unmapped, truncated, punched out. */
void hp_model_release(struct hp_model_pool *pool, int node);

/* Sums over the nodes. */
long hp_model_total(const struct hp_model_pool *pool);
long hp_model_free(const struct hp_model_pool *pool);
long hp_model_surp(const struct hp_model_pool *pool);

/* The kernel's pool is the model's, on every node, and does not contradict itself. */
#define hp_check_model(pool) hp_check_model_at(HP_HERE("hp_check_model(" #pool ")"), pool)
void hp_check_model_at(const struct hp_where *where, const struct hp_model_pool *pool);

#endif
