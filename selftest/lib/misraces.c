// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Races in which an actor corrupts the target as a faulty kernel would. Not a test:
 * selftest/lib/test_race.py runs it and checks that the oracle detects each.
 */
#include "hugeproof.h"
#include "race/race.h"
#include "race/series.h"

#include <pthread.h>
#include <sched.h>

#define BASE 4096

/* Enough pages that other actors certainly write to one of them meanwhile. */
static char kept[64 * BASE];

static void race_with(const struct hp_actor *culprit)
{
	hp_race_run(&(struct hp_race){
		.target = HP_ANON_THP,
		.pages = 2,
		.rounds = 400,
		.actors = HP_ACTORS(&hp_act_write, &hp_act_write, &hp_act_read, culprit),
	});
}

#define CULPRIT(function, ...)                                                             \
	(&(const struct hp_actor){.name = "culprit",                                       \
				  .summary = "does wrong",                                 \
				  .act = function,                                         \
				  .targets = HP_ON_ALL,                                    \
				  .range = HP_BASE_PAGE,                                   \
				  __VA_ARGS__})

static int nothing(struct hp_operation *op)
{
	return op->size ? 0 : EINVAL;
}

HP_CASE(right, "no actor misbehaves")
{
	race_with(CULPRIT(nothing));
}

static int drop(struct hp_operation *op)
{
	return madvise(op->addr, op->size, MADV_DONTNEED);
}

HP_CASE(lost, "a page is dropped without an announcement")
{
	race_with(CULPRIT(drop));
}

HP_CASE(announced, "a page is dropped with an announcement")
{
	race_with(CULPRIT(drop, .loses = HP_ON_ALL));
}

static void find_fault(void)
{
	hp_check_errno(munmap(NULL, 0), ENOENT);
}

HP_CASE(when_full, "the check at the end, with the target full, fails")
{
	hp_race_run(&(struct hp_race){
		.target = HP_ANON_THP,
		.pages = 2,
		.processes = 2,
		.rounds = 20,
		.actors = HP_ACTORS(&hp_act_write, CULPRIT(drop, .loses = HP_ON_ALL)),
		.when_full = find_fault,
	});
}

/* Restores old contents of the first pages. */
static int restore_old(struct hp_operation *op)
{
	if (op->number == 0)
		memcpy(kept, op->area->addr, sizeof(kept));
	else if (op->number > 200)
		memcpy(op->area->addr, kept, sizeof(kept));
	return 0;
}

HP_CASE(stale, "a page has old contents again")
{
	race_with(CULPRIT(restore_old));
}

static int restore_half(struct hp_operation *op)
{
	if (op->number == 0)
		memcpy(kept, op->area->addr, sizeof(kept));
	for (size_t page = 0; op->number > 200 && page < sizeof(kept); page += BASE)
		memcpy(op->area->addr + page + BASE / 2, kept + page + BASE / 2, BASE / 2);
	return 0;
}

HP_CASE(torn, "half of a page is older than the other")
{
	race_with(CULPRIT(restore_half));
}

static int copy_neighbour(struct hp_operation *op)
{
	if (op->number > 100)
		memcpy(op->area->addr, op->area->addr + 7 * BASE, BASE);
	return 0;
}

HP_CASE(foreign, "a page holds another page's bytes")
{
	race_with(CULPRIT(copy_neighbour));
}

static int spoil_filling(struct hp_operation *op)
{
	((volatile uint64_t *)op->addr)[77] ^= 4;
	return 0;
}

HP_CASE(bit, "one bit of the constant filling is flipped")
{
	race_with(CULPRIT(spoil_filling));
}

static int forbid(struct hp_operation *op)
{
	hp_check_ok(mprotect(op->area->addr, op->area->size, PROT_NONE));
	usleep(1000);
	return hp_errno(mprotect(op->area->addr, op->area->size, PROT_READ | PROT_WRITE));
}

HP_CASE(absent, "memory is inaccessible for a moment, without an announcement")
{
	race_with(CULPRIT(forbid));
}

static int refuse(struct hp_operation *op)
{
	return op->number > 20 ? EPERM : 0;
}

HP_CASE(errno_unknown, "an operation returns what it must not")
{
	race_with(CULPRIT(refuse));
}

static int always_busy(struct hp_operation *op)
{
	return op->size ? EBUSY : 0;
}

