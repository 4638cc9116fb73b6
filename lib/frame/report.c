// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reports the outcome of a case, from whichever of its processes is the first to do so. */
#include "frame/engine.h"
#include "frame/internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct hp_case_state *hp_state;
struct hp_proc *hp_self;
bool hp_verbose;

void hp_state_clear(void)
{
	int undos = atomic_load(&hp_state->undos);

	/* Undo records outlive the case; everything else is cleared. */
	memset(hp_state, 0, offsetof(struct hp_case_state, undos));
	atomic_store(&hp_state->undos, undos);
}

void hp_enter_process(void)
{
	int slot = atomic_fetch_add(&hp_state->procs, 1);

	if (slot >= HP_MAX_PROCS)
		hp_bail("a case may have at most %d processes in all", HP_MAX_PROCS);
	hp_self = &hp_state->proc[slot];
	if (hp_self->step[0] == '\0' && slot)
		strcpy(hp_self->step, "begins");
	atomic_store(&hp_self->pid, getpid());
	atomic_store(&hp_self->waiting, 0);
	hp_guard_arm(hp_self);
}

bool hp_case_is_over(void)
{
	return atomic_load(&hp_state->claimed);
}

_Noreturn void hp_leave_quietly(void)
{
	_exit(HP_EXIT_REPORTED);
}

_Noreturn void hp_leave_after_other(void)
{
	/* Our exit may end the case and kill the other process, which must report first. */
	for (int ms = 0; ms < 5000 && !atomic_load(&hp_state->reported); ms++)
		usleep(1000);
	hp_leave_quietly();
}

/*
 * Claims the report for the caller, or ends the caller: only the first failure is reported.
 */
static void claim_report(void)
{
	int unclaimed = 0;

	if (!atomic_compare_exchange_strong(&hp_state->claimed, &unclaimed, 1))
		hp_leave_after_other();
	if (hp_self)
		memcpy(hp_state->step, hp_self->step, sizeof(hp_state->step));
}

static void (*history_writer)(char *buf, size_t size);

void hp_set_history_writer(void (*write)(char *buf, size_t size))
{
	history_writer = write;
}

static _Noreturn void publish(enum hp_reported what)
{
	if (history_writer && what == HP_FAILED)
		history_writer(hp_state->history, sizeof(hp_state->history));
	atomic_store(&hp_state->reported, what);
	hp_leave_quietly();
}

/* Claims the report and writes it; publish() comes next. */
static void write_report(const struct hp_where *where, const char *expected,
			 const char *got, va_list args)
{
	claim_report();
	if (where) {
		snprintf(hp_state->at, sizeof(hp_state->at), "%s:%d",
			 hp_short_file(where->file), where->line);
		snprintf(hp_state->check, sizeof(hp_state->check), "%s", where->check);
	}
	snprintf(hp_state->expected, sizeof(hp_state->expected), "%s", expected);
	vsnprintf(hp_state->got, sizeof(hp_state->got), got, args);
}

_Noreturn void hp_fail_at(const struct hp_where *where, const char *expected,
			  const char *got, ...)
{
	va_list args;

	va_start(args, got);
	write_report(where, expected, got, args);
	va_end(args);
	publish(HP_FAILED);
}

void hp_deadlines_exclude_delay(void)
{
	hp_state->deadlines_exclude_delay = true;
}

void hp_took_too_long(void)
{
	atomic_store(&hp_state->timed_out, 1);
	hp_note_starvation();
}

_Noreturn void hp_fail_late_at(const struct hp_where *where, const char *expected,
			       const char *got, ...)
{
	va_list args;

	hp_note_starvation();
	va_start(args, got);
	write_report(where, expected, got, args);
	va_end(args);
	/*
	 * Only after claiming the report: another process may have failed for another
	 * reason.
	 */
	atomic_store(&hp_state->timed_out, 1);
	publish(HP_FAILED);
}

/* The supervisor cannot report through the case's state. */
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
	write_report(where, "", why, args);
	va_end(args);
	publish(HP_BROKEN);
}

_Noreturn void hp_disturbed_at(const struct hp_where *where, const char *how, ...)
{
	va_list args;

	va_start(args, how);
	write_report(where, "", how, args);
	va_end(args);
	publish(HP_DISTURBED);
}

_Noreturn void hp_short_of(size_t size, const char *what, ...)
{
	va_list args;

	hp_state->short_of = size;
	va_start(args, what);
	write_report(NULL, "", what, args);
	va_end(args);
	publish(HP_SHORT);
}

_Noreturn void hp_skip_case(const char *why, ...)
{
	va_list args;

	va_start(args, why);
	write_report(NULL, "", why, args);
	va_end(args);
	publish(HP_SKIPPED);
}
