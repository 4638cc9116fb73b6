// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/pool.h"

#include <stdio.h>

static long min(long a, long b)
{
	return a < b ? a : b;
}

static long max(long a, long b)
{
	return a > b ? a : b;
}

long hp_model_total(const struct hp_model_pool *pool)
{
	long sum = 0;

	for (int i = 0; i < pool->nodes; i++)
		sum += pool->node[i].total;
	return sum;
}

long hp_model_free(const struct hp_model_pool *pool)
{
	long sum = 0;

	for (int i = 0; i < pool->nodes; i++)
		sum += pool->node[i].free;
	return sum;
}

long hp_model_surp(const struct hp_model_pool *pool)
{
	long sum = 0;

	for (int i = 0; i < pool->nodes; i++)
		sum += pool->node[i].surp;
	return sum;
}

/* Persistent pages. */
static long persistent(const struct hp_model_pool *pool)
{
	return hp_model_total(pool) - hp_model_surp(pool);
}

static struct hp_model_node part(const struct hp_hugetlb_counts *now, int node)
{
	if (!now->nodes)
		return (struct hp_model_node){now->total, now->free, now->surp};
	return (struct hp_model_node){now->node[node].total, now->node[node].free,
				      now->node[node].surp};
}

struct hp_model_pool hp_model_pool_now(long overcommit, int home)
{
	struct hp_hugetlb_counts now = hp_hugetlb();
	struct hp_model_pool pool = {.nodes = now.nodes ? now.nodes : 1,
				     .rsvd = now.rsvd,
				     .overcommit = overcommit,
				     .home = home,
				     .surplus_holds = true};

	for (int i = 0; i < pool.nodes; i++)
		pool.node[i] = part(&now, i);
	return pool;
}

static void grow(struct hp_model_node *node, long pages)
{
	long adopted = min(node->surp, pages - (node->total - node->surp));
	long made;

	node->surp -= adopted;
	made = pages - (node->total - node->surp);
	node->total += made;
	node->free += made;
}

/* Free pages that may be given back on a shrink; see surplus_holds. */
static long free_persistent(const struct hp_model_pool *pool)
{
	long free = hp_model_free(pool), surp = hp_model_surp(pool);

	if (pool->surplus_holds || free > persistent(pool))
		return max(0, free - surp);
	return free;
}

static void shrink(struct hp_model_pool *pool, struct hp_model_node *node, long pages)
{
	long fewer = node->total - node->surp - pages;
	/* Pages in use stay, and as many free pages as are reserved, on any node. */
	long freed =
		min(min(fewer, node->free), max(0, free_persistent(pool) - pool->rsvd));

	node->total -= freed;
	node->free -= freed;
	/* Pages beyond the new size become surplus, to be freed when they are released. */
	node->surp += fewer - freed;
}

void hp_model_resize(struct hp_model_pool *pool, int node, long pages)
{
	if (pages >= pool->node[node].total - pool->node[node].surp)
		grow(&pool->node[node], pages);
	else
		shrink(pool, &pool->node[node], pages);
}

bool hp_model_reserve(struct hp_model_pool *pool, long pages)
{
	struct hp_model_node *home = &pool->node[pool->home];
	long missing = max(0, pages - (hp_model_free(pool) - pool->rsvd));

	if (missing && hp_model_surp(pool) + missing > pool->overcommit)
		return false;
	/* A process bound to a node cannot reserve more pages than that has. */
	if (pages > home->free + missing)
		return false;
	home->total += missing;
	home->free += missing;
	home->surp += missing;
	pool->rsvd += pages;
	return true;
}

/* Gives free surplus pages of a node back to the buddy allocator. */
static long drop_surplus(struct hp_model_node *node, long pages)
{
	long gone = min(pages, min(node->surp, node->free));

	node->surp -= gone;
	node->total -= gone;
	node->free -= gone;
	return gone;
}

void hp_model_unreserve(struct hp_model_pool *pool, long pages)
{
	long left = pages;

	pool->rsvd -= pages;
	/* If several nodes have surplus pages, the kernel may choose any of them first. */
	left -= drop_surplus(&pool->node[pool->home], left);
	for (int i = 0; i < pool->nodes; i++)
		left -= drop_surplus(&pool->node[i], left);
}

int hp_model_take(struct hp_model_pool *pool, bool promised)
{
	struct hp_model_node *home = &pool->node[pool->home];

	if (home->free && (promised || hp_model_free(pool) > pool->rsvd)) {
		home->free--;
	} else if (hp_model_surp(pool) < pool->overcommit) {
		home->total++;
		home->surp++;
	} else {
		return -1;
	}
	pool->rsvd -= promised;
	return pool->home;
}

void hp_model_release(struct hp_model_pool *pool, int node)
{
	pool->node[node].free++;
	drop_surplus(&pool->node[node], 1);
}

static bool same(struct hp_model_node a, struct hp_model_node b)
{
	return a.total == b.total && a.free == b.free && a.surp == b.surp;
}

static void format_node(char *text, size_t size, int n, struct hp_model_node node)
{
	snprintf(text, size, "node %d: Total %ld Free %ld Surp %ld", n, node.total,
		 node.free, node.surp);
}

void hp_check_model_at(const struct hp_where *where, const struct hp_model_pool *pool)
{
	struct hp_hugetlb_counts now = hp_hugetlb();
	char expected[128], got[128];

	hp_check_pool_is(where, &now,
			 (struct hp_hugetlb_change){hp_model_total(pool),
						    hp_model_free(pool), pool->rsvd,
						    hp_model_surp(pool)});
	for (int i = 0; i < pool->nodes; i++) {
		if (same(part(&now, i), pool->node[i]))
			continue;
		format_node(expected, sizeof(expected), i, pool->node[i]);
		format_node(got, sizeof(got), i, part(&now, i));
		hp_fail_at(where, expected, "%s", got);
	}
}
