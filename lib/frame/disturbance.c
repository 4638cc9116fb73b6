// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A red point accuses the kernel. Before it does, this looks whether somebody else moved
 * what the case looked at: the pool, by who has pages mapped now that all of our processes
 * are gone, and by whether the pool moves all by itself; and the settings of huge pages.
 */
#include "frame/internal.h"
#include "observe/others.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* How long the pool is watched, and how often it is looked at, milliseconds. */
#define WATCH_MS 300
#define LOOK_MS  2

static struct hp_thp_settings settings;

void hp_disturbance_begin(void)
{
	hp_thp_settings_read(&settings);
}

static bool is_us(pid_t pid)
{
	return pid == getpid();
}

static bool is_of_case(pid_t pid)
{
	int n = atomic_load(&hp_board->procs);

	if (pid == getpid())
		return true;
	for (int i = 0; i < n && i < HP_MAX_PROCS; i++)
		if (atomic_load(&hp_board->proc[i].pid) == pid)
			return true;
	return false;
}

bool hp_pool_shared(char *buf, size_t len)
{
	const char *told = getenv("HUGEPROOF_POOL_USER");
	struct hp_other other;

	if (getenv("HUGEPROOF_LAB"))
		return false;
	if (told) {
		snprintf(buf, len, "%s", told);
		return true;
	}
	if (!hp_other_with_hugetlb(&other, is_of_case))
		return false;
	snprintf(buf, len, "process %d (%s) with %ld kB of huge pages", other.pid, other.name,
		 other.hugetlb_kb);
	return true;
}

void hp_about_pool(void)
{
	atomic_store(&hp_board->of_pool, 1);
}

static bool same_pool(const struct hp_hugetlb *a, const struct hp_hugetlb *b)
{
	return a->total == b->total && a->free == b->free && a->rsvd == b->rsvd &&
	       a->surp == b->surp;
}

/*
 * Nothing of ours runs: pages that are freed behind a process's exit have been waited for.
 * Who moves the pool now, or has pages of it mapped, may have done so before.
 */
static bool pool_moved(char *buf, size_t len)
{
	struct hp_hugetlb first, now;
	struct hp_other other;
	int moves = 0;
	bool found = false;

	if (!hp_page_size || hp_hugetlb_read(hp_page_size, &first))
		return false;
	for (int ms = 0; ms < WATCH_MS && !found; ms += LOOK_MS) {
		if (ms % (10 * LOOK_MS) == 0)
			found = hp_other_with_hugetlb(&other, is_us);
		if (hp_hugetlb_read(hp_page_size, &now))
			break;
		if (!same_pool(&first, &now)) {
			moves++;
			found = found || hp_other_with_hugetlb(&other, is_us);
		}
		first = now;
		nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000L}, NULL);
	}
	if (found)
		snprintf(buf, len,
			 "process %d (%s) has %ld kB of huge pages mapped as well, and the "
			 "pool moved %d times while nothing of ours ran",
			 other.pid, other.name, other.hugetlb_kb, moves);
	else if (moves > 1)
		snprintf(buf, len,
			 "the pool moved %d times in %d ms while nothing of ours ran", moves,
			 WATCH_MS);
	return found || moves > 1;
}

/*
 * What another user of the pool can bring about: counters that moved, a page that was not
 * to be had, a set-up that found less than it wanted. A byte that is wrong is not his work.
 */
static bool pool_explains(const char *kind, const char *got)
{
	static const char *const shortages[] = {"ENOMEM", "ENOSPC", "EBUSY", "SIGBUS"};

	if (atomic_load(&hp_board->of_pool) || !strcmp(kind, "leak") ||
	    !strcmp(kind, "broken"))
		return true;
	for (size_t i = 0; i < sizeof(shortages) / sizeof(shortages[0]); i++)
		if (strstr(got, shortages[i]))
			return true;
	return false;
}

enum hp_disturbance hp_disturbance(const char *kind, const char *got, char *buf,
				   size_t len)
{
	struct hp_thp_settings now;
	char changed[768];

	/* In the lab's guest there is nobody else. */
	if (getenv("HUGEPROOF_LAB"))
		return HP_UNDISTURBED;
	if (pool_explains(kind, got) && pool_moved(buf, len))
		return HP_POOL_MOVED;
	hp_thp_settings_read(&now);
	if (hp_thp_settings_changed(&settings, &now, changed, sizeof(changed))) {
		settings = now;
		snprintf(buf, len, "settings were changed meanwhile: %s", changed);
		return HP_SETTINGS_CHANGED;
	}
	if (hp_board->foreign[0]) {
		snprintf(buf, len, "settings were changed meanwhile: %s",
			 hp_board->foreign);
		return HP_SETTINGS_CHANGED;
	}
	return HP_UNDISTURBED;
}
