// SPDX-License-Identifier: LGPL-2.1-or-later
/* The board: which process of a case speaks, and what it says. */
#include "frame/engine.h"
#include "frame/internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct hp_board *hp_board;
struct hp_proc *hp_self;
bool hp_verbose;

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

bool hp_case_is_over(void)
{
	return atomic_load(&hp_board->claimed);
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

static void (*history_writer)(char *buf, size_t size);

void hp_set_history_writer(void (*write)(char *buf, size_t size))
{
	history_writer = write;
}

static _Noreturn void say(enum hp_saying what)
{
	if (history_writer && what == HP_FAILED)
		history_writer(hp_board->history, sizeof(hp_board->history));
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

_Noreturn void hp_fail_late_at(const struct hp_where *where, const char *expected,
			       const char *got, ...)
{
	va_list args;

	atomic_store(&hp_board->of_time, 1);
	hp_note_starvation();
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

_Noreturn void hp_skip_case(const char *why, ...)
{
	va_list args;

	va_start(args, why);
	write_board(NULL, "", why, args);
	va_end(args);
	say(HP_SKIPPED);
}
