// SPDX-License-Identifier: LGPL-2.1-or-later
/* Runs a race: sets it up, runs its processes, and judges the result. */
#include "race/race.h"
#include "frame/process.h"
#include "frame/case.h"
#include "frame/engine.h"
#include "observe/smaps.h"
#include "observe/vmstat.h"
#include "race/internal.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct race *hp_race_now;

/* The resident memory, kB, of the target's kind in this process. */
static long resident_kb(const struct race *race)
{
	struct hp_status status;
	int error = hp_status_read(0, &status);

	hp_require(!error, "cannot read status: %s", strerror(-error));
	if (HP_ON(race->kind) & HP_ON_HUGETLB)
		return status.hugetlb_pages;
	return race->kind == HP_SHMEM_SHARED ? status.rss_shmem : status.rss_anon;
}

/*
 * Writes all of the target once more through the mappings that the race has left, and
 * unmaps it: the process's RSS must decrease by exactly its size.
 */
static void check_resident(struct race *race, struct race_process *process)
{
	/* RSS counters are batched per CPU (lib/percpu_counter.c). */
	long slack = 64 * sysconf(_SC_NPROCESSORS_CONF) * (long)race->base / 1024, with,
	     fell;
	bool poisoned = false;

	for (size_t page = 0; page < race->pages; page++)
		poisoned |= process->entries[page].ever_bad;
	if (poisoned)
		return;
	for (size_t page = 0; page < race->pages; page++)
		*(volatile uint64_t *)(process->area->addr + page * race->base + 8) = page;
	if (race->asked->when_full) {
		hp_meet(race->finish);
		if (!process->number)
			race->asked->when_full();
		hp_meet(race->finish);
	}
	/*
	 * Pages in a shared page table are accounted to the process that mapped them first.
	 */
	if (race->asked->whole_span)
		return;
	with = resident_kb(race);
	hp_target_unmap(race, process);
	fell = with - resident_kb(race);
	hp_check_range(fell, (long)(race->area->size / 1024) - slack,
		       (long)(race->area->size / 1024) + slack);
}

static void run_process(void *arg)
{
	struct race_process *process = arg;
	struct race *race = hp_race_now;

	hp_catch_action_optional();
	hp_step("racing");
	hp_race_work(process);
	hp_step("the last check");
	hp_meet(race->finish);
	hp_shadow_check_all(process);
	/* All processes must have checked before check_resident() writes. */
	hp_meet(race->finish);
	check_resident(race, process);
}

static const char *unmet(const struct hp_actor *actor, char *buf, size_t size)
{
	for (int i = 0; actor->needs && actor->needs[i]; i++)
		if (hp_need_unmet(actor->needs[i], buf, size))
			return buf;
	return actor->unmet ? actor->unmet(buf, size) : NULL;
}

const char *hp_actor_unsuitable(const struct hp_actor *actor,
				const struct hp_actor *const *others, enum hp_target target,
				char *buf, size_t size)
{
	const unsigned int on = HP_ON(target);

	if (!(actor->targets & on)) {
		snprintf(buf, size, "%s makes no sense on %s", actor->name,
			 hp_target_name(target));
		return buf;
	}
	for (; *others; others++) {
		/*
		 * Dropped pages read as the zero page, which must not be offlined or
		 * poisoned.
		 */
		if (!actor->takes_frames || (*others)->takes_frames ||
		    !((*others)->loses & on & HP_ON_ANON))
			continue;
		snprintf(buf, size, "%s would take the zero page, with %s", actor->name,
			 (*others)->name);
		return buf;
	}
	return NULL;
}

static void check_events(const struct hp_race *asked, const struct hp_vmstat *before)
{
	struct hp_vmstat after;

	if (hp_vmstat_read(&after))
		hp_bail("cannot read /proc/vmstat");
	for (int i = 0; asked->events && asked->events[i]; i++) {
		long grown = hp_vmstat_count(&after, asked->events[i]) -
			     hp_vmstat_count(before, asked->events[i]);

		if (grown <= 0)
			hp_fail_at(HP_HERE("the race made its events"), "at least one",
				   "no %s", asked->events[i]);
	}
}

/* An actor whose operations all failed has not raced. */
static void check_successes(const struct race *race)
{
	for (int actor = 0; actor < race->actors; actor++) {
		long done = 0, ops = 0;
		const struct hp_worker *worker = NULL;

		for (int w = actor; w < race->workers; w += race->actors) {
			worker = &race->worker[w];
			ops += worker->ops;
			for (int i = 0; i < MAX_ERRNOS; i++)
				if (!worker->results[i].error)
					done += worker->results[i].times;
		}
		if (!done && !race->asked->may_never_succeed &&
		    !worker->actor->may_never_succeed)
			hp_fail_at(HP_HERE("every actor succeeds at times"),
				   "at least once",
				   "of %ld operations of %s none did; the last returned %s",
				   ops, worker->actor->name,
				   ops ? strerrorname_np(worker->results[0].error)
				       : "nothing");
	}
}

