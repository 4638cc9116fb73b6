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

HP_ENGINE_PARAM(story, "story", "",
		"one scenario in place of all: KIND POOL OVERCOMMIT: STEPS");

const struct hp_scenario_kind hp_scenario_kinds[HP_SCENARIO_KINDS] = {
	{{"shared", "shared mappings"}, MAP_SHARED},
	{{"private", "private mappings"}, MAP_PRIVATE},
	{{"shared_noreserve", "shared mappings with MAP_NORESERVE"},
	 MAP_SHARED | MAP_NORESERVE},
	{{"private_noreserve", "private mappings with MAP_NORESERVE"},
	 MAP_PRIVATE | MAP_NORESERVE},
};

/* An operation of one process on its mapping. */
struct action {
	enum { READ, WRITE, DROP, UNMAP, EXIT } what;
	long page, pages;
	bool works;     /* false: SIGBUS */
	uint64_t value; /* to write, or expected */
};

/* For the child; with the text of the step. */
struct command {
	struct action action;
	char step[160];
};

struct run {
	const struct hp_scenario_kind *kind;
	struct hp_model_memory memory;
	struct hp_model_mapping parent_mapping, child_mapping;
	struct hp_area *area;
	int fd;
	bool mapped, refused, child_maps;
	pid_t child;
	struct command *command; /* for the child, which reads it between two barriers */
	char step[160];
	struct hp_barrier *barrier;
	uint64_t written; /* number of writes; each write stores its number */
};

/* Adds the expected counters to the transcript. */
static void add_counts(const struct hp_model_pool *pool)
{
	hp_transcript_add("= %ld %ld %ld %ld", hp_model_total(pool), hp_model_free(pool),
			  pool->rsvd, hp_model_surp(pool));
}

static uint64_t *last_word(const struct hp_area *area, long page)
{
	return (uint64_t *)(hp_page(area, page) + area->page_size) - 1;
}

static void do_action(struct hp_area *area, const struct action *action)
{
	enum hp_access access = action->what == WRITE ? HP_WRITE : HP_READ;
	char *addr = hp_page(area, action->page);

	if (action->what == UNMAP) {
		hp_unmap(area);
	} else if (action->what == DROP) {
		hp_check_ok(madvise(addr, action->pages * area->page_size, MADV_DONTNEED));
	} else if (!action->works) {
		hp_check_fault(area, addr, access, SIGBUS, BUS_ADRERR);
	} else {
		hp_check_access(addr, access);
		if (action->what == WRITE)
			*(uint64_t *)addr = *last_word(area, action->page) = action->value;
		hp_check_eq(*(uint64_t *)addr, action->value);
		hp_check_eq(*last_word(area, action->page), action->value);
	}
}

static void run_child(void *arg)
{
	const struct run *run = arg;

	for (;;) {
		hp_meet(run->barrier);
		if (run->command->action.what == EXIT)
			return;
		hp_step("%s", run->command->step);
		do_action(run->area, &run->command->action);
		hp_meet(run->barrier);
	}
}

static void perform(struct run *run, bool child, struct action action)
{
	if (!child) {
		do_action(run->area, &action);
		return;
	}
	run->command->action = action;
	strcpy(run->command->step, run->step);
	hp_meet(run->barrier);
	hp_meet(run->barrier);
}

static void touch(struct run *run, bool child, struct action action)
{
	struct hp_model_mapping *mapping =
		child ? &run->child_mapping : &run->parent_mapping;
	long end = action.page + action.pages;

	for (; action.page < end; action.page++) {
		action.value = ++run->written;
		if (action.what == WRITE)
			action.works = hp_model_write(&run->memory, mapping, action.page,
						      action.value);
		else
			action.works = hp_model_read(&run->memory, mapping, action.page,
						     &action.value);
		hp_transcript_add("%s%s %ld %llu %d", child ? "child " : "",
				  action.what == WRITE ? "write" : "read", action.page,
				  (unsigned long long)action.value, action.works);
		perform(run, child, action);
		add_counts(&run->memory.pool);
		hp_check_model(&run->memory.pool);
	}
}

