// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Cost and benefit of recovering huge pages of tmpfs: the time to collapse an extent with
 * many mappings by base pages, the latency of the fault that maps the huge page in each
 * mapping, and the rates of reads, writes and faults before and after.
 */
#include "hugeproof.h"
#include "load/load.h"

#define EXTENTS        8
#define MOST_MAPPINGS  64
#define MOST_PROCESSES 16

/* The number of mappings of every extent, and of processes. */
struct shape {
	struct hp_variant variant;
	int mappings, processes;
};

#define RECOVERY(mappings, processes)                                                      \
	{                                                                                  \
		{"recover_" #mappings "_in_" #processes,                                   \
		 "time to collapse shmem with " #mappings " mappings in " #processes       \
		 " processes"},                                                            \
			mappings, processes                                                \
	}
#define RATES(processes)                                                                   \
	{                                                                                  \
		{"rates_" #processes,                                                      \
		 "access rates before and after a collapse of shmem, in " #processes       \
		 " processes"},                                                            \
			processes, processes                                               \
	}

static const struct shape recoveries[] = {
	RECOVERY(1, 1),  RECOVERY(4, 1),  RECOVERY(16, 1),  RECOVERY(64, 1), RECOVERY(4, 4),
	RECOVERY(16, 4), RECOVERY(64, 4), RECOVERY(16, 16), RECOVERY(64, 16)};
static const struct shape rate_shapes[] = {RATES(1), RATES(4), RATES(16)};

struct group {
	struct shape shape;
	struct hp_shmem *shmem;
	struct hp_area *first; /* the first mapping, which is used to collapse */
	struct hp_barrier *barrier;
	bool over;
};

/* A process of the group. */
struct member {
	struct group *group;
	int number, n;
	struct hp_area *area[MOST_MAPPINGS];
	struct hp_histogram *fault; /* latency of faults that map a huge page, ns */
};

static void read_pages(const char *addr, size_t size)
{
	for (size_t at = 0; at < size; at += hp_base_size)
		*(volatile const char *)(addr + at);
}

static void map_mine(struct member *member)
{
	const struct group *group = member->group;

	if (member->number) /* inherited */
		hp_check_ok(munmap(group->first->addr, group->first->size));
	for (int i = member->number; i < group->shape.mappings; i += group->shape.processes)
		member->area[member->n++] =
			i ? hp_map_all_shmem(group->shmem, MAP_SHARED) : group->first;
}

static void read_small(const struct member *member)
{
	for (int i = 0; i < member->n; i++)
		read_pages(member->area[i]->addr, member->area[i]->size);
}

/* Touches each huge page, so that it is mapped; in the first mapping it is already. */
static void fault_huge(const struct member *member)
{
	for (int i = 0; i < member->n; i++) {
		const struct hp_area *area = member->area[i];

		for (size_t at = 0; area != member->group->first && at < area->size;
		     at += hp_pmd_size) {
			int64_t began = hp_now_ns();

			*(volatile char *)(area->addr + at);
			hp_histogram_add(member->fault, (uint64_t)(hp_now_ns() - began));
		}
	}
	hp_check_eq(hp_mapped_huge(member->area[member->n - 1]), EXTENTS * hp_pmd_size);
}

static void run_member(void *arg)
{
	struct member *member = arg;

	map_mine(member);
	for (;;) {
		hp_meet(member->group->barrier);
		if (member->group->over)
			return;
		read_small(member);
		hp_meet(member->group->barrier);
		/* The first process collapses. */
		hp_meet(member->group->barrier);
		fault_huge(member);
		hp_meet(member->group->barrier);
	}
}

static void make_small(const struct group *group)
{
	hp_check_ok(ftruncate(group->shmem->fd, 0));
	hp_check_ok(ftruncate(group->shmem->fd, (off_t)group->shmem->size));
	hp_fill(group->first, 's');
}

static void collapse(const struct group *group, struct hp_histogram *recover)
{
	for (size_t at = 0; at < group->first->size; at += hp_pmd_size) {
		const struct hp_area *extent = hp_part(group->first, at, hp_pmd_size);
		int64_t began = hp_now_ns();

		hp_check_eq(hp_collapse(extent), 0);
		hp_histogram_add(recover, (uint64_t)(hp_now_ns() - began));
	}
}

static void set_up(struct group *group)
{
	group->shmem = hp_shmem_new(HP_MEMFD, EXTENTS);
	group->first = hp_map_all_shmem(group->shmem, MAP_SHARED);
	hp_fill(group->first, 's');
}