/* Maps the target's huge pages with PTEs, without splitting the folios. */
static void split_mappings(const struct race *race)
{
	for (size_t huge = 0; huge < race->huge_pages; huge++) {
		char *at = race->area->addr + huge * race->huge;

		hp_check_ok(mprotect(at, race->base, PROT_READ));
		hp_check_ok(mprotect(at, race->base, PROT_READ | PROT_WRITE));
	}
}

/*
 * Selects all of .actors, and those of .also that are possible. Skips the case if one of
 * .actors is not.
 */
static void choose_actors(struct race *race)
{
	const struct hp_race *asked = race->asked;
	char reason[512], without[160] = "";

	for (int i = 0; asked->actors[i]; i++) {
		hp_require(!hp_actor_unsuitable(asked->actors[i], asked->actors,
						asked->target, reason, sizeof(reason)),
			   "%s", reason);
		if (unmet(asked->actors[i], reason, sizeof(reason)))
			hp_skip_case("%s: %s", asked->actors[i]->name, reason);
		hp_require(race->actors < MAX_WORKERS, "too many actors");
		race->actor[race->actors++] = asked->actors[i];
	}
	for (int i = 0; asked->also && asked->also[i]; i++) {
		const struct hp_actor *actor = asked->also[i];

		if (hp_actor_unsuitable(actor, race->actor, asked->target, reason,
					sizeof(reason)))
			continue;
		if (unmet(actor, reason, sizeof(reason)))
			snprintf(without + strlen(without),
				 sizeof(without) - strlen(without), "%s%s",
				 without[0] ? ", " : "", actor->name);
		else if (race->actors < MAX_WORKERS - 1)
			race->actor[race->actors++] = actor;
	}
	if (without[0])
		hp_observed("not on this machine", "%s", without);
}

static struct race *prepare(const struct hp_race *asked)
{
	struct race *race = hp_shared(sizeof(*race));

	hp_race_now = race;
	race->asked = asked;
	race->processes = asked->processes ? asked->processes : 1;
	choose_actors(race);
	race->workers = race->processes * race->actors;
	hp_require(race->workers <= MAX_WORKERS && race->processes < 15,
		   "a race has at most %d workers and 14 processes", MAX_WORKERS);
	/* malloc() must not map memory into unmapped parts of the target. */
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_MMAP_THRESHOLD, 1 << 30);
	race->process = hp_shared(race->processes * sizeof(*race->process));
	race->worker = hp_shared(race->workers * sizeof(*race->worker));
	race->start = hp_barrier_new(race->workers + 1);
	race->finish = hp_barrier_new(race->processes);
	hp_target_make(race);
	hp_shadow_make(race);
	for (int w = 0; w < race->workers; w++) {
		race->worker[w].actor = race->actor[w % race->actors];
		race->worker[w].process = &race->process[w / race->actors];
		race->worker[w].index = w;
	}
	hp_shadow_fill(race);
	if (asked->pte_mapped)
		split_mappings(race);
	return race;
}

/* Reports what the race is, with those of .also that this machine supports. */
static void show(const struct hp_race *asked)
{
	struct race race = {.asked = asked};

	choose_actors(&race);
	hp_observed("race",
		    "target=%s pages=%zu page_kb=%zu processes=%d pte_mapped=%d "
		    "whole_span=%d rounds=%ld",
		    hp_target_name(asked->target), asked->pages, asked->page_kb,
		    asked->processes ? asked->processes : 1, asked->pte_mapped,
		    asked->whole_span, asked->rounds);
	for (int i = 0; i < race.actors; i++) {
		char key[32];

		snprintf(key, sizeof(key), "actor %d", i + 1);
		hp_observed(key, "%s", race.actor[i]->name);
	}
}

void hp_race_run(const struct hp_race *declared)
{
	const struct hp_race *asked = hp_narrowed(declared);
	struct hp_vmstat before;
	struct race *race;

	if (hp_narrow_shows()) {
		show(asked);
		return;
	}
	race = prepare(asked);
	if (hp_vmstat_read(&before))
		hp_bail("cannot read /proc/vmstat");
	hp_set_history_writer(hp_record_history);
	hp_deadlines_exclude_delay();
	for (int i = 1; i < race->processes; i++)
		race->process[i].pid = hp_fork(run_process, &race->process[i]);
	run_process(&race->process[0]);
	for (int i = 1; i < race->processes; i++)
		hp_wait_ok(race->process[i].pid);
	hp_set_history_writer(NULL);
	hp_record_report(race);
	check_successes(race);
	check_events(asked, &before);
}