static void map(struct run *run, long pages)
{
	int flags = run->kind->flags;

	run->mapped = hp_model_map(&run->memory, &run->parent_mapping, pages, flags);
	run->refused = !run->mapped;
	hp_transcript_add("map %ld %d", pages, run->mapped);
	if (run->mapped)
		run->area = hp_map_file(run->fd, 0, pages, flags);
	else
		hp_check_errno(mmap(NULL, pages * hp_page_size, PROT_READ | PROT_WRITE,
				    flags, run->fd, 0),
			       ENOMEM);
}

static void unmap(struct run *run, bool child)
{
	bool *maps = child ? &run->child_maps : &run->mapped;

	if (!*maps)
		return;
	hp_transcript_add("%sunmap", child ? "child " : "");
	perform(run, child, (struct action){.what = UNMAP});
	hp_model_unmap(&run->memory, child ? &run->child_mapping : &run->parent_mapping);
	*maps = false;
}

static void fork_child(struct run *run)
{
	hp_require(!run->child, "a scenario has one child at a time");
	hp_transcript_add("fork");
	run->command = hp_shared(sizeof(*run->command));
	run->barrier = hp_barrier_new(2);
	if (run->mapped)
		hp_model_fork(&run->memory, &run->parent_mapping, &run->child_mapping);
	run->child_maps = run->mapped;
	run->child = hp_fork(run_child, run);
}

static void end_child(struct run *run)
{
	if (!run->child)
		return;
	hp_transcript_add("exit");
	run->command->action.what = EXIT;
	hp_meet(run->barrier);
	hp_wait_ok(run->child);
	if (run->child_maps)
		hp_model_unmap(&run->memory, &run->child_mapping);
	run->child_maps = false;
	run->child = 0;
}

/*
 * Determines surplus_holds from the first resize of the case that depends on it; another
 * case of the program, which is another process, does so anew.
 */
static void detect_surplus_holds(struct hp_model_pool *pool, long pages)
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

static void resize(struct run *run, long pages)
{
	struct hp_model_pool *pool = &run->memory.pool;

	hp_transcript_add("resize %ld", pages);
	hp_pool_resize_node(pool->home, pages);
	detect_surplus_holds(pool, pages);
	hp_model_resize(pool, pool->home, pages);
}

static void allocate(struct run *run, long page, long pages)
{
	off_t from = (off_t)page * (off_t)hp_page_size,
	      bytes = (off_t)pages * (off_t)hp_page_size;

	bool works = hp_model_fallocate(&run->memory, page, pages);

	hp_transcript_add("allocate %ld %ld %d", page, pages, works);
	if (works)
		hp_check_ok(fallocate(run->fd, 0, from, bytes));
	else
		hp_check_errno(fallocate(run->fd, 0, from, bytes), ENOSPC);
}

static void punch(struct run *run, long page, long pages)
{
	hp_transcript_add("punch %ld %ld", page, pages);
	hp_check_ok(hp_punch(run->fd, (uint64_t)page * hp_page_size,
			     (uint64_t)pages * hp_page_size));
	hp_model_punch(&run->memory, page, pages);
}

static void cut(struct run *run, long pages)
{
	hp_transcript_add("cut %ld", pages);
	hp_check_ok(ftruncate(run->fd, (off_t)pages * (off_t)hp_page_size));
	hp_model_truncate(&run->memory, pages);
}

static void drop(struct run *run, bool child, long page, long pages)
{
	hp_transcript_add("%sdrop %ld %ld", child ? "child " : "", page, pages);
	perform(run, child, (struct action){.what = DROP, .page = page, .pages = pages});
	hp_model_drop(&run->memory, child ? &run->child_mapping : &run->parent_mapping,
		      page, pages);
}

static void bind(struct run *run, int nth)
{
	hp_transcript_add("home %d", nth);
	hp_bind_process(run->memory.pool.home = hp_node(nth));
}

