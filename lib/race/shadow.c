// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The oracle. Some words of every base page are stamps, of who wrote it (owner), which page
 * it is, and how often it was written (generation); its other words are constant filling.
 * The stamp that a read finds must be of a generation between the last one that was
 * complete before the read and the last one begun by its end; or the page may have its
 * fallback contents, if an operation may have lost its changes meanwhile.
 */
#include "frame/case.h"
#include "frame/process.h"
#include "race/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define FILLING UINT64_C(0xb0)
#define OWNER   UINT64_C(0xc0)
#define CHILD   15 /* owner of pages written by a forked child */

uint64_t hp_shadow_stamp(unsigned int owner, size_t page, uint32_t generation)
{
	return (OWNER | owner) << 56 | (uint64_t)page << 32 | generation;
}

static uint64_t filling(size_t page, size_t word)
{
	return FILLING << 56 | (uint64_t)page << 32 | word;
}

size_t hp_shadow_words(void)
{
	return hp_race_now->base / sizeof(uint64_t);
}

/* The word of the n-th stamp: the first, the last, and evenly between. */
size_t hp_shadow_stamp_word(int n)
{
	return n * (hp_shadow_words() - 1) / (STAMPS - 1);
}

bool hp_shadow_is_stamp(size_t word)
{
	for (int n = 0; n < STAMPS; n++)
		if (word == hp_shadow_stamp_word(n))
			return true;
	return false;
}

static unsigned int owner_of(const struct entry *entry, uint32_t generation)
{
	if (generation == 1)
		return 0;
	return generation < entry->mine_from ? entry->before : entry->owner;
}

static void describe(char *buf, size_t size, uint64_t word)
{
	unsigned int top = word >> 56;
	size_t page = word >> 32 & 0xffffff;

	if (!word)
		snprintf(buf, size, "zero");
	else if ((top & 0xf0) == OWNER)
		snprintf(buf, size, "owner %u, page %zu, generation %" PRIu32, top & 0xf,
			 page, (uint32_t)word);
	else if (top == FILLING)
		snprintf(buf, size, "page %zu, filling of its word %" PRIu32, page,
			 (uint32_t)word);
	else
		snprintf(buf, size, "%#018" PRIx64, word);
}

struct entry *hp_shadow_entry(const struct race_process *process, size_t page)
{
	/* A forked child's private memory has its own shadow state. */
	bool copies = process->snapshot && !hp_race_now->shared;

	return &process->entries[copies ? page - process->snapshot->first : page];
}

volatile uint64_t *hp_shadow_word(const struct race_process *process, size_t page,
				  size_t word)
{
	return (volatile uint64_t *)(process->area->addr + page * hp_race_now->base) + word;
}

static _Noreturn void fail_word(const struct race_process *process, size_t page,
				size_t word, uint64_t got, uint32_t from, uint32_t to,
				bool may_be_lost)
{
	const struct entry *entry = hp_shadow_entry(process, page);
	char expected[160], found[96];

	if (!hp_shadow_is_stamp(word))
		describe(expected, sizeof(expected), filling(page, word));
	else
		describe(expected, sizeof(expected),
			 hp_shadow_stamp(owner_of(entry, to), page, to));
	if (hp_shadow_is_stamp(word) && from != to)
		snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected),
			 " (or from generation %" PRIu32 " on)", from);
	if (may_be_lost)
		snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected),
			 ", or the fallback contents after a loss");
	describe(found, sizeof(found), got);
	hp_record_blame(page);
	hp_record_writer(entry);
	hp_fail_at(HP_HERE("the contents of a page"), expected,
		   "%s (%#018" PRIx64
		   "), at %p: page %zu (huge page %zu, base page %zu of it), "
		   "byte %#zx, in process %d%s",
		   found, got, (void *)(uintptr_t)hp_shadow_word(process, page, word), page,
		   page / hp_race_now->pages_per_huge, page % hp_race_now->pages_per_huge,
		   word * sizeof(uint64_t), process->number,
		   process->snapshot ? ", in a child that it forked" : "");
}

/* Whether a word is what a page contains after a loss: zero, or the file's contents. */
static bool is_fallback(size_t page, size_t word, uint64_t got)
{
	const struct race *race = hp_race_now;
	bool own_copy = race->file && !race->shared;

	if (!got)
		return !own_copy || race->holed[page];
	return own_copy && got == (hp_shadow_is_stamp(word) ? hp_shadow_stamp(0, page, 1)
							    : filling(page, word));
}

/*
 * On 32 bits a word is written by two stores, and may be read between them: in a hole, one
 * half is zero then, and the other is of a generation being written.
 */
