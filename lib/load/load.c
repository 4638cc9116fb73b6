// SPDX-License-Identifier: LGPL-2.1-or-later
#include "load/load.h"
#include "frame/case.h"
#include "frame/check.h"
#include "frame/process.h"
#include "load/internal.h"

#include <errno.h>
#include <numa.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define CLOCK_READS 1000
/* Most huge page memory of one worker. */
#define MOST_BYTES ((size_t)64 << 20)

static int at_least_one(int n)
{
	return n > 0 ? n : 1;
}

int hp_load_workers(const struct hp_load *load)
{
	return at_least_one(load->processes) * at_least_one(load->threads);
}

size_t hp_load_pages(const struct hp_load *load, size_t least)
{
	size_t pages = (size_t)hp_param_long("pages"), room = MOST_BYTES / hp_page_size;

	hp_require((long)pages > 0, "parameter pages wants a number from 1 on");
	if (pages > room)
		pages = room;
	if (pages < least)
		pages = least;
	hp_case_needs_pages(pages * (size_t)hp_load_workers(load));
	hp_load_at(HP_MEMORY_BYTES, (double)(pages * hp_page_size));
	return pages;
}

struct hp_area *hp_load_memory_of(enum hp_memory memory, size_t bytes)
{
	hp_require(bytes >= hp_base_size, "a size of %zu kB at least is needed",
		   hp_base_size / 1024);
	if (memory == HP_MEMORY_HUGETLB)
		hp_case_needs_pages((bytes + hp_page_size - 1) / hp_page_size);
	hp_load_at(HP_MEMORY_BYTES, (double)bytes);
	return hp_map_memory(memory, bytes);
}

struct hp_area *hp_load_memory(enum hp_memory memory)
{
	return hp_load_memory_of(memory, hp_param_size("size"));
}

void *hp_load_own(struct hp_load_worker *worker, size_t bytes)
{
	worker->own = calloc(1, bytes);
	hp_require(worker->own, "no memory");
	return worker->own;
}

void hp_load_take_part(struct hp_load_worker *worker)
{
	const struct hp_load_room *room = worker->arg;
	struct hp_load_part *part = hp_load_own(worker, sizeof(*part));
	size_t bytes = room->pages * room->area->page_size;

	part->area = hp_part_of(room->area, (size_t)worker->number * bytes, bytes);
	part->page = room->pages;
}

static void pin(const struct slot *slot)
{
	cpu_set_t mine, all;
	int nth, cpu;

	if (sched_getaffinity(0, sizeof(all), &all))
		return;
	nth = slot->worker.number / at_least_one(slot->team->load->nodes) % CPU_COUNT(&all);
	for (cpu = 0; nth || !CPU_ISSET(cpu, &all); cpu++)
		nth -= CPU_ISSET(cpu, &all) != 0;
	CPU_ZERO(&mine);
	CPU_SET(cpu, &mine);
	sched_setaffinity(0, sizeof(mine), &mine);
}

/* Whether a node has memory and processors; some have memory alone. */
static bool is_whole(int node)
{
	struct bitmask *cpus = numa_allocate_cpumask();
	bool has = numa_node_size64(node, NULL) > 0 && !numa_node_to_cpus(node, cpus) &&
		   numa_bitmask_weight(cpus);

	numa_free_cpumask(cpus);
	return has;
}

/* Memory that a worker touches first is allocated on the node of its processor. */
static void spread(const struct slot *slot)
{
	int nth = slot->worker.number % slot->team->load->nodes, node = 0;

	while (!is_whole(node) || nth--)
		node++;
	hp_require(!numa_run_on_node(node), "cannot run on node %d: %s", node,
		   strerror(errno));
}

/* Repeats the operation a number of times, or for a time if operations is 0. */
static void operate(struct slot *slot, long operations, double seconds, bool measured)
{
	const struct hp_load *load = slot->team->load;
	int64_t began, ended = hp_now_ns();
	int64_t end = ended + (int64_t)(seconds * 1e9);

	slot->began_ns = ended;
	for (long n = 0; operations ? n < operations : ended < end; n++) {
		if (load->prepare)
			load->prepare(&slot->worker);
		began = hp_now_ns();
		load->operate(&slot->worker);
		ended = hp_now_ns();
		if (measured)
			hp_histogram_add(slot->latency, (uint64_t)(ended - began));
	}
	slot->ended_ns = ended;
}

static void *work(void *arg)
{
	struct slot *slot = arg;
	const struct hp_load *load = slot->team->load;
	double warm_up = load->warm_up_s;
	long first = load->operations / 10;

	if (load->nodes)
		spread(slot);
	if (load->pin)
		pin(slot);
	if (load->begin)
		load->begin(&slot->worker);
	if (!warm_up)
		warm_up = load->seconds / 10;
	hp_meet(slot->team->start);
	if (load->operations && !load->warm_up_s)
		operate(slot, first ? first : 1, 0, false);
	else
		operate(slot, 0, warm_up, false);
	hp_meet(slot->team->start);
	operate(slot, load->operations, load->seconds, true);
	if (slot->team->rates)
		hp_load_open_loop(slot);
	if (slot->team->load->explain)
		hp_load_explain(slot);
	/* Clean up only after all workers have finished measuring. */
	hp_meet(slot->team->start);
	if (load->end)
		load->end(&slot->worker);
	return NULL;
}