HP_CASE(never_succeeds, "an actor never succeeds")
{
	race_with(CULPRIT(always_busy, .errnos = HP_ERRNOS(EBUSY)));
}

static int take_a_while(struct hp_operation *op)
{
	return op->size ? usleep(500) : EINVAL;
}

static void two_sleepers(size_t pages, bool alone)
{
	const struct hp_actor one = {.name = "one",
				     .summary = "sleeps",
				     .act = take_a_while,
				     .targets = HP_ON_ALL,
				     .range = HP_HUGE_PAGE,
				     .alone = alone};
	struct hp_actor other = one;

	other.name = "other";
	hp_race_run(&(struct hp_race){.target = HP_ANON_THP,
				      .pages = pages,
				      .rounds = 200,
				      .actors = HP_ACTORS(&one, &other)});
}

HP_CASE(meet, "two actors sleep on one huge page at the same time")
{
	two_sleepers(1, false);
}

HP_CASE(meet_at_times, "two actors sleep on one of eight huge pages each")
{
	two_sleepers(8, false);
}

HP_CASE(take_turns, "two actors sleep on one huge page, and take turns")
{
	two_sleepers(1, true);
}

HP_CASE(no_event, "what the race is about never happens")
{
	hp_race_run(&(struct hp_race){.target = HP_ANON_THP,
				      .pages = 2,
				      .rounds = 20,
				      .actors = HP_ACTORS(&hp_act_write),
				      .events = HP_NEEDS("thp_split_page_failed")});
}

static int write_parent(struct hp_operation *op)
{
	volatile uint64_t *own = (volatile uint64_t *)op->addr;

	/* As if parent and child still shared the page. */
	own[0] = UINT64_C(0xcf) << 56 | (uint64_t)hp_operation_first(op) << 32 |
		 (uint32_t)own[0];
	return 0;
}

HP_CASE(shared_after_fork, "what a child writes shows in its parent")
{
	race_with(CULPRIT(write_parent));
}

static int die(struct hp_operation *op)
{
	if (op->number > 20)
		raise(SIGKILL);
	return 0;
}

HP_CASE(killed, "a process of the race is killed")
{
	hp_race_run(&(struct hp_race){.target = HP_SHMEM_SHARED,
				      .pages = 1,
				      .processes = 2,
				      .rounds = 100000,
				      .actors = HP_ACTORS(&hp_act_write, CULPRIT(die))});
}

static void race_with_time(const struct hp_actor *culprit)
{
	hp_race_run(&(struct hp_race){.target = HP_ANON_THP,
				      .pages = 1,
				      .rounds = 3,
				      .hang_seconds = 1,
				      .actors = HP_ACTORS(&hp_act_read, culprit)});
}

static int sleep_long(struct hp_operation *op)
{
	if (op->number == 1)
		sleep(4);
	return 0;
}

HP_CASE(hangs, "an operation sleeps for longer than one may take")
{
	race_with_time(CULPRIT(sleep_long));
}

static _Atomic int burning;

static void *burn(void *arg)
{
	while (burning)
		;
	return arg;
}

/* Stays runnable for 2 s without running, since another thread occupies its only CPU. */
static int starve(struct hp_operation *op)
{
	struct sched_param none = {0};
	int64_t ends = hp_now_ns() + INT64_C(2000000000);
	cpu_set_t one, were;
	pthread_t thread;

	if (op->number != 1)
		return 0;
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	hp_check_ok(sched_getaffinity(0, sizeof(were), &were));
	hp_check_ok(sched_setaffinity(0, sizeof(one), &one));
	burning = 1;
	hp_check_eq(pthread_create(&thread, NULL, burn, NULL), 0);
	hp_check_ok(sched_setscheduler(0, SCHED_IDLE, &none));
	while (hp_now_ns() < ends)
		;
	hp_check_ok(sched_setscheduler(0, SCHED_OTHER, &none));
	burning = 0;
	pthread_join(thread, NULL);
	hp_check_ok(sched_setaffinity(0, sizeof(were), &were));
	return 0;
}

HP_CASE(starved, "an operation is kept from running for longer than one may take")
{
	race_with_time(CULPRIT(starve));
}

HP_PROGRAM(.summary = "does what a broken kernel would do to a race",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp"), .seconds = 30,
	   .sources = HP_SOURCES({"selftest", "selftest/lib/test_race.py"}))
