// SPDX-License-Identifier: LGPL-2.1-or-later
#include "frame/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct hp_board *hp_board;
struct hp_proc *hp_self;
bool hp_verbose;

int64_t hp_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

double hp_time_scale(void)
{
	const char *text = getenv("HUGEPROOF_TIME_SCALE");
	double scale = text ? strtod(text, NULL) : 1;

	return scale >= 1 ? scale : 1;
}

double hp_scaled_seconds(double seconds)
{
	double most = seconds > HP_MOST_SECONDS ? seconds : HP_MOST_SECONDS;
	double scaled = seconds * hp_time_scale();

	return scaled < most ? scaled : most;
}

int64_t hp_deadline_ns(double seconds)
{
	return hp_now_ns() + (int64_t)(hp_scaled_seconds(seconds) * 1e9);
}

void hp_board_clear(void)
{
	int undos = atomic_load(&hp_board->undos);

	/* The way back outlives a case; all else begins anew. */
	memset(hp_board, 0, offsetof(struct hp_board, undos));
	atomic_store(&hp_board->undos, undos);
}

void hp_enter_process(void)
{
	int slot = atomic_fetch_add(&hp_board->procs, 1);

	if (slot >= HP_MAX_PROCS)
		hp_bail("a case may have at most %d processes in all", HP_MAX_PROCS);
	hp_self = &hp_board->proc[slot];
	if (hp_self->step[0] == '\0' && slot)
		strcpy(hp_self->step, "begins");
	atomic_store(&hp_self->pid, getpid());
	atomic_store(&hp_self->waiting, 0);
	hp_guard_arm(hp_self);
}

_Noreturn void hp_leave_quietly(void)
{
	_exit(HP_EXIT_SAID);
}

_Noreturn void hp_leave_after_other(void)
{
	/* Our end may end the case, and the other's process: not before it has spoken. */
	for (int ms = 0; ms < 5000 && !atomic_load(&hp_board->said); ms++)
		usleep(1000);
	hp_leave_quietly();
}

/* Gives the caller the right to speak, or ends it: one case fails for one reason. */
static void claim_board(void)
{
	int nobody = 0;

	if (!atomic_compare_exchange_strong(&hp_board->claimed, &nobody, 1))
		hp_leave_after_other();
	if (hp_self)
		memcpy(hp_board->step, hp_self->step, sizeof(hp_board->step));
}

static void (*history_teller)(char *buf, size_t size);

void hp_tell_history(void (*tell)(char *buf, size_t size))
{
	history_teller = tell;
}

static _Noreturn void say(enum hp_saying what)
{
	if (history_teller && what == HP_FAILED)
		history_teller(hp_board->history, sizeof(hp_board->history));
	atomic_store(&hp_board->said, what);
	hp_leave_quietly();
}

/* Takes the board and writes there what is to be said; say() comes next. */
static void write_board(const struct hp_where *where, const char *expected, const char *got,
			va_list args)
{
	claim_board();
	if (where) {
		snprintf(hp_board->at, sizeof(hp_board->at), "%s:%d",
			 hp_short_file(where->file), where->line);
		snprintf(hp_board->check, sizeof(hp_board->check), "%s", where->check);
	}
	snprintf(hp_board->expected, sizeof(hp_board->expected), "%s", expected);
	vsnprintf(hp_board->got, sizeof(hp_board->got), got, args);
}

_Noreturn void hp_fail_at(const struct hp_where *where, const char *expected,
			  const char *got, ...)
{
	va_list args;

	va_start(args, got);
	write_board(where, expected, got, args);
	va_end(args);
	say(HP_FAILED);
}

/* The supervisor has nobody to report to. */
static _Noreturn void bail_out(const char *why, va_list args)
{
	hp_undo_back_to(0);
	printf("Bail out! ");
	vprintf(why, args);
	printf("\n");
	fflush(stdout);
	_exit(2);
}

_Noreturn void hp_broken_at(const struct hp_where *where, const char *why, ...)
{
	va_list args;

	va_start(args, why);
	if (!hp_self)
		bail_out(why, args);
	write_board(where, "", why, args);
	va_end(args);
	say(HP_BROKEN);
}

_Noreturn void hp_disturbed_at(const struct hp_where *where, const char *how, ...)
{
	va_list args;

	va_start(args, how);
	write_board(where, "", how, args);
	va_end(args);
	say(HP_DISTURBED);
}

_Noreturn void hp_short_of(size_t size, const char *what, ...)
{
	va_list args;

	hp_board->short_of = size;
	va_start(args, what);
	write_board(NULL, "", what, args);
	va_end(args);
	say(HP_SHORT);
}