/* Runs all threads of a process, given its first worker. */
static void run_process(void *arg)
{
	struct slot *slot = arg;
	int threads = slot->team->threads;
	pthread_t *thread = calloc(threads, sizeof(*thread));

	hp_require(thread, "no memory");
	for (int i = 1; i < threads; i++)
		hp_require(!pthread_create(&thread[i], NULL, work, &slot[i]),
			   "cannot create a thread");
	work(slot);
	for (int i = 1; i < threads; i++)
		pthread_join(thread[i], NULL);
	free(thread);
}

static struct team *gather(const struct hp_load *load)
{
	int threads = at_least_one(load->threads), workers = hp_load_workers(load);
	struct team *team =
		hp_shared(sizeof(*team) + (size_t)workers * sizeof(team->slot[0]));

	team->load = load;
	team->threads = threads;
	team->workers = workers;
	team->start = hp_barrier_new(workers);
	for (int i = 0; i < workers; i++)
		team->slot[i] = (struct slot){
			.worker = {.number = i,
				   .process = i / threads,
				   .random = hp_random_stream(hp_seed, (uint64_t)i + 1),
				   .arg = load->arg},
			.latency = hp_histogram_new(),
			.samples = load->explain ? hp_load_samples_new() : NULL,
			.team = team,
		};
	hp_load_read_rates(team);
	return team;
}

double hp_load_closed_rate(const struct team *team)
{
	int64_t began = team->slot[0].began_ns, ended = team->slot[0].ended_ns;
	double count = 0, rates = 0;

	for (int i = 0; i < team->workers; i++) {
		const struct slot *slot = &team->slot[i];

		count += (double)slot->latency->count;
		if (slot->latency->sum > 0)
			rates += (double)slot->latency->count * 1e9 / slot->latency->sum;
		if (slot->began_ns < began)
			began = slot->began_ns;
		if (slot->ended_ns > ended)
			ended = slot->ended_ns;
	}
	if (team->load->prepare)
		return rates;
	return ended > began ? count * 1e9 / (double)(ended - began) : 0;
}

static void need_nodes(int nodes, int workers)
{
	int have = 0;

	for (int node = 0; nodes && node <= numa_max_node(); node++)
		have += is_whole(node);
	hp_require(nodes >= 0, "parameter nodes wants a number from 0 on");
	if (nodes > have)
		hp_skip_case("needs %d nodes with memory and processors, this machine has "
			     "%d: run it in the lab (--nodes)",
			     nodes, have);
	if (nodes > workers)
		hp_skip_case("needs a worker for each of %d nodes, but has %d: run it with "
			     "more threads (--param threads=%d)",
			     nodes, workers, nodes);
}

struct hp_load_result hp_load_run(const struct hp_load *load)
{
	struct team *team = gather(load);
	int processes = team->workers / team->threads;
	struct hp_load_result result = {.latency = hp_histogram_new()};
	pid_t *pid = calloc(processes, sizeof(*pid));

	hp_require(pid, "no memory");
	need_nodes(load->nodes, team->workers);
	hp_load_at(HP_WORKERS, team->workers);
	if (load->nodes)
		hp_load_at(HP_NODES, load->nodes);
	hp_clock_cost_ns();
	for (int i = 1; i < processes; i++)
		pid[i] = hp_fork(run_process, &team->slot[i * team->threads]);
	run_process(&team->slot[0]);
	for (int i = 1; i < processes; i++)
		hp_wait_ok(pid[i]);
	free(pid);
	for (int i = 0; i < team->workers; i++)
		hp_histogram_merge(result.latency, team->slot[i].latency);
	result.per_second = hp_load_closed_rate(team);
	result.operations = (long)result.latency->count;
	result.step = team->step;
	result.steps = team->steps;
	if (load->explain)
		result.profile = hp_load_folded(team);
	return result;
}

uint64_t hp_clock_cost_ns(void)
{
	static uint64_t least;
	static bool known;

	for (int i = 0; i < CLOCK_READS && !known; i++) {
		int64_t before = hp_now_ns();
		uint64_t took = (uint64_t)(hp_now_ns() - before);

		if (!i || took < least)
			least = took;
	}
	if (!known)
		hp_observed("reading the clock", "%d ns", (int)least);
	known = true;
	return least;
}

struct hp_load_clock hp_load_clock_start(double seconds, int least)
{
	hp_clock_cost_ns();
	if (hp_param_given("rate"))
		hp_observed("open loop", "not measured: this case has a loop of its own");
	if (hp_param_given("explain"))
		hp_observed("profile", "not measured: this case has a loop of its own");
	return (struct hp_load_clock){.end_ns = hp_now_ns() + (int64_t)(seconds * 1e9),
				      .least = least};
}

bool hp_load_goes_on(struct hp_load_clock *clock)
{
	return clock->iterations++ < clock->least || hp_now_ns() < clock->end_ns;
}
