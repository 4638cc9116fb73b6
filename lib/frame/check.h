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

/**
 * DOC: Check what must hold
 */

/**
 * HP_HERE() - the place of a check, for the functions whose names end in _at
 * @text: a string, the check as a failure tells it
 *
 * Evaluates to a const struct hp_where *, which lives as long as the block around it.
 */
#define HP_HERE(text) (&(const struct hp_where){__FILE__, text, __LINE__})

/**
 * HP_IS_CONSTANT() - whether an expression is an integer constant
 * @value: the expression; nothing of it is evaluated
 *
 * Of a constant, (void *)(0 * it) is a null pointer: the type of the whole tells.
 */
#define HP_IS_CONSTANT(value)                                                              \
	_Generic(1 ? (void *)((intptr_t)(value)*0) : (int *)1, int * : 1, void * : 0)

/**
 * hp_check() - a condition holds
 * @condition: what must be true
 *
 * Prefer a check that can tell what it got.
 *
 * Errors: otherwise the case fails.
 */
#define hp_check(condition)                                                                \
	do {                                                                               \
		if (!(condition))                                                          \
			hp_fail_at(HP_HERE(#condition), "true", "false");                  \
	} while (0)

/**
 * hp_check_eq() - two integers are equal
 * @got: what there is; a constant is refused by the compiler
 * @expected: what there must be
 *
 * Errors: otherwise the case fails, and tells both.
 */
#define hp_check_eq(got, expected)                                                         \
	do {                                                                               \
		_Static_assert(!HP_IS_CONSTANT(got), "what there is comes first");         \
		hp_check_eq_at(HP_HERE(#got " == " #expected), (intmax_t)(got),            \
			       (intmax_t)(expected));                                      \
	} while (0)

/**
 * hp_check_range() - an integer lies between two others
 * @got: what there is
 * @low: the least that is allowed
 * @high: the most that is allowed
 *
 * Errors: otherwise the case fails, and tells all three.
 */
#define hp_check_range(got, low, high)                                                     \
	hp_check_range_at(HP_HERE(#got " in " #low " to " #high), (intmax_t)(got),         \
			  (intmax_t)(low), (intmax_t)(high))

/**
 * hp_check_ok() - a system call succeeded
 * @call: the call, evaluated once; -1 or MAP_FAILED is failure
 *
 * Evaluates to what the call returned.
 *
 * Errors: otherwise the case fails, and tells errno.
 */
#define hp_check_ok(call)                                                                  \
	({                                                                                 \
		__auto_type hp_result_ = (call);                                           \
		hp_check_ok_at(HP_HERE(#call), (intptr_t)hp_result_);                      \
		hp_result_;                                                                \
	})

/**
 * hp_check_errno() - a system call is refused
 * @call: the call, evaluated once; must return -1 or MAP_FAILED
 * @error: the errno that it must set
 *
 * Errors: otherwise the case fails, and tells the errno or the success.
 */
#define hp_check_errno(call, error)                                                        \
	hp_check_errno_at(HP_HERE(#call " fails with " #error), (intptr_t)(call), error)

/**
 * DOC: Wait for what the kernel does later
 */

/**
 * hp_eventually() - a condition comes true within a time
 * @condition: looked at every 0.5 ms
 * @seconds: how long it may take; multiplied by HUGEPROOF_TIME_SCALE
 *
 * For state that the kernel changes later, never in place of a check that can be exact.
 *
 * Errors: otherwise the case fails; it is tried again where others kept the processors
 *   busy.
 */
#define hp_eventually(condition, seconds)                                                  \
	do {                                                                               \
		int64_t hp_end_ = hp_deadline_ns(seconds);                                 \
		while (!(condition))                                                       \
			hp_wait_a_moment(HP_HERE(#condition), hp_end_, seconds);           \
	} while (0)

/**
 * DOC: Set up, and do without what the machine lacks
 */

/**
 * hp_require() - set-up that the case cannot do without
 * @condition: what must be true
 * @...: a printf format and its arguments: what was wanted, and what is there
 *
 * Errors: otherwise the case is broken: nobody is judged, and the next case runs.
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
 * hp_check_unmoved() - a condition holds that the migration of a page changes too
 * @condition: such as that a page has the frame that it had
 *
 * Errors: otherwise the case fails; or is tried again where compaction or NUMA balancing
 *   took pages since it began (compact_isolated and numa_pages_migrated of /proc/vmstat).
 *   Migration that a test asks for is not counted there.
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
 * HP_PRINTF() - mark a function that takes a printf format, for the compiler
 * @at: the number of the argument that is the format, from 1 on
 */
#define HP_PRINTF(at) __attribute__((format(printf, at, at + 1)))

/**
 * hp_fail_at() - end the case as failed
 * @where: HP_HERE()
 * @expected: a printf format without arguments: what had to be
 * @got: a printf format: what there was
 * @...: the arguments of got
 *
 * The first process of a case that says something is heard; the others end quietly.
 */
_Noreturn void hp_fail_at(const struct hp_where *where, const char *expected,
			  const char *got, ...) HP_PRINTF(3);

/**
 * hp_short_of() - end this try of the case for want of free memory
 * @size: of the pages that there were none of, bytes
 * @what: a printf format: what was wanted and what came
 * @...: its arguments
 *
 * The case is tried again after compaction, three times in all, and then skipped. How many
 * free blocks of that size there are is added to the text.
 */
_Noreturn void hp_short_of(size_t size, const char *what, ...) HP_PRINTF(2);

/**
 * hp_disturbed_at() - end this try of the case: somebody else moved what it looks at
 * @where: HP_HERE()
 * @how: a printf format: who did, and by how much
 * @...: its arguments
 *
 * The case is tried again, as often as fits into 3 s and three times at least, and is
 * `disturbed` when the last of them was.
 */
_Noreturn void hp_disturbed_at(const struct hp_where *where, const char *how, ...)
	HP_PRINTF(2);

/**
 * hp_skip_case() - end the case as skipped
 * @why: a printf format: what is needed, and what to do about it
 * @...: its arguments
 *
 * For what can only be found out at run time; other needs belong in HP_NEEDS().
 */
_Noreturn void hp_skip_case(const char *why, ...) HP_PRINTF(1);

/**
 * DOC: Set up, and do without what the machine lacks
 */

/**
 * hp_case_needs() - skip the case unless a need is met
 * @need: as in HP_NEEDS(); written out, so that one that is misspelled is refused before
 *   any case runs
 *
 * For one case that needs more than the others of its program.
 */
#define hp_case_needs(need)                                                                \
	do {                                                                               \
		static const char *const hp_need_                                          \
			__attribute__((section("hp_case_needs"), used)) = "" need;         \
		hp_case_needs_at(hp_need_);                                                \
	} while (0)

/**
 * hp_case_needs_pages() - skip the case unless the pool has or gets so many free pages
 * @pages: of the size under test; 1 at least
 *
 * For a number that is known at run time only; another is "hugetlb:2" among the needs.
 */
void hp_case_needs_pages(size_t pages);

/**
 * DOC: Say what goes on and what was seen
 */

/**
 * hp_step() - say what the process does next
 * @what: a printf format, 159 bytes at most
 * @...: its arguments
 *
 * Shown with a failure, a crash or a time-out.
 */
void hp_step(const char *what, ...) HP_PRINTF(1);

/**
 * DOC: Count events of the kernel
 */

/**
 * hp_events_of_case() - how often an event came since the case began
 * @name: of /proc/vmstat: one of thp_*, htlb_* and pgmigrate_*
 *
 * Return: the count of the whole machine; 0 where the kernel does not count it.
 */
long hp_events_of_case(const char *name);

/**
 * DOC: Say what goes on and what was seen
 */

/**
 * hp_observed() - record what was seen
 * @key: what it is about, 47 bytes at most
 * @value: a printf format, 159 bytes at most
 * @...: its arguments
 *
 * For which of several documented outcomes a kernel shows. It stands in the record of the
 * case, which keeps the first 64.
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
 * DOC: Wait for what the kernel does later
 */

/**
 * hp_deadline_ns() - a time from now
 * @seconds: how far away; multiplied by HUGEPROOF_TIME_SCALE
 *
 * Return: ns of the clock that hp_now_ns() reads.
 */
int64_t hp_deadline_ns(double seconds);

/**
 * hp_wait_a_moment() - sleep for 0.5 ms before a deadline, and fail the case behind it
 * @where: HP_HERE()
 * @deadline_ns: of hp_deadline_ns()
 * @seconds: what the deadline was made of, for the message
 */
void hp_wait_a_moment(const struct hp_where *where, int64_t deadline_ns, double seconds);

/**
 * hp_now_ns() - the time
 *
 * Return: ns of CLOCK_MONOTONIC.
 */
int64_t hp_now_ns(void);

#endif