long hp_events_of_case(const char *name)
{
	struct hp_vmstat now;
	long before = hp_vmstat_count(&hp_board->events, name);

	if (before < 0 || hp_vmstat_read(&now))
		return 0;
	return hp_vmstat_count(&now, name) - before;
}

long hp_moved_by_kernel(void)
{
	struct hp_vmstat now;

	return hp_vmstat_read(&now)
		       ? 0
		       : now.moved_by_kernel - hp_board->events.moved_by_kernel;
}

_Noreturn void hp_moved_or_failed_at(const struct hp_where *where, const char *expected,
				     const char *got, ...)
{
	long moved = hp_moved_by_kernel();
	char text[1024];
	va_list args;

	va_start(args, got);
	vsnprintf(text, sizeof(text), got, args);
	va_end(args);
	if (!moved)
		hp_fail_at(where, expected, "%s", text);
	hp_disturbed_at(
		where,
		"expected %s, got %s, and compaction or NUMA balancing took %ld pages "
		"of this machine meanwhile (compact_isolated, numa_pages_migrated)",
		expected, text, moved);
}

_Noreturn void hp_skip_case(const char *why, ...)
{
	va_list args;

	va_start(args, why);
	write_board(NULL, "", why, args);
	va_end(args);
	say(HP_SKIPPED);
}

void hp_step(const char *what, ...)
{
	va_list args;

	if (!hp_self)
		return;
	va_start(args, what);
	vsnprintf(hp_self->step, sizeof(hp_self->step), what, args);
	va_end(args);
}

void hp_observed(const char *key, const char *value, ...)
{
	int slot = atomic_fetch_add(&hp_board->observed, 1);
	va_list args;

	if (slot >= HP_MAX_OBSERVED)
		return;
	snprintf(hp_board->observation[slot].key, sizeof(hp_board->observation[slot].key),
		 "%s", key);
	va_start(args, value);
	vsnprintf(hp_board->observation[slot].value,
		  sizeof(hp_board->observation[slot].value), value, args);
	va_end(args);
}

void hp_tell_metric(const char *json)
{
	size_t room = HP_METRIC_BYTES - hp_board->metric_bytes;
	int size = snprintf(hp_board->metrics + hp_board->metric_bytes, room, "%s\n", json);

	hp_require((size_t)size < room, "more than %d bytes of metrics", HP_METRIC_BYTES);
	hp_board->metric_bytes += (size_t)size;
}

void hp_note(const char *text, ...)
{
	char line[512] = "# ";
	va_list args;
	size_t len;

	if (!hp_verbose)
		return;
	va_start(args, text);
	vsnprintf(line + 2, sizeof(line) - 3, text, args);
	va_end(args);
	len = strlen(line);
	line[len++] = '\n';
	/* One write, so that processes do not tear each other's lines. */
	if (write(STDOUT_FILENO, line, len) < 0)
		return;
}

void hp_check_eq_at(const struct hp_where *where, intmax_t got, intmax_t expected)
{
	char text[32];

	if (got == expected)
		return;
	snprintf(text, sizeof(text), "%" PRIdMAX, expected);
	hp_fail_at(where, text, "%" PRIdMAX, got);
}

void hp_check_range_at(const struct hp_where *where, intmax_t got, intmax_t low,
		       intmax_t high)
{
	char text[80];

	if (got >= low && got <= high)
		return;
	snprintf(text, sizeof(text), "%" PRIdMAX " to %" PRIdMAX, low, high);
	hp_fail_at(where, text, "%" PRIdMAX, got);
}

void hp_check_ok_at(const struct hp_where *where, intptr_t result)
{
	if (result == -1)
		hp_fail_at(where, "success", "%s (%s)", strerrorname_np(errno),
			   strerror(errno));
}

void hp_check_errno_at(const struct hp_where *where, intptr_t result, int error)
{
	if (result == -1 && errno == error)
		return;
	if (result == -1)
		hp_fail_at(where, strerrorname_np(error), "%s", strerrorname_np(errno));
	hp_fail_at(where, strerrorname_np(error), "success (%#" PRIxPTR ")",
		   (uintptr_t)result);
}

void hp_wait_a_moment(const struct hp_where *where, int64_t deadline_ns, double seconds)
{
	const struct timespec moment = {.tv_nsec = 500 * 1000};
	char text[64];

	if (hp_now_ns() < deadline_ns) {
		nanosleep(&moment, NULL);
		return;
	}
	atomic_store(&hp_board->of_time, 1);
	hp_note_starvation();
	snprintf(text, sizeof(text), "true within %g s", hp_scaled_seconds(seconds));
	hp_fail_at(where, text, "still false");
}
