// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Who is told of an error that nobody met: those who asked for it by prctl, or all but
 * those who declined when the sysctl says so; of a process the thread that asked.
 */
#include "hugeproof.h"

#include <pthread.h>
#include <sys/prctl.h>

#define SYSCTL "/proc/sys/vm/memory_failure_early_kill"
#define MANY   12

enum wish { NO_WISH, EARLY, LATE };

struct sharer {
	struct hp_area *area;
	struct hp_barrier *turn;
	enum wish wish;
	bool told;
};

static void share(void *arg)
{
	const struct sharer *sharer = arg;

	hp_heed_news();
	if (sharer->wish != NO_WISH)
		hp_early_kill(sharer->wish == EARLY);
	hp_check_filled(sharer->area, 'e');
	hp_meet(sharer->turn);
	hp_meet(sharer->turn);
	hp_check_eq(hp_news().count, sharer->told);
	if (sharer->told)
		hp_check_told(hp_news().last, BUS_MCEERR_AO, sharer->area->addr,
			      hp_page_size);
	hp_check_poisoned(sharer->area->addr, HP_READ, hp_page_size);
}

/* The parent's page goes bad, with nobody there, under that many sharers. */
static void goes_bad(int sharers, enum wish wish, const char *sysctl, bool told)
{
	struct sharer sharer = {hp_map_hugetlb(1, MAP_SHARED), hp_barrier(sharers + 1),
				wish, told};
	pid_t pids[MANY];

	hp_require(!hp_setting(SYSCTL, sysctl), "cannot write " SYSCTL);
	hp_heed_news();
	hp_fill(sharer.area, 'e');
	for (int i = 0; i < sharers; i++)
		pids[i] = hp_fork(share, &sharer);
	hp_meet(sharer.turn);
	hp_check_eq(hp_poison_frame(hp_frame(sharer.area->addr)), 0);
	hp_meet(sharer.turn);
	for (int i = 0; i < sharers; i++)
		hp_wait_ok(pids[i]);
}

HP_CASE(by_default, "nobody is told, with the sysctl off and no wish")
{
	goes_bad(2, NO_WISH, "0", false);
}

HP_CASE(asked, "PR_MCE_KILL_EARLY: told, with the sysctl off")
{
	goes_bad(1, EARLY, "0", true);
}

HP_CASE(many, "each of twelve processes that asked is told once")
{
	goes_bad(MANY, EARLY, "0", true);
}

HP_CASE(by_sysctl, "with the sysctl on everybody is told")
{
	goes_bad(2, NO_WISH, "1", true);
}

HP_CASE(declined, "PR_MCE_KILL_LATE: not told, with the sysctl on")
{
	goes_bad(2, LATE, "1", false);
}

static void *ask(void *arg)
{
	const struct sharer *sharer = arg;

	hp_early_kill(true);
	hp_meet(sharer->turn);
	hp_meet(sharer->turn);
	hp_check_eq(hp_news().count, 1);
	hp_check_eq(hp_news().thread, gettid());
	return NULL;
}

HP_CASE(thread, "of a process's threads the one that asked is told")
{
	struct sharer sharer = {hp_map_hugetlb(1, MAP_SHARED), hp_barrier(2), EARLY, true};
	pthread_t thread;

	hp_require(!hp_setting(SYSCTL, "0"), "cannot write " SYSCTL);
	hp_heed_news();
	hp_fill(sharer.area, 'e');
	hp_require(!pthread_create(&thread, NULL, ask, &sharer), "no thread");
	hp_meet(sharer.turn);
	hp_check_eq(hp_poison_frame(hp_frame(sharer.area->addr)), 0);
	hp_meet(sharer.turn);
	pthread_join(thread, NULL);
}

static void asked_and_unprepared(void *arg)
{
	const struct sharer *sharer = arg;

	hp_early_kill(true);
	hp_check_filled(sharer->area, 'e');
	hp_meet(sharer->turn);
	for (;;)
		pause();
}

HP_CASE(unprepared, "who asked and has no handler for it is killed by SIGBUS")
{
	struct sharer sharer = {hp_map_hugetlb(1, MAP_SHARED), hp_barrier(2), EARLY, true};
	struct hp_end end;
	pid_t pid;

	hp_fill(sharer.area, 'e');
	pid = hp_fork(asked_and_unprepared, &sharer);
	hp_meet(sharer.turn);
	hp_check_eq(hp_poison_frame(hp_frame(sharer.area->addr)), 0);
	end = hp_check_killed(pid, SIGBUS);
	hp_check_eq(end.code, BUS_MCEERR_AO);
}

HP_PROGRAM(.summary = "early kill tells those who asked for it, and nobody else",
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap", "hugetlb:1"),
	   .poisons = true, .source = "prctl(2), Documentation/admin-guide/sysctl/vm.rst")
