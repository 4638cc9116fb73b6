/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks judge the kernel; the first that does not hold ends the case and names
 * file, line, expected and got. They work in every process and thread of a case.
 */
#ifndef HP_FRAME_CHECK_H
#define HP_FRAME_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hp_where {
	const char *file, *check;
	int line;
};

#define HP_HERE(text) (&(const struct hp_where){__FILE__, text, __LINE__})

/* The condition holds. Prefer a check that can tell what it got instead. */
#define hp_check(condition)                                                                \
	do {                                                                               \
		if (!(condition))                                                          \
			hp_fail_at(HP_HERE(#condition), "true", "false");                  \
	} while (0)

/* Two integers are equal; the expected one comes second. */
#define hp_check_eq(got, expected)                                                         \
	hp_check_eq_at(HP_HERE(#got " == " #expected), (intmax_t)(got),                    \
		       (intmax_t)(expected))

/* Two integers: got is within low and high, both inclusive. */
#define hp_check_range(got, low, high)                                                     \
	hp_check_range_at(HP_HERE(#got " in " #low " to " #high), (intmax_t)(got),         \
			  (intmax_t)(low), (intmax_t)(high))

/* A system call succeeded: it did not return -1 (nor MAP_FAILED). */
#define hp_check_ok(call)                                                                  \
	({                                                                                 \
		__auto_type hp_result_ = (call);                                           \
		hp_check_ok_at(HP_HERE(#call), (intptr_t)hp_result_);                      \
		hp_result_;                                                                \
	})

/* A system call returned -1 (or MAP_FAILED) with this errno. */
#define hp_check_errno(call, error)                                                        \
	hp_check_errno_at(HP_HERE(#call " fails with " #error), (intptr_t)(call), error)

/* The condition comes true within seconds (scaled); for state that the kernel changes
 * later. */
#define hp_eventually(condition, seconds)                                                  \
	do {                                                                               \
		int64_t hp_end_ = hp_deadline_ns(seconds);                                 \
		while (!(condition))                                                       \
			hp_wait_a_moment(HP_HERE(#condition), hp_end_, seconds);           \
	} while (0)

/*
 * Set-up that the case cannot do without. Failing it judges nobody: the case is broken, and
 * the next one runs. The text says what was wanted and what is there.
 */
#define hp_require(condition, ...)                                                         \
	do {                                                                               \
		if (!(condition)) {                                                        \
			hp_broken_at(HP_HERE(#condition), __VA_ARGS__);                    \
			__builtin_unreachable(); /* for cppcheck */                        \
		}                                                                          \
	} while (0)

/*
 * Like hp_check, of something that the migration of a page changes as well, such as its
 * frame: where compaction or NUMA balancing took pages since the case began
 * (compact_isolated, numa_pages_migrated) and the condition does not hold, nobody is
 * judged, and the case is tried again. Migration that a test asks for is no such reason.
 */
#define hp_check_unmoved(condition)                                                        \
	do {                                                                               \
		if (!(condition))                                                          \
			hp_moved_or_failed_at(HP_HERE(#condition), "true", "false");       \
	} while (0)

#define HP_PRINTF(at) __attribute__((format(printf, at, at + 1)))

/* Ends the case as failed. Both texts are printf formats; expected has no arguments. */
_Noreturn void hp_fail_at(const struct hp_where *where, const char *expected,
			  const char *got, ...) HP_PRINTF(3);

/* Ends the case as broken: the machine could not be set up for it. */
#define hp_bail(...) hp_broken_at(NULL, __VA_ARGS__)

/*
 * Ends this try of the case: somebody else moved what it looks at; the text says who, and
 * by how much. The case is tried again, HP_TRIES times in all, and is `disturbed` when the
 * last of them was.
 */
#define HP_TRIES 3
_Noreturn void hp_disturbed_at(const struct hp_where *where, const char *how, ...)
	HP_PRINTF(2);

/*
 * Ends this try of the case: the kernel has no free memory of the size (bytes) for now. The
 * case is tried again after compaction, HP_TRIES times in all, and then skipped. The text
 * says what was wanted and what came; the free blocks that there are are added to it.
 */
_Noreturn void hp_short_of(size_t size, const char *what, ...) HP_PRINTF(2);

/* Ends the case as skipped, for what can only be found out at run time. Name the mend. */
_Noreturn void hp_skip_case(const char *why, ...) HP_PRINTF(1);

/*
 * Skips the case unless a file of sysfs, procfs or a cgroup may be written: a user may not,
 * and in a container such are read-only. A file that is not there is not skipped.
 */
void hp_need_writable(const char *path);

/* Whether this process has a capability, by its number (CAP_SYS_ADMIN is 21). */
bool hp_capable(int capability);

/* Skips the case unless a need (as in HP_NEEDS) is met: for one case that needs more. */
void hp_case_needs(const char *need);

/* Says what the process does next; shown with a failure, a crash or a time-out. */
void hp_step(const char *what, ...) HP_PRINTF(1);

/*
 * From now on a failure of this process, and of those it forks, also tells what led to it:
 * tell writes that to buf. NULL: no more.
 */
void hp_tell_history(void (*tell)(char *buf, size_t size));

/* Pages that compaction and NUMA balancing took to migrate since the case began. */
long hp_moved_by_kernel(void);

/*
 * How often an event of /proc/vmstat (thp_*, htlb_*, pgmigrate_*) came since the case
 * began, on the whole machine; 0 where the kernel does not count it.
 */
long hp_events_of_case(const char *name);

/*
 * Whether somebody else uses the pool under test: told by the runner, or a process seen to
 * have pages of hugetlb mapped just now. Writes who to buf. Never in the lab's guest.
 */
bool hp_pool_shared(char *buf, size_t len);

/* Says that the check that is about to fail is of the pool's counters, which others move.
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

/* Records which of the outcomes that the documentation allows was seen. */
void hp_observed(const char *key, const char *value, ...) HP_PRINTF(2);

/*
 * Adds a figure to what the case reports: a JSON object in one line, as lib/load makes
 * them. From the case's own process alone.
 */
void hp_tell_metric(const char *json);

/* A TAP comment, printed with --verbose. */
void hp_note(const char *text, ...) HP_PRINTF(1);

/* Behind the macros. */
_Noreturn void hp_broken_at(const struct hp_where *where, const char *why, ...)
	HP_PRINTF(2);
_Noreturn void hp_moved_or_failed_at(const struct hp_where *where, const char *expected,
				     const char *got, ...) HP_PRINTF(3);
void hp_check_eq_at(const struct hp_where *where, intmax_t got, intmax_t expected);
void hp_check_range_at(const struct hp_where *where, intmax_t got, intmax_t low,
		       intmax_t high);
void hp_check_ok_at(const struct hp_where *where, intptr_t result);
void hp_check_errno_at(const struct hp_where *where, intptr_t result, int error);
int64_t hp_deadline_ns(double seconds);
void hp_wait_a_moment(const struct hp_where *where, int64_t deadline_ns, double seconds);
/*
 * Time limits are multiplied by this (HUGEPROOF_TIME_SCALE), and nothing else is; not
 * beyond HP_MOST_SECONDS, so that a hang is noticed, unless the limit itself is longer.
 */
#define HP_MOST_SECONDS 600
double hp_time_scale(void);
double hp_scaled_seconds(double seconds);
int64_t hp_now_ns(void);

#endif
