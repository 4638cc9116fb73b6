// SPDX-License-Identifier: LGPL-2.1-or-later
/* The latency of fork() in the parent, by the amount of memory and the kind of page. */
#include "hugeproof.h"
#include "load/load.h"

static void reap(struct hp_load_worker *worker)
{
	pid_t *child = worker->own ? worker->own : hp_load_own(worker, sizeof(*child));

	if (*child)
		hp_check_eq(waitpid(*child, NULL, 0), *child);
	*child = 0;
}

/* The child exits at once: this measures the copying of page tables. */
static void fork_now(struct hp_load_worker *worker)
{
	pid_t *child = worker->own;

	*child = fork();
	if (!*child)
		_exit(0);
	hp_check_ok(*child);
}

static void measure(const struct hp_memory_kind *kind, size_t bytes)
{
	struct hp_area *area = hp_load_memory_of(kind->memory, bytes);
	struct hp_load_result result;

	hp_load_curve("fork_", kind->variant.name);
	hp_populate(kind->memory, area);
	result = hp_load_run(&(struct hp_load){HP_LOAD_OPTIONS, .prepare = reap,
					       .operate = fork_now, .end = reap});
	hp_metric_load("fork", &result);
}

HP_CASES(quarter, "latency of fork with a quarter of the size", hp_memory_kinds, kind)
{
	measure(kind, hp_param_size("size") / 4);
}

HP_CASES(whole, "latency of fork with the whole size", hp_memory_kinds, kind)
{
	measure(kind, hp_param_size("size"));
}

HP_PROGRAM(.summary = "latency of fork by size and kind of the parent's memory",
	   .kind = HP_LOAD, .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("thp", "root", "pagemap", "hugetlb:32"),
	   .params = HP_LOAD_PARAMS({"size", "64M", "size of the parent's memory"}),
	   .sources = HP_SOURCES({"code", "mm/memory.c", "copy_page_range()"}))
