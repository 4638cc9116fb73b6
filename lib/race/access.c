// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reads and writes of pages that the oracle checks: by loads and stores, or by a system
 * call that transfers words. A fault must be explained by another operation: an unmapped
 * range, a truncated file, poison.
 */
#include "frame/case.h"
#include "frame/engine.h"
#include "race/internal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

/* An access, with the state needed to judge it if it faults. */
struct access {
	struct race_process *process;
	size_t page;
	uint32_t window_times, end_times, bad_times;
	uint32_t generation; /* written by a write */
	unsigned int owner;
	bool whole;
	size_t word;
	uint64_t got[STAMPS + 1];
};

static void note_windows(struct access *access)
{
	size_t huge = access->page / hp_race_now->pages_per_huge;

	access->window_times = access->process->windows[huge].times;
	access->end_times = hp_race_now->ends[huge].times;
	access->bad_times = access->process->bad[huge].times;
}

/*
 * A system call may work on the whole huge page (a pin), so any of its pages may explain
 * the fault.
 */
static bool explained(const struct access *access)
{
	size_t huge = access->page / hp_race_now->pages_per_huge;
	size_t first = huge * hp_race_now->pages_per_huge;

	for (size_t page = first; page < first + hp_race_now->pages_per_huge; page++)
		if (hp_shadow_bad_now(access->process, page, access->bad_times))
			return true;
	return hp_shadow_in_window(&access->process->windows[huge], access->window_times) ||
	       hp_shadow_in_window(&hp_race_now->ends[huge], access->end_times);
}

/* Judges the errno of a system call. */
static void judge_errno(const struct access *access, int error)
{
	if (error != EFAULT || explained(access))
		return;
	hp_record_blame(access->page);
	hp_fail_at(HP_HERE("the kernel's own access to the target"), "success",
		   "EFAULT at page %zu (huge page %zu), in process %d", access->page,
		   access->page / hp_race_now->pages_per_huge, access->process->number);
}

/* Fails the race unless another operation explains the signal. */
static void judge_fault(const struct access *access, const struct hp_fault *fault,
			const char *what)
{
	const struct race_process *process = access->process;
	size_t huge = access->page / hp_race_now->pages_per_huge;

	if (fault->signo == SIGSEGV &&
	    hp_shadow_in_window(&process->windows[huge], access->window_times))
		return;
	if (fault->signo == SIGBUS && fault->code == BUS_ADRERR &&
	    hp_shadow_in_window(&hp_race_now->ends[huge], access->end_times))
		return;
	if (fault->signo == SIGBUS &&
	    (fault->code == BUS_MCEERR_AR || fault->code == BUS_MCEERR_AO) &&
	    hp_shadow_bad_now(process, access->page, access->bad_times))
		return;
	hp_record_blame(access->page);
	hp_fail_at(HP_HERE("an access to the target"), "no signal",
		   "SIG%s (code %d) at %p for a %s of page %zu (huge page %zu), in process "
		   "%d%s",
		   sigabbrev_np(fault->signo), fault->code, fault->addr, what, access->page,
		   huge, process->number,
		   process->snapshot ? ", in a child that it forked" : "");
}

static void load(void *arg)
{
	struct access *access = arg;

	for (int n = 0; n < STAMPS; n++)
		access->got[n] = *hp_shadow_word(access->process, access->page,
						 hp_shadow_stamp_word(n));
	access->got[STAMPS] = *hp_shadow_word(access->process, access->page, access->word);
}

/*
 * If the fork overlapped an operation on the huge page, the child's contents are unknown.
 */
static bool usable(const struct race_process *process, size_t page)
{
	return !process->snapshot ||
	       !process->snapshot->unusable[page / hp_race_now->pages_per_huge];
}

/* Shows other actors that this one has come to a page. */
static void enter_page(const struct hp_operation *op, size_t page)
{
	struct hp_worker *worker = op->worker;
	uint64_t bit = hp_record_bits(page, 1);

	/* Not between operations, nor again and again. */
	if (worker->actor->contents && worker->op_began_ns && !(worker->in & bit))
		worker->in |= bit;
}

