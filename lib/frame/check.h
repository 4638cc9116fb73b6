/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Checks judge the kernel. The first check that fails ends the case and reports file, line,
 * the expected and the actual value. They work in every process and thread of a case.
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

/**
 * DOC: Check what must hold
 */

/**
 * HP_HERE() - the location of a check, for functions whose names end in _at
 * @text: a string, the check as a failure reports it
 *
 * Evaluates to a const struct hp_where *, which lives as long as the block around it.
 */
#define HP_HERE(text) (&(const struct hp_where){__FILE__, text, __LINE__})

/**
 * HP_IS_CONSTANT() - whether an expression is an integer constant
 * @value: the expression, which is not evaluated
 *
 * For a constant, (void *)(0 * value) is a null pointer constant, which decides the type of
 * the conditional expression.
 */
#define HP_IS_CONSTANT(value)                                                              \
	_Generic(1 ? (void *)((intptr_t)(value)*0) : (int *)1, int * : 1, void * : 0)

/**
 * hp_check() - a condition holds
 * @condition: what must be true
 *
 * Prefer a check that reports the actual value.
 *
 * Errors: the case fails if it is false.
 */
#define hp_check(condition)                                                                \
	do {                                                                               \
		if (!(condition))                                                          \
			hp_fail_at(HP_HERE(#condition), "true", "false");                  \
	} while (0)

/**
 * hp_check_eq() - two integers are equal
 * @got: the actual value; a constant does not compile
 * @expected: the expected value
 *
 * Errors: the case fails if they differ, and reports both.
 */
#define hp_check_eq(got, expected)                                                         \
	do {                                                                               \
		_Static_assert(!HP_IS_CONSTANT(got), "the actual value comes first");      \
		hp_check_eq_at(HP_HERE(#got " == " #expected), (intmax_t)(got),            \
			       (intmax_t)(expected));                                      \
	} while (0)

/**
 * hp_check_range() - an integer is within a range
 * @got: the actual value
 * @low: the lowest value allowed
 * @high: the highest value allowed
 *
 * Errors: the case fails if it is outside, and reports all three.
 */
#define hp_check_range(got, low, high)                                                     \
	hp_check_range_at(HP_HERE(#got " in " #low " to " #high), (intmax_t)(got),         \
			  (intmax_t)(low), (intmax_t)(high))

/**
 * hp_check_ok() - a system call succeeded
 * @call: the call, evaluated once; -1 or MAP_FAILED means that it failed
 *
 * Evaluates to the call's return value.
 *
 * Errors: the case fails if the call did, and reports errno.
 */
#define hp_check_ok(call)                                                                  \
	({                                                                                 \
		__auto_type hp_result_ = (call);                                           \
		hp_check_ok_at(HP_HERE(#call), (intptr_t)hp_result_);                      \
		hp_result_;                                                                \
	})

/**
 * hp_check_errno() - a system call fails with an errno
 * @call: the call, evaluated once; must return -1 or MAP_FAILED
 * @error: the expected errno
 *
 * Errors: the case fails on success or another errno, and reports it.
 */
#define hp_check_errno(call, error)                                                        \
	hp_check_errno_at(HP_HERE(#call " fails with " #error), (intptr_t)(call), error)

/**
 * DOC: Wait for what the kernel does asynchronously
 */

/**
 * hp_eventually() - a condition becomes true within a time limit
 * @condition: evaluated every 0.5 ms
 * @seconds: the time limit; multiplied by HUGEPROOF_TIME_SCALE
 *
 * For state that the kernel changes asynchronously. Where an exact check is possible, use
 * that.
 *
 * Errors: the case fails if it stays false; it is tried again if other processes kept the
 *   CPUs busy.
 */
#define hp_eventually(condition, seconds)                                                  \
	do {                                                                               \
		int64_t hp_end_ = hp_deadline_ns(seconds);                                 \
		while (!(condition))                                                       \
			hp_poll_wait(HP_HERE(#condition), hp_end_, seconds);               \
	} while (0)

/**
 * DOC: Check set-up and needs
 */

/**
 * hp_kernel_from() - whether the running kernel is of a version or later
 * @major: of the version
 * @minor: of the version
 *
 * By its release, which says nothing of what a distribution has put into it besides: ask
 * the kernel for the feature itself where it can be asked.
 *
 * Return: true if so.
 */
bool hp_kernel_from(int major, int minor);

/**
 * hp_require() - check set-up that the case depends on
 * @condition: what must be true
 * @...: a printf format and its arguments: what is needed, and what was found
 *
 * Errors: the case is broken if it is false, which says nothing about the kernel; the next
 *   case runs.
 */
#define hp_require(condition, ...)                                                         \
	do {                                                                               \
		if (!(condition)) {                                                        \
			hp_broken_at(HP_HERE(#condition), __VA_ARGS__);                    \
			__builtin_unreachable(); /* for cppcheck */                        \
		}                                                                          \
	} while (0)

/**
 * DOC: Check what must hold
 */

/**
 * hp_check_unmoved() - a condition holds that page migration may also change
 * @condition: such as that a page still has the same page frame
 *
 * Errors: the case fails if it is false; it is tried again if compaction or NUMA balancing
 *   migrated pages since it began (compact_isolated and numa_pages_migrated in
 *   /proc/vmstat, which do not count migration that a test requests).
 */
#define hp_check_unmoved(condition)                                                        \
	do {                                                                               \
		if (!(condition))                                                          \
			hp_moved_or_failed_at(HP_HERE(#condition), "true", "false");       \
	} while (0)

/**
 * DOC: End the case
 */

/**
 * HP_PRINTF() - let the compiler check a function's printf format
 * @at: the position of the format among the arguments, counted from 1
 */
#define HP_PRINTF(at) __attribute__((format(printf, at, at + 1)))

/**
 * hp_fail_at() - end the case as failed
 * @where: HP_HERE()
 * @expected: a printf format without arguments: what was expected
 * @got: a printf format: what was found
 * @...: the arguments of got
 *
 * Only the first failure in any process of a case is reported; the other processes exit
 * silently.
 */
_Noreturn void hp_fail_at(const struct hp_where *where, const char *expected,
			  const char *got, ...) HP_PRINTF(3);

/**
 * hp_short_of() - end this try of the case for lack of free memory
 * @size: size of the pages that could not be allocated, bytes
 * @what: a printf format: what was needed, and what was found
 * @...: its arguments
 *
 * The case is tried again after compaction, three times in all, and then skipped. The
 * number of free blocks of that size is appended to the text.
 */
_Noreturn void hp_short_of(size_t size, const char *what, ...) HP_PRINTF(2);

/**
 * hp_disturbed_at() - end this try of the case: another process changed the state that it
 *   checks
 * @where: HP_HERE()
 * @how: a printf format: which process, and by how much
 * @...: its arguments
 *
 * The case is tried again for up to 3 s, at least three times, and its verdict is
 * `disturbed` if the last try was.
 */
_Noreturn void hp_disturbed_at(const struct hp_where *where, const char *how, ...)
	HP_PRINTF(2);

/**
 * hp_skip_case() - end the case as skipped
 * @why: a printf format: what is needed, and how to fix it
 * @...: its arguments
 *
 * For needs that can only be determined at run time; others belong in HP_NEEDS().
 */
_Noreturn void hp_skip_case(const char *why, ...) HP_PRINTF(1);

/**
 * DOC: Check set-up and needs
 */

/**
 * hp_case_needs() - skip the case unless a need is met
 * @need: as in HP_NEEDS(); a string literal, so that a misspelled need is rejected before
 *   any case runs
 *
 * For a case that needs more than the other cases of its program.
 */
#define hp_case_needs(need)                                                                \
	do {                                                                               \
		static const char *const hp_need_                                          \
			__attribute__((section("hp_case_needs"), used)) = "" need;         \
		hp_case_needs_at(hp_need_);                                                \
	} while (0)

/**
 * hp_case_needs_pages() - skip the case unless the pool has, or can get, enough free pages
 * @pages: number of pages of the size under test; at least 1
 *
 * For a number that is known only at run time; use the need "hugetlb:2" for a constant one.
 */
void hp_case_needs_pages(size_t pages);

/**
 * DOC: Record steps and observations
 */

/**
 * hp_step() - record what the process does next
 * @what: a printf format, 159 bytes at most
 * @...: its arguments
 *
 * Reported with a failure, a crash or a time-out.
 */
void hp_step(const char *what, ...) HP_PRINTF(1);

/**
 * DOC: Count events of the kernel
 */

/**
 * hp_events_of_case() - count an event since the case began
 * @name: a counter of /proc/vmstat: thp_*, htlb_* or pgmigrate_*
 *
 * Return: the count, for the whole machine; 0 if the kernel has no such counter.
 */
long hp_events_of_case(const char *name);

/**
 * DOC: Record steps and observations
 */

/**
 * hp_observed() - record an observation
 * @key: its name, at most 47 bytes
 * @value: a printf format, 159 bytes at most
 * @...: its arguments
 *
 * For which of several documented outcomes a kernel shows. The case's record keeps the
 * first 160 (HP_MAX_OBSERVED).
 */
void hp_observed(const char *key, const char *value, ...) HP_PRINTF(2);

/**
 * hp_note() - print a TAP comment, with --verbose
 * @text: a printf format
 * @...: its arguments
 */
void hp_note(const char *text, ...) HP_PRINTF(1);

/**
 * DOC: End the case
 */

/**
 * hp_broken_at() - end the case as broken, as hp_require() does
 * @where: HP_HERE(), or NULL
 * @why: a printf format: what was wanted, and what is there
 * @...: its arguments
 */
_Noreturn void hp_broken_at(const struct hp_where *where, const char *why, ...)
	HP_PRINTF(2);

/**
 * hp_moved_or_failed_at() - end the case as hp_check_unmoved() does
 * @where: HP_HERE()
 * @expected: a printf format without arguments
 * @got: a printf format
 * @...: the arguments of got
 */
_Noreturn void hp_moved_or_failed_at(const struct hp_where *where, const char *expected,
				     const char *got, ...) HP_PRINTF(3);
void hp_case_needs_at(const char *need);
void hp_check_eq_at(const struct hp_where *where, intmax_t got, intmax_t expected);
void hp_check_range_at(const struct hp_where *where, intmax_t got, intmax_t low,
		       intmax_t high);
void hp_check_ok_at(const struct hp_where *where, intptr_t result);
void hp_check_errno_at(const struct hp_where *where, intptr_t result, int error);

/**
 * DOC: Wait for what the kernel does asynchronously
 */

/**
 * hp_deadline_ns() - a deadline relative to now
 * @seconds: how far away; multiplied by HUGEPROOF_TIME_SCALE
 *
 * Return: the time of the deadline, ns of CLOCK_MONOTONIC.
 */
int64_t hp_deadline_ns(double seconds);

/**
 * hp_poll_wait() - sleep for 0.5 ms, or fail the case if a deadline has passed
 * @where: HP_HERE()
 * @deadline_ns: of hp_deadline_ns()
 * @seconds: the argument of hp_deadline_ns(), for the message
 */
void hp_poll_wait(const struct hp_where *where, int64_t deadline_ns, double seconds);

/**
 * hp_now_ns() - the current time
 *
 * Return: ns of CLOCK_MONOTONIC.
 */
int64_t hp_now_ns(void);

#endif
