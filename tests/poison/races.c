// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A page goes bad while others fault, copy, free, move or unpoison it. Whoever touches it
 * afterwards gets the error, or a page that is rightly another; nobody else is hurt, and
 * no memory is lost.
 */
#include "hugeproof.h"

/* Each costs a page of the pool until the case ends. */
static int rounds(void)
{
	if (hp_hugetlb_gigantic(hp_page_size))
		return 1;
	hp_case_needs("hugetlb:16");
	return 12;
}

struct race {
	struct hp_area *area; /* the first page goes bad, the second stays */
	struct hp_barrier *start;
	_Atomic bool done;
	bool certain; /* by then everybody must find the page bad */
};

/* Does something to the first page of the area, over and over, until told to stop. */
typedef void act(const struct race *race);

static act *against;
static int failed;

/* What an access may end in: success, or the error. */
static void access_or_error(volatile void *addr, enum hp_access access)
{
	struct hp_fault fault = hp_try(addr, access);

	hp_check(!fault.signo || (fault.signo == SIGBUS && fault.code == BUS_MCEERR_AR));
}

static void touch(const struct race *race)
{
	access_or_error(race->area->addr + 64, HP_READ);
	access_or_error(race->area->addr + hp_page_size / 2, HP_WRITE);
}

static void drop(const struct race *race)
{
	hp_check_ok(madvise(race->area->addr, hp_page_size, MADV_DONTNEED));
	access_or_error(race->area->addr, HP_READ);
}

static void protect(const struct race *race)
{
	hp_check_ok(mprotect(race->area->addr, hp_page_size, PROT_READ));
	hp_check_ok(mprotect(race->area->addr, hp_page_size, PROT_READ | PROT_WRITE));
	access_or_error(race->area->addr, HP_WRITE);
}

static void offline(const struct race *race)
{
	/* Once a round, for each costs a page too. Refused when it is bad already, or
	 * somebody has it. */
	static bool offlined;

	if (!offlined)
		offlined = !hp_soft_offline(race->area->addr);
	access_or_error(race->area->addr, HP_READ);
}

static void hammer(void *arg)
{
	struct race *race = arg;

	hp_heed_news();
	hp_meet(race->start);
	do {
		against(race);
		/* The neighbour is nobody's error. */
		hp_check_access(hp_page(race->area, 1), HP_READ);
	} while (!race->done);
	if (race->certain)
		hp_check_poisoned(race->area->addr, HP_READ, hp_page_size);
}

static void one_round(int type, act *what, int round)
{
	struct race *race = hp_shared(sizeof(*race));
	struct hp_fault told;
	int error;
	pid_t other;

	against = what;
	race->area = hp_map_hugetlb(2, type);
	race->start = hp_barrier(2);
	hp_fill(race->area, 'r');
	hp_heed_news();
	other = hp_fork(hammer, race);
	hp_step("round %d", round);
	hp_meet(race->start);
	/* EBUSY: somebody was at it just then. It is bad all the same. */
	told = hp_poison_in_use(race->area->addr, &error);
	failed += error != 0;
	if (told.signo)
		hp_check_told(told, BUS_MCEERR_AR, race->area->addr, hp_page_size);
	race->certain = !error && type == MAP_SHARED;
	race->done = true;
	hp_wait_ok(other);
	/* Where the kernel failed to unmap it, it is still there. */
	if (!error)
		hp_check_poisoned(race->area->addr, HP_READ, hp_page_size);
	hp_check_page_filled(race->area, 1, 'r');
	hp_unmap(race->area);
}

static void race_against(int type, act *what)
{
	for (int round = 0, n = rounds(); round < n; round++)
		one_round(type, what, round);
	hp_observed("rounds in which the kernel said Failed", failed ? "some" : "none");
}

HP_CASE(fault_shared, "shared: reads and writes")
{
	race_against(MAP_SHARED, touch);
}

HP_CASE(fault_private, "private: reads, and writes that copy")
{
	race_against(MAP_PRIVATE, touch);
}

HP_CASE(drop_private, "private: MADV_DONTNEED and faults, while a child has it too")
{
	race_against(MAP_PRIVATE, drop);
}

HP_CASE(drop_shared, "shared: MADV_DONTNEED and faults")
{
	race_against(MAP_SHARED, drop);
}

HP_CASE(protect_shared, "shared: mprotect and faults")
{
	race_against(MAP_SHARED, protect);
}

HP_CASE(offline_shared, "shared: soft offline of the same page")
{
	if (!hp_hugetlb_gigantic(hp_page_size))
		hp_case_needs("hugetlb:28");
	race_against(MAP_SHARED, offline);
}

HP_PROGRAM(.summary = "a page that goes bad under others hurts nobody else",
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap", "pool:control",
			     "hugetlb:3"),
	   .poisons = true, .seconds = 30,
	   .log_allows = HP_LINES("Soft offlining pfn", "soft offline:", "soft_offline"),
	   .source = "mm/memory-failure.c")