static void run_step(struct run *run, const char *step)
{
	bool child = !strncmp(step, "child ", 6);
	char verb[16];
	long a = 0, b = 1;

	hp_require(sscanf(step + (child ? 6 : 0), "%15s %ld %ld", verb, &a, &b) >= 1,
		   "an empty step");
	if (!strcmp(verb, "map"))
		map(run, a);
	else if (!strcmp(verb, "read"))
		touch(run, child, (struct action){.what = READ, .page = a, .pages = b});
	else if (!strcmp(verb, "write"))
		touch(run, child, (struct action){.what = WRITE, .page = a, .pages = b});
	else if (!strcmp(verb, "drop"))
		drop(run, child, a, b);
	else if (!strcmp(verb, "unmap"))
		unmap(run, child);
	else if (!strcmp(verb, "fork"))
		fork_child(run);
	else if (!strcmp(verb, "exit"))
		end_child(run);
	else if (!strcmp(verb, "cut"))
		cut(run, a);
	else if (!strcmp(verb, "punch"))
		punch(run, a, b);
	else if (!strcmp(verb, "allocate"))
		allocate(run, a, b);
	else if (!strcmp(verb, "resize"))
		resize(run, a);
	else if (!strcmp(verb, "home"))
		bind(run, (int)a);
	else
		hp_bail("unknown step of a scenario: %s", step);
	add_counts(&run->memory.pool);
	hp_check_model(&run->memory.pool);
}

/* Determines hp_model_memory.restores. Needs an available page, and no surplus pages. */
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

static void run_one(const struct hp_scenario *scenario, const struct hp_scenario_kind *kind,
		    long overcommit, int home)
{
	struct run run = {.kind = kind, .memory.restores = kernel_restores()};
	struct hp_model_pool *pool = &run.memory.pool;
	char *steps = strdup(scenario->steps), *rest = steps, *step;
	long total;

	*pool = hp_model_pool_now(overcommit, home);
	total = hp_model_total(pool);
	run.fd = hp_hugetlb_file();
	hp_transcript_begin(kind->variant.name, pool);
	for (int n = 1; !run.refused && (step = strsep(&rest, ",")); n++) {
		step += strspn(step, " ");
		snprintf(run.step, sizeof(run.step),
			 "%s (%s), pool of %ld, overcommit %ld, step %d: %s",
			 scenario->name, kind->variant.name, total, overcommit, n, step);
		hp_step("%s", run.step);
		run_step(&run, step);
	}
	hp_step("%s (%s), pool of %ld, overcommit %ld: everything is released",
		scenario->name, kind->variant.name, total, overcommit);
	end_child(&run);
	unmap(&run, false);
	hp_transcript_add("close");
	hp_check_ok(close(run.fd));
	hp_model_evict(&run.memory);
	add_counts(pool);
	hp_check_model(pool);
	hp_transcript_end();
	free(steps);
}

/* The kind of that name; an unknown one ends the case as broken. */
static const struct hp_scenario_kind *kind_named(const char *name)
{
	for (int i = 0; i < HP_SCENARIO_KINDS; i++)
		if (!strcmp(hp_scenario_kinds[i].variant.name, name))
			return &hp_scenario_kinds[i];
	hp_bail("no kind of scenarios is named %s", name);
}

/* Runs the scenario of the parameter `story`, once in a case. False: there is none. */
static bool run_story(void)
{
	static bool done;
	const char *text = hp_param("story");
	long pool, overcommit;
	char kind[32];
	int home, at = 0;

	if (!*text || done)
		return done;
	done = true;
	if (sscanf(text, "%31s %ld %ld:%n", kind, &pool, &overcommit, &at) != 3 || !at)
		hp_bail("the parameter story wants KIND POOL OVERCOMMIT: STEPS: %s", text);
	if (hp_hugetlb_gigantic(hp_page_size)) {
		hp_pool_leave(pool);
		home = hp_node(0);
		hp_bind_process(home);
	} else {
		hp_case_needs("hugetlb:4");
		home = hp_pool_one_node();
		if (overcommit)
			hp_pool_overcommit(overcommit);
		hp_pool_resize(pool);
		hp_check_pool(pool, pool, 0, 0);
	}
	run_one(&(struct hp_scenario){"story", text + at}, kind_named(kind), overcommit,
		home);
	return true;
}

void hp_run_scenario(const struct hp_scenario *scenario,
		     const struct hp_scenario_kind *kind, long overcommit, int home)
{
	if (!run_story())
		run_one(scenario, kind, overcommit, home);
}

static void run_gigantic(const struct hp_scenario *scenarios,
			 const struct hp_scenario_kind *kind)
{
	int home = hp_node(0);

	for (long pool = 2; pool >= 0; pool--) {
		/* The pages that hp_pool_leave() reserves may be on any node. */
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

	if (run_story())
		return;
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
