// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fixture/area.h"
#include "fixture/node.h"
#include "frame/case.h"
#include "frame/engine.h"
#include "frame/process.h"
#include "kernel.h"
#include "model/memory.h"
#include "model/scenario.h"
#include "model/transcript.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const struct hp_scenario_kind hp_scenario_kinds[HP_SCENARIO_KINDS] = {
	{{"shared", "shared mappings: the counters are the model's after every step"},
	 MAP_SHARED},
	{{"private", "private mappings: the counters are the model's after every step"},
	 MAP_PRIVATE},
	{{"shared_noreserve", "shared mappings without reservation: the counters are the "
			      "model's after every step"},
	 MAP_SHARED | MAP_NORESERVE},
	{{"private_noreserve", "private mappings without reservation: the counters are the "
			       "model's after every step"},
	 MAP_PRIVATE | MAP_NORESERVE},
};

/* What one process does to its mapping. */
struct deed {
	enum { READ, WRITE, DROP, UNMAP, EXIT } what;
	long page, pages;
	bool works;     /* or SIGBUS */
	uint64_t value; /* to be written, or to be found */
};

/* With the step that it is part of. */
struct order {
	struct deed deed;
	char step[160];
};

struct teller {
	const struct hp_scenario_kind *kind;
	struct hp_model_memory memory;
	struct hp_model_mapping parents, childs;
	struct hp_area *area;
	int fd;
	bool mapped, refused, child_maps;
	pid_t child;
	struct order *order; /* to the child, over the barrier */
	char step[160];
	struct hp_barrier *turn;
	uint64_t written; /* how many writes there were: each writes its number */
};

/* What the counters are to be now. */
static void add_counts(const struct hp_model_pool *pool)
{
	hp_transcript_add("= %ld %ld %ld %ld", hp_model_total(pool), hp_model_free(pool),
			  pool->rsvd, hp_model_surp(pool));
}

static uint64_t *last_word(const struct hp_area *area, long page)
{
	return (uint64_t *)(hp_page(area, page) + area->page_size) - 1;
}

static void do_deed(struct hp_area *area, const struct deed *deed)
{
	enum hp_access access = deed->what == WRITE ? HP_WRITE : HP_READ;
	char *addr = hp_page(area, deed->page);

	if (deed->what == UNMAP) {
		hp_unmap(area);
	} else if (deed->what == DROP) {
		hp_check_ok(madvise(addr, deed->pages * area->page_size, MADV_DONTNEED));
	} else if (!deed->works) {
		hp_check_fault(area, addr, access, SIGBUS, BUS_ADRERR);
	} else {
		hp_check_access(addr, access);
		if (deed->what == WRITE)
			*(uint64_t *)addr = *last_word(area, deed->page) = deed->value;
		hp_check_eq(*(uint64_t *)addr, deed->value);
		hp_check_eq(*last_word(area, deed->page), deed->value);
	}
}

static void live_as_child(void *arg)
{
	const struct teller *teller = arg;

	for (;;) {
		hp_meet(teller->turn);
		if (teller->order->deed.what == EXIT)
			return;
		hp_step("%s", teller->order->step);
		do_deed(teller->area, &teller->order->deed);
		hp_meet(teller->turn);
	}
}

static void order(struct teller *teller, bool child, struct deed deed)
{
	if (!child) {
		do_deed(teller->area, &deed);
		return;
	}
	teller->order->deed = deed;
	strcpy(teller->order->step, teller->step);
	hp_meet(teller->turn);
	hp_meet(teller->turn);
}

static void touch(struct teller *teller, bool child, struct deed deed)
{
	struct hp_model_mapping *mapping = child ? &teller->childs : &teller->parents;
	long end = deed.page + deed.pages;

	for (; deed.page < end; deed.page++) {
		deed.value = ++teller->written;
		if (deed.what == WRITE)
			deed.works = hp_model_write(&teller->memory, mapping, deed.page,
						    deed.value);
		else
			deed.works = hp_model_read(&teller->memory, mapping, deed.page,
						   &deed.value);
		hp_transcript_add("%s%s %ld %llu %d", child ? "child " : "",
				  deed.what == WRITE ? "write" : "read", deed.page,
				  (unsigned long long)deed.value, deed.works);
		order(teller, child, deed);
		add_counts(&teller->memory.pool);
		hp_check_model(&teller->memory.pool);
	}
}