static bool is_half(const struct entry *entry, size_t page, size_t word, uint64_t got,
		    uint32_t from, uint32_t to)
{
	uint64_t whole = hp_shadow_is_stamp(word)
				 ? hp_shadow_stamp(owner_of(entry, to), page, to)
				 : filling(page, word);
	uint32_t low = (uint32_t)got;

	if (sizeof(long) >= sizeof(got) || !is_fallback(page, word, 0))
		return false;
	if (got != low)
		return got == (whole & ~(uint64_t)UINT32_MAX);
	return hp_shadow_is_stamp(word) ? low >= from && low <= to : low == (uint32_t)whole;
}

/*
 * The same without a hole: a process whose first write of its own is under way, after it
 * had the page of another, may read the owner of before beside the generation of now.
 */
static bool is_torn(const struct entry *entry, size_t page, uint64_t got, uint32_t from,
		    uint32_t to)
{
	uint32_t low = (uint32_t)got;

	if (sizeof(long) >= sizeof(got) || low < from || low > to)
		return false;
	return got == hp_shadow_stamp(owner_of(entry, from), page, low) ||
	       got == hp_shadow_stamp(owner_of(entry, to), page, low);
}

void hp_shadow_judge(const struct race_process *process, size_t page, size_t word,
		     uint64_t got, uint32_t from)
{
	struct entry *entry = hp_shadow_entry(process, page);
	uint32_t to = entry->begun, generation = got;
	bool lost = entry->losing || entry->lost >= from;

	if (hp_shadow_is_stamp(word) && got &&
	    got == hp_shadow_stamp(owner_of(entry, generation), page, generation) &&
	    generation >= from && generation <= to)
		return;
	if (hp_shadow_is_stamp(word) && is_torn(entry, page, got, from, to))
		return;
	if (!hp_shadow_is_stamp(word) && got == filling(page, word))
		return;
	/* Only a write of the whole page restores the filling. */
	if (!hp_shadow_is_stamp(word))
		lost = entry->losing || entry->lost;
	/* Pages that this process never wrote have the file's contents, including holes. */
	if (hp_race_now->file && !hp_race_now->shared &&
	    (from == 1 || entry->lost || !hp_shadow_is_stamp(word)))
		lost = true;
	if (lost &&
	    (is_fallback(page, word, got) || is_half(entry, page, word, got, from, to)))
		return;
	fail_word(process, page, word, got, from, to, lost);
}

void hp_shadow_make(struct race *race)
{
	int shadows = race->shared ? 1 : race->processes;
	struct entry *entries = hp_shared(shadows * race->pages * sizeof(*entries));

	race->holed = hp_shared(race->pages);
	race->ends = hp_shared(race->huge_pages * sizeof(*race->ends));
	for (int i = 0; i < race->processes; i++) {
		struct race_process *process = &race->process[i];

		process->number = i;
		process->area = race->area;
		process->entries = entries + (race->shared ? 0 : i * race->pages);
		process->windows = hp_shared(race->huge_pages * sizeof(*process->windows));
		process->bad = hp_shared(race->huge_pages * sizeof(*process->bad));
		for (size_t page = 0; page < race->pages; page++) {
			struct entry *entry = &process->entries[page];

			entry->begun = entry->done = 1;
			entry->mine_from = 2;
			entry->owner = race->shared ? 0 : i;
		}
	}
}

void hp_shadow_write(volatile uint64_t *words, unsigned int owner, size_t page,
		     uint32_t generation)
{
	size_t word = 0;

	for (int n = 0; n < STAMPS; n++) {
		for (; word < hp_shadow_stamp_word(n); word++)
			words[word] = filling(page, word);
		words[word++] = hp_shadow_stamp(owner, page, generation);
	}
}

void hp_shadow_fill(struct race *race)
{
	volatile uint64_t *words = (uint64_t *)race->area->addr;

	/* For a private mapping, the initial contents are in the file. */
	if (race->file && !race->shared) {
		words = mmap(NULL, race->area->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			     race->fd, 0);
		hp_require(words != MAP_FAILED, "cannot map the file: %s", strerror(errno));
	}
	for (size_t page = 0; page < race->pages; page++)
		hp_shadow_write(words + page * hp_shadow_words(), 0, page, 1);
	if (words != (uint64_t *)race->area->addr)
		munmap((void *)(uintptr_t)words, race->area->size);
}

/* Raises *what to at least `value`. */
static void raise_to(_Atomic uint32_t *what, uint32_t value)
{
	uint32_t was = *what;

	while (was < value && !atomic_compare_exchange_weak(what, &was, value))
		;
}

