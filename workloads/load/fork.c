// SPDX-License-Identifier: LGPL-2.1-or-later
/* The latency of fork() in the parent, by the amount of memory and the kind of page. */
#include "hugeproof.h"
#include "load/load.h"

/* The child exits at once: this measures the copying of page tables. */
static pid_t fork_now(struct hp_histogram *took)
{
	int64_t began = hp_now_ns();
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	hp_histogram_add(took, (uint64_t)(hp_now_ns() - began));
	return pid;
}

static void measure(const struct hp_memory_kind *kind, size_t bytes)
{
	enum hp_memory memory = kind->memory;
	struct hp_area *area = hp_load_memory_of(memory, bytes);
	struct hp_histogram *took = hp_histogram_new();
	struct hp_load_clock clock;

	hp_load_curve("fork_", kind->variant.name);
	hp_populate(memory, area);
	clock = hp_load_clock_start(hp_load_seconds(), 3);
	while (hp_load_goes_on(&clock)) {
		pid_t pid = hp_check_ok(fork_now(took));

		hp_check_eq(waitpid(pid, NULL, 0), pid);
	}
	hp_metric("fork", "ns", HP_LOWER, took);
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
	   .params = HP_PARAMS({"size", "64M", "size of the parent's memory"}),
	   .sources = HP_SOURCES({"code", "mm/memory.c", "copy_page_range()"}))
