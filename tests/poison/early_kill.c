// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which processes get SIGBUS for a memory error that they have not accessed: those with
 * PR_MCE_KILL_EARLY, or with the sysctl set all but those with PR_MCE_KILL_LATE; and in a
 * process the thread that asked.
 */
#include "hugeproof.h"

#include <sys/prctl.h>

#define SYSCTL "/proc/sys/vm/memory_failure_early_kill"
#define MANY   12

enum wish { NO_WISH, EARLY, LATE };

struct sharer {
	struct hp_area *area;
	struct hp_barrier *barrier; /* of a thread */
	enum wish wish;
	bool signalled;
};

static void map_it(void *arg)
{
	const struct sharer *sharer = arg;

	hp_catch_action_optional();
	if (sharer->wish != NO_WISH)
		hp_early_kill(sharer->wish == EARLY);
	hp_check_filled(sharer->area, 'e');
}

static void look(void *arg)
{
	const struct sharer *sharer = arg;

	hp_check_eq(hp_action_optional().count, sharer->signalled);
	if (sharer->signalled)
		hp_check_mce_signal(hp_action_optional().last, BUS_MCEERR_AO,
				    sharer->area->addr, hp_page_size);
	hp_check_poisoned(sharer->area->addr, HP_READ, hp_page_size);
}

/* Sets the sysctl, and maps and fills a shared page. */
static struct hp_area *filled(const char *sysctl)
{
	struct hp_area *area = hp_map_hugetlb(1, MAP_SHARED);

	hp_require(!hp_setting(SYSCTL, sysctl), "cannot write " SYSCTL);
	hp_catch_action_optional();
	hp_fill(area, 'e');
	return area;
}

static void poison(const struct hp_area *area)
{
	hp_check_eq(hp_poison_pfn(hp_pfn(area->addr)), 0);
}

/* A page is poisoned that several processes map and none accesses. */
static const struct way {
	struct hp_variant variant;
	enum wish wish;
	const char *sysctl;
	int sharers;
} ways[] = {
	{{"by_default", "no process with early_kill=0"}, NO_WISH, "0", 2},
	{{"asked", "a process with PR_MCE_KILL_EARLY"}, EARLY, "0", 1},
	{{"many", "twelve processes with PR_MCE_KILL_EARLY"}, EARLY, "0", MANY},
	{{"by_sysctl", "all processes with early_kill=1"}, NO_WISH, "1", 2},
	{{"declined", "no process with PR_MCE_KILL_LATE"}, LATE, "1", 2},
};

HP_ROW_CASES(goes_bad, "a memory error signals %s", ways, way)
{
	/* The policy of the process takes precedence over the sysctl. */
	bool signalled = way->wish == NO_WISH ? way->sysctl[0] == '1' : way->wish == EARLY;
	struct sharer sharer = {filled(way->sysctl), NULL, way->wish, signalled};
	struct hp_paused *sharers[MANY];

	for (int i = 0; i < way->sharers; i++)
		sharers[i] = hp_fork_paused(map_it, look, &sharer);
	poison(sharer.area);
	for (int i = 0; i < way->sharers; i++)
		hp_resume_ok(sharers[i]);
}

static void *ask(void *arg)
{
	const struct sharer *sharer = arg;

	hp_early_kill(true);
	hp_meet(sharer->barrier);
	hp_meet(sharer->barrier);
	hp_check_eq(hp_action_optional().count, 1);
	hp_check_eq(hp_action_optional().thread, gettid());
	return NULL;
}

HP_CASE(thread, "only the thread of a process that set PR_MCE_KILL_EARLY gets the signal")
{
	struct sharer sharer = {filled("0"), hp_barrier_new(2), EARLY, true};
	pthread_t thread = hp_thread(ask, &sharer);

	hp_meet(sharer.barrier);
	poison(sharer.area);
	hp_meet(sharer.barrier);
	hp_join(thread);
}

HP_CASE(unprepared, "a process with PR_MCE_KILL_EARLY and no handler is killed by SIGBUS")
{
	struct hp_area *area = hp_filled_hugetlb(1, MAP_SHARED, 'e');
	struct hp_paused *child;

	hp_paused_child(child) {
		hp_early_kill(true);
		hp_check_filled(area, 'e');
		hp_pause(child);
	}
	poison(area);
	hp_check_eq(hp_check_killed(hp_paused_pid(child), SIGBUS).code, BUS_MCEERR_AO);
}

HP_PROGRAM(.summary = "early kill signals the processes that asked for it and no others",
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap", "hugetlb:1"),
	   .poisons = true,
	   .sources = HP_SOURCES({"man", "prctl(2)"},
				 {"doc", "Documentation/admin-guide/sysctl/vm.rst"}))