void hp_shadow_lose(struct race_process *process, size_t first, size_t pages, bool begin)
{
	for (size_t page = first; page < first + pages; page++) {
		struct entry *entry = hp_shadow_entry(process, page);

		if (begin) {
			entry->losing++;
			continue;
		}
		raise_to(&entry->lost, entry->begun);
		entry->losing--;
	}
}

void hp_shadow_holes(size_t first, size_t pages)
{
	for (size_t page = first; page < first + pages; page++)
		hp_race_now->holed[page] = 1;
}

void hp_shadow_bad(struct race_process *process, size_t first, size_t pages, bool begin)
{
	struct window *bad = &process->bad[first / hp_race_now->pages_per_huge];

	if (!begin) {
		bad->times++;
		bad->open--;
		return;
	}
	for (size_t page = first; page < first + pages; page++)
		hp_shadow_entry(process, page)->ever_bad = 1;
	bad->open++;
}

bool hp_shadow_in_window(const struct window *window, uint32_t times)
{
	return window->open || window->times != times;
}

/* Whether the page was poisoned, and may still be. */
bool hp_shadow_bad_now(const struct race_process *process, size_t page, uint32_t times)
{
	/* Poison affects the whole hugetlb page. */
	size_t n =
		HP_ON(hp_race_now->kind) & HP_ON_HUGETLB ? hp_race_now->pages_per_huge : 1;
	size_t first = page / n * n;
	bool ever = false;

	/* A child's page table keeps hwpoison entries after the parent has dropped them. */
	if (!process->snapshot &&
	    !hp_shadow_in_window(&process->bad[page / hp_race_now->pages_per_huge], times))
		return false;
	for (size_t i = first; i < first + n; i++)
		ever |= hp_race_now->process[process->number].entries[i].ever_bad;
	return ever;
}

void hp_shadow_before_fork(struct hp_operation *op, struct snapshot *snapshot)
{
	const struct race_process *process = op->process;

	snapshot->first = hp_operation_first(op);
	snapshot->pages = hp_operation_pages(op);
	for (size_t i = 0; i < snapshot->pages && !hp_race_now->shared; i++)
		snapshot->entries[i].done = process->entries[snapshot->first + i].done;
	for (size_t huge = 0; huge < hp_race_now->huge_pages; huge++)
		snapshot->window_times[huge] = process->windows[huge].times;
	atomic_thread_fence(memory_order_seq_cst);
}

void hp_shadow_after_fork(struct hp_operation *op, struct snapshot *snapshot)
{
	static struct race_process child;

	child = *op->process;
	for (size_t i = 0; i < snapshot->pages && !hp_race_now->shared; i++) {
		const struct entry *now = &child.entries[snapshot->first + i];
		struct entry *entry = &snapshot->entries[i];

		entry->losing = now->losing;
		entry->lost = now->lost;
		entry->begun = now->begun;
		entry->busy = 0;
		entry->mine_from = entry->begun + 1;
		entry->before = now->owner;
		entry->owner = CHILD;
		/* If a loss overlapped the fork, the child may have either contents. */
		if (entry->losing)
			entry->lost = entry->begun;
		entry->losing = 0;
	}
	for (size_t huge = 0; huge < hp_race_now->huge_pages; huge++)
		snapshot->unusable[huge] = hp_shadow_in_window(
			&child.windows[huge], snapshot->window_times[huge]);
	child.snapshot = snapshot;
	if (!hp_race_now->shared)
		child.entries = snapshot->entries;
	op->process = &child;
}

/*
 * Checks all words of a page, after the race. A gigantic page has 128 million words, so the
 * common cases, filling and zero, are compared inline.
 */
static void check_page(struct race_process *process, size_t page)
{
	const struct entry *entry = hp_shadow_entry(process, page);
	const volatile uint64_t *words = hp_shadow_word(process, page, 0);
	bool zero_is_right =
		(entry->losing || entry->lost) && is_fallback(page, hp_shadow_words(), 0);
	size_t word = 0;

	for (int n = 0; n < STAMPS; n++) {
		for (; word < hp_shadow_stamp_word(n); word++) {
			uint64_t got = words[word];

			if (got != filling(page, word) && (got || !zero_is_right))
				hp_shadow_judge(process, page, word, got, entry->done);
		}
		/* A write that faulted may have been partial. */
		hp_shadow_judge(process, page, word, words[word], entry->done);
		word++;
	}
}

void hp_shadow_check_all(struct race_process *process)
{
	struct race *race = hp_race_now;

	for (size_t page = 0; page < race->pages; page++) {
		/* Skips pages that stay poisoned: their window is still open. */
		if (hp_shadow_bad_now(process, page,
				      process->bad[page / race->pages_per_huge].times))
			continue;
		check_page(process, page);
	}
}