static void map(struct teller *teller, long pages)
{
	int flags = teller->kind->flags;

	teller->mapped = hp_model_map(&teller->memory, &teller->parents, pages, flags);
	teller->refused = !teller->mapped;
	hp_transcript_add("map %ld %d", pages, teller->mapped);
	if (teller->mapped)
		teller->area = hp_map_file(teller->fd, 0, pages, flags);
	else
		hp_check_errno(mmap(NULL, pages * hp_page_size, PROT_READ | PROT_WRITE,
				    flags, teller->fd, 0),
			       ENOMEM);
}

static void unmap(struct teller *teller, bool child)
{
	bool *maps = child ? &teller->child_maps : &teller->mapped;

	if (!*maps)
		return;
	hp_transcript_add("%sunmap", child ? "child " : "");
	order(teller, child, (struct deed){.what = UNMAP});
	hp_model_unmap(&teller->memory, child ? &teller->childs : &teller->parents);
	*maps = false;
}

static void fork_child(struct teller *teller)
{
	hp_require(!teller->child, "a scenario has one child at a time");
	hp_transcript_add("fork");
	teller->order = hp_shared(sizeof(*teller->order));
	teller->turn = hp_barrier_new(2);
	if (teller->mapped)
		hp_model_fork(&teller->memory, &teller->parents, &teller->childs);
	teller->child_maps = teller->mapped;
	teller->child = hp_fork(live_as_child, teller);
}

static void end_child(struct teller *teller)
{
	if (!teller->child)
		return;
	hp_transcript_add("exit");
	teller->order->deed.what = EXIT;
	hp_meet(teller->turn);
	hp_wait_ok(teller->child);
	if (teller->child_maps)
		hp_model_unmap(&teller->memory, &teller->childs);
	teller->child_maps = false;
	teller->child = 0;
}

/* The first resize that tells says whether surplus pages hold free ones; it stays so. */
static void learn_what_surplus_holds(struct hp_model_pool *pool, long pages)
{
	static bool known, holds = true;
	struct hp_model_pool kept = *pool, gone = *pool;

	kept.surplus_holds = true;
	gone.surplus_holds = false;
	hp_model_resize(&kept, pool->home, pages);
	hp_model_resize(&gone, pool->home, pages);
	if (!known && hp_model_total(&kept) != hp_model_total(&gone)) {
		known = true;
		holds = hp_hugetlb().total != hp_model_total(&gone);
		hp_observed("shrink beside surplus",
			    holds ? "keeps a free page for each surplus page in use"
				  : "frees what is free");
	}
	pool->surplus_holds = holds;
}

static void resize(struct teller *teller, long pages)
{
	struct hp_model_pool *pool = &teller->memory.pool;

	hp_transcript_add("resize %ld", pages);
	hp_pool_resize_node(pool->home, pages);
	learn_what_surplus_holds(pool, pages);
	hp_model_resize(pool, pool->home, pages);
}

static void allocate(struct teller *teller, long page, long pages)
{
	off_t from = (off_t)page * (off_t)hp_page_size,
	      bytes = (off_t)pages * (off_t)hp_page_size;

	bool works = hp_model_fallocate(&teller->memory, page, pages);

	hp_transcript_add("allocate %ld %ld %d", page, pages, works);
	if (works)
		hp_check_ok(fallocate(teller->fd, 0, from, bytes));
	else
		hp_check_errno(fallocate(teller->fd, 0, from, bytes), ENOSPC);
}

static void punch(struct teller *teller, long page, long pages)
{
	hp_transcript_add("punch %ld %ld", page, pages);
	hp_check_ok(hp_punch(teller->fd, (uint64_t)page * hp_page_size,
			     (uint64_t)pages * hp_page_size));
	hp_model_punch(&teller->memory, page, pages);
}

static void cut(struct teller *teller, long pages)
{
	hp_transcript_add("cut %ld", pages);
	hp_check_ok(ftruncate(teller->fd, (off_t)pages * (off_t)hp_page_size));
	hp_model_truncate(&teller->memory, pages);
}

static void drop(struct teller *teller, bool child, long page, long pages)
{
	hp_transcript_add("%sdrop %ld %ld", child ? "child " : "", page, pages);
	order(teller, child, (struct deed){.what = DROP, .page = page, .pages = pages});
	hp_model_drop(&teller->memory, child ? &teller->childs : &teller->parents, page,
		      pages);
}

static void bind(struct teller *teller, int nth)
{
	hp_transcript_add("home %d", nth);
	hp_bind_process(teller->memory.pool.home = hp_node(nth));
}

