// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The latency of the page fault on the first touch of memory, by kind of page, and the
 * bandwidth of clearing memory by faults. hugetlb_fault measures hugetlb.
 */
#include "hugeproof.h"
#include "load/load.h"

/*
 * The minimum that one operation touches: a single fault of a base page is too short to be
 * timed.
 */
#define LEAST_BYTES (64 * 1024)

struct fault {
	struct hp_area *area; /* memory of all workers */
	size_t part, step;    /* bytes of each worker, and of each operation */
	int give_back;        /* the advice that frees it */
};

/* A worker's part. */
struct part {
	char *addr;
	size_t at; /* touched up to here, bytes */
};

static void take_part(struct hp_load_worker *worker)
{
	const struct fault *fault = worker->arg;
	struct part *part = hp_load_own(worker, sizeof(*part));

	part->addr = fault->area->addr + (size_t)worker->number * fault->part;
}

static void give_back(struct hp_load_worker *worker)
{
	const struct fault *fault = worker->arg;
	struct part *part = worker->own;

	if (part->at < fault->part)
		return;
	hp_check_ok(madvise(part->addr, fault->part, fault->give_back));
	part->at = 0;
}

static void touch(struct hp_load_worker *worker)
{
	const struct fault *fault = worker->arg;
	struct part *part = worker->own;
	size_t end = part->at + fault->step;

	for (; part->at < end; part->at += fault->area->page_size)
		*(volatile char *)(part->addr + part->at) = 1;
}

static const struct way {
	struct hp_variant variant;
	enum hp_memory memory;
} ways[] = {
	{{"base", "latency of the first touch of 16 base pages"}, HP_MEMORY_BASE},
	{{"mthp", "latency of the first touch of a folio of 64 kB"}, HP_MEMORY_MTHP},
	{{"thp", "latency of the first touch of a PMD-mapped THP"}, HP_MEMORY_THP},
	{{"tmpfs", "latency of the first touch of a huge page of tmpfs"}, HP_MEMORY_TMPFS},
};

HP_NAMED_CASES(first_touch, ways, way)
{
	struct fault fault = {.give_back = way->memory == HP_MEMORY_TMPFS ? MADV_REMOVE
									  : MADV_DONTNEED};
	struct hp_load load = {HP_LOAD_OPTIONS, .arg = &fault, .begin = take_part,
			       .prepare = give_back, .operate = touch};
	size_t workers = (size_t)hp_load_workers(&load);
	struct hp_load_result result;
	long fallbacks;

	fault.part = (hp_param_size("size") + hp_pmd_size - 1) / hp_pmd_size * hp_pmd_size;
	hp_load_at(HP_MEMORY_BYTES, (double)fault.part);
	fault.area = hp_map_memory(way->memory, workers * fault.part);
	fault.step = fault.area->page_size;
	if (fault.step < LEAST_BYTES)
		fault.step = LEAST_BYTES;
	/* Check that the kernel allocates such pages at all. */
	hp_populate(way->memory, fault.area);
	hp_check_ok(madvise(fault.area->addr, fault.area->size, fault.give_back));
	fallbacks = hp_memory_fallbacks(way->memory);
	result = hp_load_run(&load);
	/* Fallbacks to base pages are faster, and would distort the result. */
	fallbacks = hp_memory_fallbacks(way->memory) - fallbacks;
	if (fallbacks)
		hp_short_of(
			fault.area->page_size,
			"%ld faults of this machine fell back meanwhile, which may include "
			"some of those measured",
			fallbacks);
	hp_metric_load("fault", &result);
	hp_metric_value("cleared", "MB/s", HP_HIGHER,
			result.per_second * (double)fault.step / 1e6);
}

HP_PROGRAM(.summary = "latency of the fault on the first touch of memory, by kind of page",
	   .kind = HP_LOAD, .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "root", "pagemap"),
	   .params = HP_LOAD_PARAMS({"size", "16M", "memory of each worker"}),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/transhuge.rst"}))
