// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the first fault costs in a span of a file whose page table is to be shared: the
 * kernel looks through all other mappings of that place for one that has the table. By how
 * many there are, none of which may share, and how many processes fault at once.
 */
#include "hugeproof.h"

static const struct shape {
	int others, processes;
} shapes[] = {{0, 1},    {0, 2},    {0, 8},    {64, 1},    {64, 2},    {64, 8},
	      {1024, 1}, {1024, 2}, {1024, 8}, {16384, 1}, {16384, 2}, {16384, 8}};

#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

struct file {
	int fd;
	size_t span;
};

/* One page of the file each: none covers the span, so that none can share its table. */
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
	worker->own =
		hp_map_span(file->fd, file->span, 0, PROT_READ | PROT_WRITE, MAP_SHARED);
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

static void measure(const void *arg)
{
	const struct shape *shape = arg;
	struct file file = {.span = hp_table_span(), .fd = hp_span_file()};
	struct hp_load_result result;

	hp_touch_page(hp_map_file(file.fd, 0, 1, MAP_SHARED), 0);
	/* Inherited by the other processes too: so many for each of them. */
	map_others(&file, shape->others / shape->processes);
	result = hp_load(&(struct hp_load){.processes = shape->processes,
					   .seconds = hp_load_seconds(),
					   .arg = &file,
					   .prepare = map_span,
					   .operate = fault,
					   .end = unmap_span});
	hp_metric("fault", "ns", HP_LOWER, result.latency);
	close(file.fd);
}

static int make_cases(const struct hp_case *const **cases)
{
	static struct hp_case made[SHAPES];
	static const struct hp_case *list[SHAPES];
	static char text[SHAPES][2][80];

	for (size_t i = 0; i < SHAPES; i++) {
		snprintf(text[i][0], sizeof(text[i][0]), "others_%d_in_%d",
			 shapes[i].others, shapes[i].processes);
		snprintf(text[i][1], sizeof(text[i][1]),
			 "%d other mappings, faults in %d %s", shapes[i].others,
			 shapes[i].processes,
			 shapes[i].processes == 1 ? "process" : "processes");
		made[i] = (struct hp_case){.name = text[i][0],
					   .summary = text[i][1],
					   .run_with = measure,
					   .arg = &shapes[i]};
		list[i] = &made[i];
	}
	*cases = list;
	return SHAPES;
}

HP_PROGRAM(.summary = "what the first fault costs in a page table to be shared",
	   .kind = HP_LOAD, .page_sizes = HP_PMD_SIZE, .needs = HP_NEEDS("hugetlb:1"),
	   .generate = make_cases, .seconds = 30,
	   .source = "mm/hugetlb.c, huge_pmd_share(): \"hugetlb: take i_mmap_lock for "
		     "reading\"")
