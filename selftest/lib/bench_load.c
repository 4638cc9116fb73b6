// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The overhead of lib/load: the mean latency that it reports, compared with a bare loop
 * over the same operations that reads the clock only once.
 */
#include "hugeproof.h"
#include "load/load.h"

#define ROUNDS 21
#define PAGES  8

/* batch: the number of operations after which prepare is needed again. */
struct operation {
	size_t batch, batches;
	void (*begin)(struct hp_load_worker *worker);
	void (*prepare)(struct hp_load_worker *worker);
	void (*operate)(struct hp_load_worker *worker);
};

struct room {
	struct hp_area *area;
	size_t at, step; /* bytes */
};

static void begin(struct hp_load_worker *worker, struct hp_area *area, size_t step)
{
	struct room *room = hp_load_own(worker, sizeof(*room));

	room->area = area;
	room->step = step;
	room->at = area->size;
}

static void end(struct hp_load_worker *worker)
{
	struct room *room = worker->own;

	hp_unmap(room->area);
}

static void give_back(struct hp_load_worker *worker)
{
	struct room *room = worker->own;

	if (room->at < room->area->size)
		return;
	hp_check_ok(madvise(room->area->addr, room->area->size, MADV_DONTNEED));
	room->at = 0;
}

static void touch(struct hp_load_worker *worker)
{
	struct room *room = worker->own;
	size_t end = room->at + room->step;

	for (; room->at < end; room->at += room->area->page_size)
		*(volatile char *)(room->area->addr + room->at) = 1;
}

static void begin_base(struct hp_load_worker *worker)
{
	begin(worker, hp_map_base_pages(16 * 64), 16 * hp_base_size);
}

static void begin_thp(struct hp_load_worker *worker)
{
	begin(worker, hp_map_thp(PAGES), hp_pmd_size);
}

static void begin_hugetlb(struct hp_load_worker *worker)
{
	begin(worker, hp_map_hugetlb(PAGES, MAP_PRIVATE), hp_page_size);
}

static void map_and_unmap(struct hp_load_worker *worker)
{
	char *addr = hp_try_map_hugetlb(1, MAP_SHARED);

	(void)worker;
	hp_check(addr != MAP_FAILED);
	hp_check_ok(munmap(addr, hp_page_size));
}

/* The average time of one operation in a bare loop, ns. */
static double bare(const struct operation *operation, struct hp_load_worker *worker)
{
	int64_t took = 0;

	for (size_t batch = 0; batch < operation->batches; batch++) {
		int64_t began;

		if (operation->prepare)
			operation->prepare(worker);
		began = hp_now_ns();
		for (size_t n = 0; n < operation->batch; n++)
			operation->operate(worker);
		took += hp_now_ns() - began;
	}
	return (double)took / (double)(operation->batches * operation->batch);
}

static double measured(const struct operation *operation)
{
	struct hp_load_result result = hp_load_run(&(struct hp_load){
		.operations = (long)(operation->batches * operation->batch),
		.begin = operation->begin,
		.prepare = operation->prepare,
		.operate = operation->operate,
		.end = operation->begin ? end : NULL});

	return result.latency->sum / (double)result.latency->count;
}

static void compare(const struct operation *operation)
{
	struct hp_load_worker worker = {0};

	if (operation->begin)
		operation->begin(&worker);
	bare(operation, &worker);
	for (int round = 0; round < ROUNDS; round++) {
		char name[32];
		double ours, loops;

		/* Alternate the order: A B B A. */
		loops = round % 2 ? 0 : bare(operation, &worker);
		ours = measured(operation);
		if (round % 2)
			loops = bare(operation, &worker);
		snprintf(name, sizeof(name), "bare_%d", round);
		hp_metric_value(name, "ns", HP_LOWER, loops);
		snprintf(name, sizeof(name), "measured_%d", round);
		hp_metric_value(name, "ns", HP_LOWER, ours);
	}
}

HP_CASE(fault_base, "16 base pages are touched")
{
	compare(&(struct operation){64, 40, begin_base, give_back, touch});
}

HP_CASE(fault_thp, "a THP is touched")
{
	compare(&(struct operation){PAGES, 40, begin_thp, give_back, touch});
}

HP_CASE(fault_hugetlb, "a hugetlb page is touched")
{
	compare(&(struct operation){PAGES, 40, begin_hugetlb, give_back, touch});
}

HP_CASE(map_hugetlb, "a hugetlb page is mapped and unmapped")
{
	compare(&(struct operation){1000, 10, NULL, NULL, map_and_unmap});
}

HP_PROGRAM(.summary = "what measuring adds to what is measured", .kind = HP_LOAD,
	   .page_sizes = HP_PMD_SIZE, .needs = HP_NEEDS("thp", "hugetlb:32"), .seconds = 60,
	   .sources = HP_SOURCES({"selftest", "lib/load"}))
