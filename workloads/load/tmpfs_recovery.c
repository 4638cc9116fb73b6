// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What recovery of huge tmpfs costs and what it brings: the time in which an extent that
 * many mappings have by small pages becomes a huge page, the fault with which each of them
 * then has it, and how fast processes read, write and fault before and after.
 */
#include "hugeproof.h"
#include "load/load.h"

#define EXTENTS        8
#define MOST_MAPPINGS  64
#define MOST_PROCESSES 16

/* How many mappings of every extent there are, in how many processes. */
struct shape {
	struct hp_variant variant;
	int mappings, processes;
};

#define RECOVERY(mappings, processes)                                                      \
	{                                                                                  \
		{"recover_" #mappings "_in_" #processes,                                   \
		 "recovery with " #mappings " mappings in " #processes " processes"},      \
			mappings, processes                                                \
	}
#define RATES(processes)                                                                   \
	{                                                                                  \
		{"rates_" #processes,                                                      \
		 "rates before and after: a mapping in each of " #processes " processes"}, \
			processes, processes                                               \
	}

static const struct shape recoveries[] = {
	RECOVERY(1, 1),  RECOVERY(4, 1),  RECOVERY(16, 1),  RECOVERY(64, 1), RECOVERY(4, 4),
	RECOVERY(16, 4), RECOVERY(64, 4), RECOVERY(16, 16), RECOVERY(64, 16)};
static const struct shape crowds[] = {RATES(1), RATES(4), RATES(16)};

struct crowd {
	struct shape shape;
	struct hp_shmem *shmem;
	struct hp_area *asker; /* the mapping of who asks, the first of all */
	struct hp_barrier *barrier;
	bool over;
};

/* One of its processes. */
struct place {
	struct crowd *crowd;
	int number, n;
	struct hp_area *area[MOST_MAPPINGS];
	struct hp_histogram *fault; /* ns to the first byte of a huge page */
};

static void read_pages(const char *addr, size_t size)
{
	for (size_t at = 0; at < size; at += hp_base_size)
		*(volatile const char *)(addr + at);
}

static void map_mine(struct place *place)
{
	const struct crowd *crowd = place->crowd;

	if (place->number) /* inherited */
		hp_check_ok(munmap(crowd->asker->addr, crowd->asker->size));
	for (int i = place->number; i < crowd->shape.mappings; i += crowd->shape.processes)
		place->area[place->n++] =
			i ? hp_map_all_shmem(crowd->shmem, MAP_SHARED) : crowd->asker;
}

static void read_small(const struct place *place)
{
	for (int i = 0; i < place->n; i++)
		read_pages(place->area[i]->addr, place->area[i]->size);
}

/* The first byte of each huge page, which is mapped with it; the asker's is already. */
static void fault_huge(const struct place *place)
{
	for (int i = 0; i < place->n; i++) {
		const struct hp_area *area = place->area[i];

		for (size_t at = 0; area != place->crowd->asker && at < area->size;
		     at += hp_pmd_size) {
			int64_t began = hp_now_ns();

			*(volatile char *)(area->addr + at);
			hp_histogram_add(place->fault, (uint64_t)(hp_now_ns() - began));
		}
	}
	hp_check_eq(hp_mapped_huge(place->area[place->n - 1]), EXTENTS * hp_pmd_size);
}

static void be_other(void *arg)
{
	struct place *place = arg;

	map_mine(place);
	for (;;) {
		hp_meet(place->crowd->barrier);
		if (place->crowd->over)
			return;
		read_small(place);
		hp_meet(place->crowd->barrier);
		/* Now the asker asks. */
		hp_meet(place->crowd->barrier);
		fault_huge(place);
		hp_meet(place->crowd->barrier);
	}
}

static void make_small(const struct crowd *crowd)
{
	hp_check_ok(ftruncate(crowd->shmem->fd, 0));
	hp_check_ok(ftruncate(crowd->shmem->fd, (off_t)crowd->shmem->size));
	hp_fill(crowd->asker, 's');
}

static void ask(const struct crowd *crowd, struct hp_histogram *recover)
{
	for (size_t at = 0; at < crowd->asker->size; at += hp_pmd_size) {
		const struct hp_area *extent = hp_part(crowd->asker, at, hp_pmd_size);
		int64_t began = hp_now_ns();

		hp_check_eq(hp_collapse(extent), 0);
		hp_histogram_add(recover, (uint64_t)(hp_now_ns() - began));
	}
}

static void set_up(struct crowd *crowd)
{
	crowd->shmem = hp_shmem_new(HP_MEMFD, EXTENTS);
	crowd->asker = hp_map_all_shmem(crowd->shmem, MAP_SHARED);
	hp_fill(crowd->asker, 's');
}

HP_NAMED_CASES(recover, recoveries, shape)
{
	struct crowd *crowd = hp_shared(sizeof(*crowd));
	struct place *place = hp_shared(MOST_PROCESSES * sizeof(*place));
	struct hp_histogram *took = hp_histogram_new(), *fault = hp_histogram_new();
	pid_t pid[MOST_PROCESSES];
	struct hp_load_clock clock;

	crowd->shape = *shape;
	crowd->barrier = hp_barrier_new(crowd->shape.processes);
	set_up(crowd);
	for (int i = 0; i < crowd->shape.processes; i++) {
		place[i].crowd = crowd;
		place[i].number = i;
		place[i].fault = hp_histogram_new();
	}
	for (int i = 1; i < crowd->shape.processes; i++)
		pid[i] = hp_fork(be_other, &place[i]);
	map_mine(&place[0]);
	clock = hp_load_clock_start(hp_load_seconds(), 1);
	while (hp_load_goes_on(&clock)) {
		hp_meet(crowd->barrier);
		read_small(&place[0]);
		hp_meet(crowd->barrier);
		ask(crowd, took);
		hp_meet(crowd->barrier);
		fault_huge(&place[0]);
		hp_meet(crowd->barrier);
		make_small(crowd);
	}
	crowd->over = true;
	hp_meet(crowd->barrier);
	for (int i = 0; i < crowd->shape.processes; i++) {
		if (i)
			hp_wait_ok(pid[i]);
		hp_histogram_merge(fault, place[i].fault);
	}
	hp_metric("recover_extent", "ns", HP_LOWER, took);
	if (fault->count)
		hp_metric("fault_recovered", "ns", HP_LOWER, fault);
}

/* A worker's own mapping of the file. */
static void map_file(struct hp_load_worker *worker)
{
	const struct crowd *crowd = worker->arg;
	struct hp_area *area = hp_map_all_shmem(crowd->shmem, MAP_SHARED);

	read_pages(area->addr, area->size);
	worker->own = area;
}

static void unmap_file(struct hp_load_worker *worker)
{
	hp_unmap(worker->own);
}

/* One extent of its own mapping, by chance. */
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

/* Latency of one pass over an extent, a touch for each base page, and passes a second. */
static void measure(const struct crowd *crowd, const char *mapped)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		char name[48];
		struct hp_load_result result = hp_load_run(&(struct hp_load){
			.processes = crowd->shape.processes,
			.seconds = hp_load_seconds(),
			.arg = crowd,
			.begin = map_file,
			.operate = operations[i].operate,
			.end = unmap_file,
		});

		snprintf(name, sizeof(name), "%s_%s", operations[i].name, mapped);
		hp_metric(name, "ns", HP_LOWER, result.latency);
		snprintf(name, sizeof(name), "%s_%s_rate", operations[i].name, mapped);
		hp_metric_value(name, "extents/s", HP_HIGHER, result.per_second);
	}
}

HP_NAMED_CASES(rates, crowds, shape)
{
	struct crowd *crowd = hp_shared(sizeof(*crowd));

	crowd->shape = *shape;
	set_up(crowd);
	hp_check_eq(hp_mapped_huge(crowd->asker), 0);
	measure(crowd, "small");
	hp_check_eq(hp_collapse(crowd->asker), 0);
	hp_check_eq(hp_mapped_huge(crowd->asker), crowd->asker->size);
	measure(crowd, "huge");
}

HP_PROGRAM(.summary = "what recovery of huge tmpfs costs, and what it brings",
	   .kind = HP_LOAD, .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root"),
	   .seconds = 60,
	   .sources = HP_SOURCES(
		   {"lore", "alpine.LSU.2.11.1604051455010.5965@eggly.anvils",
		    "huge tmpfs recovery: shmem_recovery_remap & remap_team_by_pmd"}))
