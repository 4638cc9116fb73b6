/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What fixtures, and engines (lib/race, lib/load) that fork and run threads by themselves,
 * need of the frame, beyond what programs do.
 */
#ifndef HP_FRAME_ENGINE_H
#define HP_FRAME_ENGINE_H

#include "frame/check.h"
#include "frame/guard.h"

#include <stdbool.h>
#include <stddef.h>

/* Exit statuses of the processes of a case; what a check found is in the case's state. */
enum { HP_EXIT_OK = 0, HP_EXIT_REPORTED = 125 };

/* True when a check of the case has failed, or ended it, in whatever process. */
bool hp_case_is_over(void);

/* Ends the calling process: another one reports for the case. */
_Noreturn void hp_leave_quietly(void);

/*
 * Another thread or process is about to say it, or has: waits for that, and ends this one.
 */
_Noreturn void hp_leave_after_other(void);

/*
 * NULL when a need (HP_NEEDS; doc/formats.md lists them) is met; otherwise the reason and
 * what to do about it, in buf.
 */
const char *hp_need_unmet(const char *need, char *buf, size_t len);

/*
 * hp_fail_at for what took too long: first it looks, for 200 ms, whether others have the
 * processors or the memory for themselves. Then the case is tried again.
 */
_Noreturn void hp_fail_late_at(const struct hp_where *where, const char *expected,
			       const char *got, ...) HP_PRINTF(3);

/*
 * The same for a set-up that took too long: what ends the case next may be the work of
 * those who have the processors.
 */
void hp_took_too_long(void);

/*
 * The case is going to wait for that thread of the kernel, such as khugepaged: where it
 * does so in vain, and the thread was not let run, the case is tried again. 0: there is
 * none.
 */
void hp_will_wait_for(pid_t daemon);

/*
 * What is too late in this case is so without the time for which it was not let run: it is
 * only looked at who has the processors now.
 */
void hp_reckons_itself(void);

/* Ends the case as broken: the machine could not be set up for it. */
#define hp_bail(...) hp_broken_at(NULL, __VA_ARGS__)

/*
 * How often a case is tried that hp_disturbed_at() or hp_short_of() ends. One that others
 * disturb is tried as often as fits into 3 s, at least so often.
 */
#define HP_TRIES      3
#define HP_MOST_TRIES 30

/*
 * How much more this process may have in swap, kB, by what is free and by memory.swap.max
 * of its cgroups (v2); -1: there is no swap at all.
 */
long hp_swap_left_kb(void);

/*
 * Skips the case unless a file of sysfs, procfs or a cgroup may be written: a user may not,
 * and in a container such are read-only. A file that is not there is not skipped.
 */
void hp_need_writable(const char *path);

/* Whether this process has a capability, by its number (CAP_SYS_ADMIN is 21). */
bool hp_capable(int capability);

/*
 * From now on a failure of this process, and of those it forks, also tells what led to it:
 * tell writes that to buf. NULL: no more.
 */
void hp_set_history_writer(void (*write)(char *buf, size_t size));

/* Pages that compaction and NUMA balancing took to migrate since the case began. */
long hp_moved_by_kernel(void);

/*
 * Whether somebody else uses the pool under test: told by the runner, or a process seen to
 * have pages of hugetlb mapped just now. Writes who to buf. Never in the lab's guest.
 */
bool hp_pool_shared(char *buf, size_t len);

/*
 * Says that the check that is about to fail is of the pool's counters, which others move.
 */
void hp_about_pool(void);

/*
 * Says that the case maps huge pages of so many bytes, of which the kernel counts the
 * splits (stats/split): what fails when some were split by others is tried again. With
 * size 0: the case has pages split itself.
 */
void hp_about_splits(size_t size);

/* How many of that size were split since, on the whole machine. */
long hp_splits_since(void);

/*
 * Adds a figure to what the case reports: a JSON object in one line, as lib/load makes
 * them. From the case's own process alone.
 */
void hp_print_metric(const char *json);

/*
 * Time limits are multiplied by this (HUGEPROOF_TIME_SCALE), and nothing else is; not
 * beyond HP_MOST_SECONDS, so that a hang is noticed, unless the limit itself is longer.
 */
#define HP_MOST_SECONDS 600
double hp_time_scale(void);
double hp_scaled_seconds(double seconds);

/*
 * Runs body(arg), which leaves at the first access that raises SIGSEGV or SIGBUS, and tells
 * that signal; signo 0: it came to its end. What body changes and others read must be
 * volatile or atomic. Not to be nested.
 */
struct hp_fault hp_try_body(void (*body)(void *arg), void *arg);

/*
 * Makes a call that may raise SIGBUS for a memory error (BUS_MCEERR_*) while it runs, and
 * tells that signal; the call goes on to its end. *result is what it returned.
 */
struct hp_fault hp_try_call(int (*call)(void *arg), void *arg, int *result);

#endif
