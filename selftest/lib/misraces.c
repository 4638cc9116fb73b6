// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Races in which an actor does to the target what a broken kernel would. Not a test:
 * selftest/lib/test_race.py runs it and looks whether the oracle sees each.
 */
#include "hugeproof.h"

#define BASE 4096

static char kept[BASE];

static void race_with(const struct hp_actor *culprit)
{
	hp_race(&(struct hp_race){
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

static int nothing(struct hp_turn *turn)
{
	return turn->size ? 0 : EINVAL;
}

HP_CASE(right, "nobody does wrong")
{
	race_with(CULPRIT(nothing));
}

static int drop(struct hp_turn *turn)
{
	return madvise(turn->addr, turn->size, MADV_DONTNEED);
}

HP_CASE(lost, "a page is dropped, and nobody announces it")
{
	race_with(CULPRIT(drop));
}

HP_CASE(announced, "a page is dropped, and that is announced")
{
	race_with(CULPRIT(drop, .loses = HP_ON_ALL));
}

/* The first page as it was a while ago. */
static int restore_old(struct hp_turn *turn)
{
	if (turn->number == 0)
		memcpy(kept, turn->area->addr, BASE);
	else if (turn->number > 200)
		memcpy(turn->area->addr, kept, BASE);
	return 0;
}

HP_CASE(stale, "a page holds again what it held before")
{
	race_with(CULPRIT(restore_old));
}

static int restore_half(struct hp_turn *turn)
{
	if (turn->number == 0)
		memcpy(kept, turn->area->addr, BASE);
	else if (turn->number > 200)
		memcpy(turn->area->addr + BASE / 2, kept + BASE / 2, BASE / 2);
	return 0;
}

HP_CASE(torn, "half of a page is older than the other")
{
	race_with(CULPRIT(restore_half));
}

static int copy_neighbour(struct hp_turn *turn)
{
	if (turn->number > 100)
		memcpy(turn->area->addr, turn->area->addr + 7 * BASE, BASE);
	return 0;
}

HP_CASE(foreign, "a page holds another page's bytes")
{
	race_with(CULPRIT(copy_neighbour));
}

static int spoil_filling(struct hp_turn *turn)
{
	((volatile uint64_t *)turn->addr)[77] ^= 4;
	return 0;
}

HP_CASE(bit, "one bit of a word that nobody writes is another")
{
	race_with(CULPRIT(spoil_filling));
}

static int forbid(struct hp_turn *turn)
{
	hp_check_ok(mprotect(turn->area->addr, turn->area->size, PROT_NONE));
	usleep(1000);
	return hp_errno(
		mprotect(turn->area->addr, turn->area->size, PROT_READ | PROT_WRITE));
}

HP_CASE(absent, "memory is gone for a moment, and nobody announces it")
{
	race_with(CULPRIT(forbid));
}

static int refuse(struct hp_turn *turn)
{
	return turn->number > 20 ? EPERM : 0;
}

HP_CASE(errno_unknown, "an operation returns what it must not")
{
	race_with(CULPRIT(refuse));
}

static int always_busy(struct hp_turn *turn)
{
	return turn->size ? EBUSY : 0;
}

HP_CASE(never_succeeds, "an actor never succeeds")
{
	race_with(CULPRIT(always_busy, .errnos = HP_ERRNOS(EBUSY)));
}

HP_CASE(no_event, "what the race is about never happens")
{
	hp_race(&(struct hp_race){.target = HP_ANON_THP,
				  .pages = 2,
				  .rounds = 20,
				  .actors = HP_ACTORS(&hp_act_write),
				  .events = HP_NEEDS("thp_split_page_failed")});
}

static int write_parent(struct hp_turn *turn)
{
	volatile uint64_t *own = (volatile uint64_t *)turn->addr;

	/* As if parent and child still shared the page. */
	own[0] = UINT64_C(0xcf) << 56 | (uint64_t)hp_turn_first(turn) << 32 |
		 (uint32_t)own[0];
	return 0;
}

HP_CASE(shared_after_fork, "what a child writes shows in its parent")
{
	race_with(CULPRIT(write_parent));
}

static int die(struct hp_turn *turn)
{
	if (turn->number > 20)
		raise(SIGKILL);
	return 0;
}

HP_CASE(killed, "a process of the race is killed")
{
	hp_race(&(struct hp_race){.target = HP_SHMEM_SHARED,
				  .pages = 1,
				  .processes = 2,
				  .rounds = 100000,
				  .actors = HP_ACTORS(&hp_act_write, CULPRIT(die))});
}

HP_PROGRAM(.summary = "does what a broken kernel would do to a race",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp"), .seconds = 30,
	   .source = "selftest/lib/test_race.py")
