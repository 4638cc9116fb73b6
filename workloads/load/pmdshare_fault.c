// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The latency of the first fault in a range whose page table may be shared: the kernel
 * searches all other mappings of the file for one with such a table. Measured by the number
 * of other mappings, none of which can share, and of processes that fault concurrently.
 */
#include "hugeproof.h"
#include "load/load.h"

#define SHAPE(others, processes)                                                           \
	{                                                                                  \
		{"others_" #others "_in_" #processes,                                      \
		 "latency of the first fault with " #others                                \
		 " other mappings, in " #processes " processes"},                          \
			others, processes                                                  \
	}

static const struct shape {
	struct hp_variant variant;
	int others, processes;
} shapes[] = {
	SHAPE(0, 1),    SHAPE(0, 2),     SHAPE(0, 8),     SHAPE(64, 1),
	SHAPE(64, 2),   SHAPE(64, 8),    SHAPE(1024, 1),  SHAPE(1024, 2),
	SHAPE(1024, 8), SHAPE(16384, 1), SHAPE(16384, 2), SHAPE(16384, 8),
};

struct file {
	int fd;
};

/* Each maps one page of the file: none covers the span, so none can share its table. */
static void map_others(const struct file *file, int n)
{
	for (int i = 0; i < n; i++)
		hp_check_ok(mmap(NULL, hp_page_size, PROT_READ, MAP_SHARED | MAP_NORESERVE,
				 file->fd, 0));
}

static void map_span(struct hp_load_worker *worker)
{
	const struct file *file = worker->arg;

	if (worker->own)
		hp_unmap(worker->own);
	worker->own = hp_map_whole_span(file->fd);
}

static void fault(struct hp_load_worker *worker)
{
	const struct hp_area *area = worker->own;

	*(volatile char *)area->addr;
}

static void unmap_span(struct hp_load_worker *worker)
{
	hp_unmap(worker->own);
}

HP_NAMED_CASES(measure, shapes, shape)
{
	struct file file = {.fd = hp_span_file()};
	struct hp_load_result result;

	hp_touch(hp_map_file(file.fd, 0, 1, MAP_SHARED));
	/* The other processes inherit the mappings, so divide them. */
	map_others(&file, shape->others / shape->processes);
	hp_load_curve("others", "");
	hp_load_at(HP_MAPPINGS, shape->others);
	result = hp_load_run(&(struct hp_load){.processes = shape->processes,
					       .seconds = hp_load_seconds(),
					       HP_LOAD_MORE_OPTIONS,
					       .arg = &file,
					       .prepare = map_span,
					       .operate = fault,
					       .end = unmap_span});
	hp_metric_load("fault", &result);
	close(file.fd);
}

HP_PROGRAM(.summary = "latency of the first fault in a shareable page table",
	   .kind = HP_LOAD, .page_sizes = HP_PMD_SIZE, .needs = HP_NEEDS("hugetlb:1"),
	   .seconds = 30, .params = HP_PARAMS(HP_LOAD_MORE_PARAMS),
	   .sources = HP_SOURCES({"code", "mm/hugetlb.c", "huge_pmd_share()"},
				 {"lore", "20191107211809.9539-1-longman@redhat.com",
				  "hugetlbfs: Take read_lock on i_mmap for PMD sharing"}))