static int read_page(struct hp_operation *op, size_t page, size_t word, hp_move *move)
{
	struct race_process *process = op->process;
	struct access access = {.process = process, .page = page, .word = word};
	uint32_t from = hp_shadow_entry(process, page)->done;
	int error = 0;

	if (!usable(process, page))
		return 0;
	note_windows(&access);
	enter_page(op, page);
	atomic_thread_fence(memory_order_seq_cst);
	if (move) {
		uint64_t *addr[STAMPS + 1];

		for (int n = 0; n < STAMPS; n++)
			addr[n] = (uint64_t *)hp_shadow_word(process, page,
							     hp_shadow_stamp_word(n));
		addr[STAMPS] = (uint64_t *)hp_shadow_word(process, page, word);
		error = move(op, addr, access.got, STAMPS + 1);
		judge_errno(&access, error);
	} else {
		struct hp_fault fault = hp_try_body(load, &access);

		if (fault.signo) {
			judge_fault(&access, &fault, "read");
			return EFAULT;
		}
	}
	atomic_thread_fence(memory_order_seq_cst);
	if (error)
		return error;
	for (int n = 0; n < STAMPS; n++)
		hp_shadow_judge(process, page, hp_shadow_stamp_word(n), access.got[n],
				from);
	hp_shadow_judge(process, page, word, access.got[STAMPS], from);
	op->worker->reads++;
	return 0;
}

static void store(void *arg)
{
	struct access *access = arg;

	if (access->whole) {
		hp_shadow_write(hp_shadow_word(access->process, access->page, 0),
				access->owner, access->page, access->generation);
		return;
	}
	for (int n = 0; n < STAMPS; n++)
		*hp_shadow_word(access->process, access->page, hp_shadow_stamp_word(n)) =
			hp_shadow_stamp(access->owner, access->page, access->generation);
}

static int write_page_of(struct hp_operation *op, size_t page, bool whole, hp_move *move)
{
	struct race_process *process = op->process;
	struct entry *entry = hp_shadow_entry(process, page);
	struct access access = {.process = process, .page = page, .whole = whole};
	uint8_t idle = 0;
	int error = 0;

	if (!usable(process, page) ||
	    !atomic_compare_exchange_strong(&entry->busy, &idle, 1))
		return HP_NOT_NOW;
	access.generation = entry->begun + 1;
	access.owner = entry->owner;
	note_windows(&access);
	enter_page(op, page);
	entry->begun = access.generation;
	if (move) {
		uint64_t *addr[STAMPS], words[STAMPS];

		for (int n = 0; n < STAMPS; n++) {
			addr[n] = (uint64_t *)hp_shadow_word(process, page,
							     hp_shadow_stamp_word(n));
			words[n] = hp_shadow_stamp(access.owner, page, access.generation);
		}
		error = move(op, addr, words, STAMPS);
		judge_errno(&access, error);
	} else {
		struct hp_fault fault = hp_try_body(store, &access);

		if (fault.signo) {
			judge_fault(&access, &fault, "write");
			error = EFAULT;
		}
	}
	if (!error) {
		entry->done = access.generation;
		entry->writer = op->worker->index + 1;
		entry->written_ns = op->began_ns;
	}
	entry->busy = 0;
	return error;
}

size_t hp_operation_first(const struct hp_operation *op)
{
	return (size_t)(op->addr - op->area->addr) / hp_race_now->base;
}

size_t hp_operation_pages(const struct hp_operation *op)
{
	return op->size / hp_race_now->base;
}

static size_t some_page(struct hp_operation *op)
{
	return hp_operation_first(op) +
	       hp_random_below(&op->random, hp_operation_pages(op));
}

int hp_read_pages(struct hp_operation *op, int n)
{
	int error = 0;

	while (n--) {
		size_t page = some_page(op);
		size_t word = hp_random_below(&op->random, hp_shadow_words());
		int now = read_page(op, page, hp_shadow_is_stamp(word) ? 1 : word, NULL);

		error = now ? now : error;
	}
	return error;
}

int hp_write_pages(struct hp_operation *op, int n)
{
	int error = 0, written = 0;

	while (n--) {
		size_t page = some_page(op);
		bool whole = !hp_random_below(&op->random, 8);
		int now = write_page_of(op, page, whole, NULL);

		written += !now;
		error = now > 0 ? now : error;
	}
	return error ? error : written ? 0 : HP_NOT_NOW;
}

int hp_read_page_by(struct hp_operation *op, hp_move *move)
{
	size_t page = some_page(op);
	size_t word = hp_random_below(&op->random, hp_shadow_words());

	return read_page(op, page, hp_shadow_is_stamp(word) ? 1 : word, move);
}

int hp_write_page_by(struct hp_operation *op, hp_move *move)
{
	return write_page_of(op, some_page(op), false, move);
}
