// SPDX-License-Identifier: LGPL-2.1-or-later
#include "load/chase.h"
#include "frame/case.h"

#include <stdlib.h>

#define HOPS 1000
/* Size of a cache line, bytes. */
#define LINE 64

static void **pointer_in(const struct hp_area *area, size_t page)
{
	return (void **)(area->addr + page * hp_base_size + page * LINE % hp_base_size);
}

/* Links all pages into a ring, in random order (a Fisher-Yates shuffle). */
static void make_ring(const struct hp_area *area, size_t pages)
{
	struct hp_random random = hp_random_stream(hp_seed, 0);
	size_t *order = calloc(pages, sizeof(*order));

	hp_require(order, "no memory");
	for (size_t i = 0; i < pages; i++) {
		size_t j = hp_random_below(&random, i + 1);

		order[i] = order[j];
		order[j] = i;
	}
	for (size_t i = 0; i < pages; i++)
		*pointer_in(area, order[i]) = pointer_in(area, order[(i + 1) % pages]);
	free(order);
}

static void begin(struct hp_load_worker *worker)
{
	const struct hp_area *area = worker->arg;
	size_t pages = area->size / hp_base_size;

	worker->own = pointer_in(area, hp_random_below(&worker->random, pages));
}

static void follow(struct hp_load_worker *worker)
{
	void *volatile *at = worker->own;

	for (int i = 0; i < HOPS; i++)
		at = *at;
	worker->own = (void *)at;
}

struct hp_load_result hp_chase(const struct hp_area *area)
{
	make_ring(area, area->size / hp_base_size);
	return hp_load_run(&(struct hp_load){HP_LOAD_OPTIONS, .arg = area, .begin = begin,
					     .operate = follow});
}
