/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Parts of the frame for fixtures, and for engines (lib/race, lib/load) that manage
 * processes and threads themselves. Not for programs.
 */
#ifndef HP_FRAME_ENGINE_H
#define HP_FRAME_ENGINE_H

#include "frame/check.h"
#include "frame/guard.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Declares a parameter of every program that uses an engine, beside those of the program
 * itself: {name, default, summary}, all of them strings.
 */
#define HP_ENGINE_PARAM(id, ...)                                                           \
	static const struct hp_parameter hp_param_##id = {__VA_ARGS__};                    \
	static const struct hp_parameter *const hp_param_entry_##id                        \
		__attribute__((section("hp_params"), used)) = &hp_param_##id

/* Exit statuses of the processes of a case. The outcome itself is in the case's state. */
enum { HP_EXIT_OK = 0, HP_EXIT_REPORTED = 125 };

/* True once a check has ended the case, in any of its processes. */
bool hp_case_is_over(void);

/* Exits without a report: another process reports for the case. */
_Noreturn void hp_leave_quietly(void);

/* Waits until another thread or process has reported, and exits. */
_Noreturn void hp_leave_after_other(void);

/*
 * Returns NULL when a need (HP_NEEDS; doc/formats.md lists them) is met; otherwise buf,
 * with the reason and how to fix it.
 */
const char *hp_need_unmet(const char *need, char *buf, size_t len);

/*
 * hp_fail_at() for a time-out: samples for 200 ms whether other processes occupy the CPUs
 * or compact memory. If so, the case is tried again.
 */
_Noreturn void hp_fail_late_at(const struct hp_where *where, const char *expected,
			       const char *got, ...) HP_PRINTF(3);

/*
 * The same for a set-up that timed out: samples, but leaves it to the caller to end the
 * case.
 */
void hp_took_too_long(void);

/*
 * Declares that the case will wait for a kernel thread, such as khugepaged: if the wait
 * times out because the thread did not get a CPU, the case is tried again. 0: none.
 */
void hp_will_wait_for(pid_t daemon);

/*
 * Declares that the case's own deadlines exclude the time that it waited for a CPU: after a
 * time-out, only the present use of the CPUs is sampled.
 */
void hp_deadlines_exclude_delay(void);

/* Ends the case as broken: the set-up failed. */
#define hp_bail(...) hp_broken_at(NULL, __VA_ARGS__)

/*
 * How often a case is tried that hp_disturbed_at() or hp_short_of() ends. A disturbed one
 * is tried for up to 3 s, at least HP_TRIES times.
 */
#define HP_TRIES      3
#define HP_MOST_TRIES 30

/*
 * The swap space left for this process, kB: free swap, limited by memory.swap.max of its
 * cgroups (v2); -1: there is no swap at all.
 */
long hp_swap_left_kb(void);

/*
 * Skips the case unless a file of sysfs, procfs or a cgroup is writable: it is not for
 * users, nor in containers. A missing file does not skip.
 */
void hp_need_writable(const char *path);

/* Whether this process has a capability, given by number (CAP_SYS_ADMIN is 21). */
bool hp_capable(int capability);

/*
 * From now on, a failure of this process or its children reports what led to it as well:
 * write() writes that to buf. NULL: no longer.
 */
void hp_set_history_writer(void (*write)(char *buf, size_t size));

/* Pages that compaction and NUMA balancing isolated for migration since the case began. */
long hp_moved_by_kernel(void);

/*
 * Whether another process uses the pool under test: as the runner found, or because it has
 * hugetlb pages mapped now. Describes it in buf. Always false in the lab's guest.
 */
bool hp_pool_shared(char *buf, size_t len);

/*
 * Declares that the check that is about to fail is about the pool's counters, which other
 * processes can change.
 */
void hp_about_pool(void);

/*
 * Declares that the case maps huge pages of this size, whose splits the kernel counts
 * (stats/split): if others split some, a failure is tried again. Size 0: the case splits
 * pages itself.
 */
void hp_about_splits(size_t size);

/* Number of pages of that size that were split since then, on the whole machine. */
long hp_splits_since(void);

/*
 * Adds a metric to the case's report: a JSON object on one line, as lib/load prints them.
 * Only for the case's first process.
 */
void hp_print_metric(const char *json);

/*
 * Only time limits are multiplied by this (HUGEPROOF_TIME_SCALE). The product is at most
 * HP_MOST_SECONDS, so that a hang is noticed, unless the limit itself is longer.
 */
#define HP_MOST_SECONDS 600
double hp_time_scale(void);
double hp_scaled_seconds(double seconds);

/*
 * Runs body(arg), and leaves it at the first access that raises SIGSEGV or SIGBUS. Returns
 * that signal; signo 0: body returned. Objects that body changes and that are read
 * afterwards must be volatile or atomic. Cannot be nested.
 */
struct hp_fault hp_try_body(void (*body)(void *arg), void *arg);

/*
 * Makes a call during which SIGBUS for a memory error (BUS_MCEERR_*) may arrive, and
 * returns that signal; the call itself continues. *result is the call's return value.
 */
struct hp_fault hp_try_call(int (*call)(void *arg), void *arg, int *result);

#endif