static void take_step(struct teller *teller, const char *step)
{
	bool child = !strncmp(step, "child ", 6);
	char verb[16];
	long a = 0, b = 1;

	hp_require(sscanf(step + (child ? 6 : 0), "%15s %ld %ld", verb, &a, &b) >= 1,
		   "an empty step");
	if (!strcmp(verb, "map"))
		map(teller, a);
	else if (!strcmp(verb, "read"))
		touch(teller, child, (struct deed){.what = READ, .page = a, .pages = b});
	else if (!strcmp(verb, "write"))
		touch(teller, child, (struct deed){.what = WRITE, .page = a, .pages = b});
	else if (!strcmp(verb, "drop"))
		drop(teller, child, a, b);
	else if (!strcmp(verb, "unmap"))
		unmap(teller, child);
	else if (!strcmp(verb, "fork"))
		fork_child(teller);
	else if (!strcmp(verb, "exit"))
		end_child(teller);
	else if (!strcmp(verb, "cut"))
		cut(teller, a);
	else if (!strcmp(verb, "punch"))
		punch(teller, a, b);
	else if (!strcmp(verb, "allocate"))
		allocate(teller, a, b);
	else if (!strcmp(verb, "resize"))
		resize(teller, a);
	else if (!strcmp(verb, "home"))
		bind(teller, (int)a);
	else
		hp_bail("no step of a scenario: %s", step);
	add_counts(&teller->memory.pool);
	hp_check_model(&teller->memory.pool);
}

/* See hp_model_memory.restores. Needs a page that is available, and no surplus. */
static bool kernel_restores(void)
{
	static enum { UNKNOWN, YES, NO } answer;
	struct hp_hugetlb_counts pool = hp_hugetlb();
	struct hp_area *area;

	if (answer != UNKNOWN || pool.surp || pool.free <= pool.rsvd)
		return answer == YES;
	area = hp_map_hugetlb(1, MAP_PRIVATE);
	hp_touch(area);
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	answer = hp_hugetlb().rsvd > pool.rsvd ? YES : NO;
	hp_observed("reservation of a private page that is dropped",
		    answer == YES ? "restored" : "not restored");
	hp_unmap(area);
	return answer == YES;
}

void hp_run_scenario(const struct hp_scenario *scenario,
		     const struct hp_scenario_kind *kind, long overcommit, int home)
{
	struct teller teller = {.kind = kind, .memory.restores = kernel_restores()};
	struct hp_model_pool *pool = &teller.memory.pool;
	char *steps = strdup(scenario->steps), *rest = steps, *step;
	long total;

	*pool = hp_model_pool_now(overcommit, home);
	total = hp_model_total(pool);
	teller.fd = hp_hugetlb_file();
	hp_transcript_begin(kind->variant.name, pool);
	for (int n = 1; !teller.refused && (step = strsep(&rest, ",")); n++) {
		step += strspn(step, " ");
		snprintf(teller.step, sizeof(teller.step),
			 "%s (%s), pool of %ld, overcommit %ld, step %d: %s",
			 scenario->name, kind->variant.name, total, overcommit, n, step);
		hp_step("%s", teller.step);
		take_step(&teller, step);
	}
	hp_step("%s (%s), pool of %ld, overcommit %ld: all is given back", scenario->name,
		kind->variant.name, total, overcommit);
	end_child(&teller);
	unmap(&teller, false);
	hp_transcript_add("close");
	hp_check_ok(close(teller.fd));
	hp_model_evict(&teller.memory);
	add_counts(pool);
	hp_check_model(pool);
	hp_transcript_end();
	free(steps);
}

static void run_gigantic(const struct hp_scenario *scenarios,
			 const struct hp_scenario_kind *kind)
{
	int home = hp_node(0);

	for (long pool = 2; pool >= 0; pool--) {
		/* What is reserved away may be any node's. */
		hp_pool_leave(pool);
		hp_bind_process(home);
		for (const struct hp_scenario *scenario = scenarios; scenario->name;
		     scenario++)
			if (!strstr(scenario->steps, "resize"))
				hp_run_scenario(scenario, kind, 0, home);
	}
}

void hp_run_scenarios(const struct hp_scenario *scenarios,
		      const struct hp_scenario_kind *kind, long overcommit)
{
	int home;

	if (hp_hugetlb_gigantic(hp_page_size)) {
		run_gigantic(scenarios, kind);
		return;
	}
	hp_case_needs("hugetlb:4");
	home = hp_pool_one_node();
	if (overcommit)
		hp_pool_overcommit(overcommit);
	for (const struct hp_scenario *scenario = scenarios; scenario->name; scenario++) {
		for (long pool = 4; pool >= 0; pool--) {
			hp_pool_resize(pool);
			hp_check_pool(pool, pool, 0, 0);
			hp_run_scenario(scenario, kind, overcommit, home);
		}
	}
}