HP_NAMED_CASES(recover, recoveries, shape)
{
	struct group *group = hp_shared(sizeof(*group));
	struct member *member = hp_shared(MOST_PROCESSES * sizeof(*member));
	struct hp_histogram *took = hp_histogram_new(), *fault = hp_histogram_new();
	pid_t pid[MOST_PROCESSES];
	struct hp_load_clock clock;

	group->shape = *shape;
	group->barrier = hp_barrier_new(group->shape.processes);
	set_up(group);
	for (int i = 0; i < group->shape.processes; i++) {
		member[i].group = group;
		member[i].number = i;
		member[i].fault = hp_histogram_new();
	}
	for (int i = 1; i < group->shape.processes; i++)
		pid[i] = hp_fork(run_member, &member[i]);
	map_mine(&member[0]);
	clock = hp_load_clock_start(hp_load_seconds(), 1);
	while (hp_load_goes_on(&clock)) {
		hp_meet(group->barrier);
		read_small(&member[0]);
		hp_meet(group->barrier);
		collapse(group, took);
		hp_meet(group->barrier);
		fault_huge(&member[0]);
		hp_meet(group->barrier);
		make_small(group);
	}
	group->over = true;
	hp_meet(group->barrier);
	for (int i = 0; i < group->shape.processes; i++) {
		if (i)
			hp_wait_ok(pid[i]);
		hp_histogram_merge(fault, member[i].fault);
	}
	hp_metric("recover_extent", "ns", HP_LOWER, took);
	if (fault->count)
		hp_metric("fault_recovered", "ns", HP_LOWER, fault);
}

/* Each worker maps the file itself. */
static void map_file(struct hp_load_worker *worker)
{
	const struct group *group = worker->arg;
	struct hp_area *area = hp_map_all_shmem(group->shmem, MAP_SHARED);

	read_pages(area->addr, area->size);
	worker->own = area;
}

static void unmap_file(struct hp_load_worker *worker)
{
	hp_unmap(worker->own);
}

/* A random extent of its own mapping. */
static char *extent(struct hp_load_worker *worker)
{
	const struct hp_area *area = worker->own;

	return area->addr + hp_random_below(&worker->random, EXTENTS) * hp_pmd_size;
}

static void read_extent(struct hp_load_worker *worker)
{
	read_pages(extent(worker), hp_pmd_size);
}

static void write_extent(struct hp_load_worker *worker)
{
	char *at = extent(worker);

	for (size_t i = 0; i < hp_pmd_size; i += hp_base_size)
		*(volatile char *)(at + i) = (char)i;
}

static void fault_extent(struct hp_load_worker *worker)
{
	char *at = extent(worker);

	hp_check_ok(madvise(at, hp_pmd_size, MADV_DONTNEED));
	read_pages(at, hp_pmd_size);
}

static const struct {
	const char *name;
	void (*operate)(struct hp_load_worker *worker);
} operations[] = {{"read", read_extent}, {"write", write_extent}, {"fault", fault_extent}};

/* Measures passes over an extent, with an access to each base page. */
static void measure(const struct group *group, const char *mapped)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		char name[48];
		struct hp_load_result result = hp_load_run(&(struct hp_load){
			.processes = group->shape.processes,
			.seconds = hp_load_seconds(),
			HP_LOAD_MORE_OPTIONS,
			.arg = group,
			.begin = map_file,
			.operate = operations[i].operate,
			.end = unmap_file,
		});

		snprintf(name, sizeof(name), "%s_%s", operations[i].name, mapped);
		hp_metric_load(name, &result);
		snprintf(name, sizeof(name), "%s_%s_rate", operations[i].name, mapped);
		hp_metric_value(name, "extents/s", HP_HIGHER, result.per_second);
	}
}

HP_NAMED_CASES(rates, rate_shapes, shape)
{
	struct group *group = hp_shared(sizeof(*group));

	group->shape = *shape;
	set_up(group);
	hp_check_eq(hp_mapped_huge(group->first), 0);
	measure(group, "small");
	hp_check_eq(hp_collapse(group->first), 0);
	hp_check_eq(hp_mapped_huge(group->first), group->first->size);
	measure(group, "huge");
}

HP_PROGRAM(.summary = "cost and benefit of recovering huge pages of tmpfs", .kind = HP_LOAD,
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root"), .seconds = 60,
	   .params = HP_PARAMS(HP_LOAD_MORE_PARAMS),
	   .sources = HP_SOURCES(
		   {"lore", "alpine.LSU.2.11.1604051455010.5965@eggly.anvils",
		    "huge tmpfs recovery: shmem_recovery_remap & remap_team_by_pmd"}))
