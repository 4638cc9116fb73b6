// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The oracle. Every base page carries who wrote it (owner), which page it is and how often
 * it was written (generation) in some of its words, and words that never change in the
 * rest. A word that is read must be of a generation between what was complete before the
 * read and what had begun by its end, or what the page falls back to when somebody's
 * operation may have lost its changes meanwhile.
 */
#include "frame/case.h"
#include "fixture/process.h"
#include "race/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define FILLING UINT64_C(0xb0)
#define OWNER   UINT64_C(0xc0)
#define CHILD   15 /* owner of what a forked child writes */

static uint64_t stamp(unsigned int owner, size_t page, uint32_t generation)
{
	return (OWNER | owner) << 56 | (uint64_t)page << 32 | generation;
}

static uint64_t filling(size_t page, size_t word)
{
	return FILLING << 56 | (uint64_t)page << 32 | word;
}

static size_t words_per_page(void)
{
	return race_now->base / sizeof(uint64_t);
}

/* Where the n-th stamp of a page is: the first word, the last, and between. */
static size_t stamp_word(int n)
{
	return n * (words_per_page() - 1) / (STAMPS - 1);
}

static bool is_stamp(size_t word)
{
	for (int n = 0; n < STAMPS; n++)
		if (word == stamp_word(n))
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

static struct entry *entry_of(const struct side *side, size_t page)
{
	/* A child's copies of private memory have a ledger of their own. */
	bool copies = side->snapshot && !race_now->shared;

	return &side->entries[copies ? page - side->snapshot->first : page];
}

static volatile uint64_t *word_at(const struct side *side, size_t page, size_t word)
{
	return (volatile uint64_t *)(side->area->addr + page * race_now->base) + word;
}

static _Noreturn void wrong_word(const struct side *side, size_t page, size_t word,
				 uint64_t got, uint32_t from, uint32_t to, bool may_be_lost)
{
	const struct entry *entry = entry_of(side, page);
	char expected[160], found[96];

	if (!is_stamp(word))
		describe(expected, sizeof(expected), filling(page, word));
	else
		describe(expected, sizeof(expected), stamp(owner_of(entry, to), page, to));
	if (is_stamp(word) && from != to)
		snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected),
			 " (or from generation %" PRIu32 " on)", from);
	if (may_be_lost)
		snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected),
			 ", or what is there when that is lost");
	describe(found, sizeof(found), got);
	record_blame(page);
	record_writer(entry);
	hp_fail_at(HP_HERE("the contents of a page"), expected,
		   "%s (%#018" PRIx64
		   "), at %p: page %zu (huge page %zu, base page %zu of it), "
		   "byte %#zx, in process %d%s",
		   found, got, (void *)(uintptr_t)word_at(side, page, word), page,
		   page / race_now->pages_per_huge, page % race_now->pages_per_huge,
		   word * sizeof(uint64_t), side->number,
		   side->snapshot ? ", in a child that it forked" : "");
}

/* What a page holds behind a loss: zeros, or what its file has. */
static bool is_fallback(size_t page, size_t word, uint64_t got)
{
	const struct race *race = race_now;
	bool own_copy = race->file && !race->shared;

	if (!got)
		return !own_copy || race->holed[page];
	return own_copy &&
	       got == (is_stamp(word) ? stamp(0, page, 1) : filling(page, word));
}

/*
 * Where a word takes two stores it may be seen between them: over a hole one half of it is
 * zero then, and the other from a generation that is being written.
 */
static bool is_half(const struct entry *entry, size_t page, size_t word, uint64_t got,
		    uint32_t from, uint32_t to)
{
	uint64_t whole =
		is_stamp(word) ? stamp(owner_of(entry, to), page, to) : filling(page, word);
	uint32_t low = (uint32_t)got;

	if (sizeof(long) >= sizeof(got) || !is_fallback(page, word, 0))
		return false;
	if (got != low)
		return got == (whole & ~(uint64_t)UINT32_MAX);
	return is_stamp(word) ? low >= from && low <= to : low == (uint32_t)whole;
}

static void judge(const struct side *side, size_t page, size_t word, uint64_t got,
		  uint32_t from)
{
	struct entry *entry = entry_of(side, page);
	uint32_t to = entry->begun, generation = got;
	bool lost = entry->losing || entry->lost >= from;

	if (is_stamp(word) && got &&
	    got == stamp(owner_of(entry, generation), page, generation) &&
	    generation >= from && generation <= to)
		return;
	if (!is_stamp(word) && got == filling(page, word))
		return;
	/* The filling is written again only with the whole page. */
	if (!is_stamp(word))
		lost = entry->losing || entry->lost;
	/* What this process never wrote is the file's own, holes and all. */
	if (race_now->file && !race_now->shared &&
	    (from == 1 || entry->lost || !is_stamp(word)))
		lost = true;
	if (lost &&
	    (is_fallback(page, word, got) || is_half(entry, page, word, got, from, to)))
		return;
	wrong_word(side, page, word, got, from, to, lost);
}

void ledger_make(struct race *race)
{
	int ledgers = race->shared ? 1 : race->sides;
	struct entry *entries = hp_shared(ledgers * race->pages * sizeof(*entries));

	race->holed = hp_shared(race->pages);
	race->ends = hp_shared(race->huge_pages * sizeof(*race->ends));
	for (int i = 0; i < race->sides; i++) {
		struct side *side = &race->side[i];

		side->number = i;
		side->area = race->area;
		side->entries = entries + (race->shared ? 0 : i * race->pages);
		side->gaps = hp_shared(race->huge_pages * sizeof(*side->gaps));
		side->bad = hp_shared(race->huge_pages * sizeof(*side->bad));
		for (size_t page = 0; page < race->pages; page++) {
			struct entry *entry = &side->entries[page];

			entry->begun = entry->done = 1;
			entry->mine_from = 2;
			entry->owner = race->shared ? 0 : i;
		}
	}
}

static void write_page(volatile uint64_t *words, unsigned int owner, size_t page,
		       uint32_t generation)
{
	for (size_t word = 0; word < words_per_page(); word++)
		words[word] = is_stamp(word) ? stamp(owner, page, generation)
					     : filling(page, word);
}

void ledger_fill(struct race *race)
{
	volatile uint64_t *words = (uint64_t *)race->area->addr;

	/* A private mapping of a file finds it there. */
	if (race->file && !race->shared) {
		words = mmap(NULL, race->area->size, PROT_READ | PROT_WRITE, MAP_SHARED,
			     race->fd, 0);
		hp_require(words != MAP_FAILED, "cannot map the file: %s", strerror(errno));
	}
	for (size_t page = 0; page < race->pages; page++)
		write_page(words + page * words_per_page(), 0, page, 1);
	if (words != (uint64_t *)race->area->addr)
		munmap((void *)(uintptr_t)words, race->area->size);
}

/* Raises to at least `value`. */
static void raise_to(_Atomic uint32_t *what, uint32_t value)
{
	uint32_t was = *what;

	while (was < value && !atomic_compare_exchange_weak(what, &was, value))
		;
}

void ledger_lose(struct side *side, size_t first, size_t pages, bool begin)
{
	for (size_t page = first; page < first + pages; page++) {
		struct entry *entry = entry_of(side, page);

		if (begin) {
			entry->losing++;
			continue;
		}
		raise_to(&entry->lost, entry->begun);
		entry->losing--;
	}
}

void ledger_holes(size_t first, size_t pages)
{
	for (size_t page = first; page < first + pages; page++)
		race_now->holed[page] = 1;
}

void ledger_bad(struct side *side, size_t first, size_t pages, bool begin)
{
	struct gap *bad = &side->bad[first / race_now->pages_per_huge];

	if (!begin) {
		bad->times++;
		bad->open--;
		return;
	}
	for (size_t page = first; page < first + pages; page++)
		entry_of(side, page)->ever_bad = 1;
	bad->open++;
}

/* An access on its way: what it needs if it faults. */
struct access {
	struct side *side;
	size_t page;
	uint32_t gap_times, end_times, bad_times;
	uint32_t generation; /* of a write */
	unsigned int owner;
	bool whole;
	size_t word;
	uint64_t got[STAMPS + 1];
};

static void look_at_gaps(struct access *access)
{
	size_t huge = access->page / race_now->pages_per_huge;

	access->gap_times = access->side->gaps[huge].times;
	access->end_times = race_now->ends[huge].times;
	access->bad_times = access->side->bad[huge].times;
}

static bool in_gap(const struct gap *gap, uint32_t times)
{
	return gap->open || gap->times != times;
}

/* The page is one that was poisoned, and it may be so just now. */
static bool bad_now(const struct side *side, size_t page, uint32_t times)
{
	/* Poison takes all of a hugetlb page. */
	size_t n = HP_ON(race_now->kind) & HP_ON_HUGETLB ? race_now->pages_per_huge : 1;
	size_t first = page / n * n;
	bool ever = false;

	for (size_t i = first; i < first + n; i++)
		ever |= race_now->side[side->number].entries[i].ever_bad;
	/* A child's page table keeps what its parent has dropped. */
	return ever && (side->snapshot ||
			in_gap(&side->bad[page / race_now->pages_per_huge], times));
}

/* What the kernel is asked for may be all of the huge page (a pin): so may be the reason.
 */
static bool explained(const struct access *access)
{
	size_t huge = access->page / race_now->pages_per_huge;
	size_t first = huge * race_now->pages_per_huge;

	for (size_t page = first; page < first + race_now->pages_per_huge; page++)
		if (bad_now(access->side, page, access->bad_times))
			return true;
	return in_gap(&access->side->gaps[huge], access->gap_times) ||
	       in_gap(&race_now->ends[huge], access->end_times);
}

/* The same of a system call's answer. */
static void judge_refusal(const struct access *access, int error)
{
	if (error != EFAULT || explained(access))
		return;
	record_blame(access->page);
	hp_fail_at(HP_HERE("the kernel's own access to the target"), "success",
		   "EFAULT at page %zu (huge page %zu), in process %d", access->page,
		   access->page / race_now->pages_per_huge, access->side->number);
}

/* The signal is one that somebody's operation explains; otherwise the race has failed. */
static void judge_fault(const struct access *access, const struct hp_fault *fault,
			const char *what)
{
	const struct side *side = access->side;
	size_t huge = access->page / race_now->pages_per_huge;

	if (fault->signo == SIGSEGV && in_gap(&side->gaps[huge], access->gap_times))
		return;
	if (fault->signo == SIGBUS && fault->code == BUS_ADRERR &&
	    in_gap(&race_now->ends[huge], access->end_times))
		return;
	if (fault->signo == SIGBUS &&
	    (fault->code == BUS_MCEERR_AR || fault->code == BUS_MCEERR_AO) &&
	    bad_now(side, access->page, access->bad_times))
		return;
	record_blame(access->page);
	hp_fail_at(HP_HERE("an access to the target"), "no signal",
		   "SIG%s (code %d) at %p for a %s of page %zu (huge page %zu), in process "
		   "%d%s",
		   sigabbrev_np(fault->signo), fault->code, fault->addr, what, access->page,
		   huge, side->number, side->snapshot ? ", in a child that it forked" : "");
}

static void load(void *arg)
{
	struct access *access = arg;

	for (int n = 0; n < STAMPS; n++)
		access->got[n] = *word_at(access->side, access->page, stamp_word(n));
	access->got[STAMPS] = *word_at(access->side, access->page, access->word);
}

/* Nothing can be said of a page where the fork fell into somebody's operation. */
static bool usable(const struct side *side, size_t page)
{
	return !side->snapshot ||
	       !side->snapshot->unusable[page / race_now->pages_per_huge];
}

static int read_page(struct hp_turn *turn, size_t page, size_t word, hp_move *move)
{
	struct side *side = turn->side;
	struct access access = {.side = side, .page = page, .word = word};
	uint32_t from = entry_of(side, page)->done;
	int error = 0;

	if (!usable(side, page))
		return 0;
	look_at_gaps(&access);
	atomic_thread_fence(memory_order_seq_cst);
	if (move) {
		uint64_t *addr[STAMPS + 1];

		for (int n = 0; n < STAMPS; n++)
			addr[n] = (uint64_t *)word_at(side, page, stamp_word(n));
		addr[STAMPS] = (uint64_t *)word_at(side, page, word);
		error = move(turn, addr, access.got, STAMPS + 1);
		judge_refusal(&access, error);
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
		judge(side, page, stamp_word(n), access.got[n], from);
	judge(side, page, word, access.got[STAMPS], from);
	turn->worker->reads++;
	return 0;
}

static void store(void *arg)
{
	struct access *access = arg;

	if (access->whole) {
		write_page(word_at(access->side, access->page, 0), access->owner,
			   access->page, access->generation);
		return;
	}
	for (int n = 0; n < STAMPS; n++)
		*word_at(access->side, access->page, stamp_word(n)) =
			stamp(access->owner, access->page, access->generation);
}

static int write_page_of(struct hp_turn *turn, size_t page, bool whole, hp_move *move)
{
	struct side *side = turn->side;
	struct entry *entry = entry_of(side, page);
	struct access access = {.side = side, .page = page, .whole = whole};
	uint8_t nobody = 0;
	int error = 0;

	if (!usable(side, page) ||
	    !atomic_compare_exchange_strong(&entry->busy, &nobody, 1))
		return HP_NOT_NOW;
	access.generation = entry->begun + 1;
	access.owner = entry->owner;
	look_at_gaps(&access);
	entry->begun = access.generation;
	if (move) {
		uint64_t *addr[STAMPS], words[STAMPS];

		for (int n = 0; n < STAMPS; n++) {
			addr[n] = (uint64_t *)word_at(side, page, stamp_word(n));
			words[n] = stamp(access.owner, page, access.generation);
		}
		error = move(turn, addr, words, STAMPS);
		judge_refusal(&access, error);
	} else {
		struct hp_fault fault = hp_try_body(store, &access);

		if (fault.signo) {
			judge_fault(&access, &fault, "write");
			error = EFAULT;
		}
	}
	if (!error) {
		entry->done = access.generation;
		entry->writer = turn->worker->index + 1;
		entry->written_ns = turn->began_ns;
	}
	entry->busy = 0;
	return error;
}

size_t hp_turn_first(const struct hp_turn *turn)
{
	return (size_t)(turn->addr - turn->area->addr) / race_now->base;
}

size_t hp_turn_pages(const struct hp_turn *turn)
{
	return turn->size / race_now->base;
}

static size_t some_page(struct hp_turn *turn)
{
	return hp_turn_first(turn) + hp_random_below(&turn->random, hp_turn_pages(turn));
}

int hp_read_pages(struct hp_turn *turn, int n)
{
	int error = 0;

	while (n--) {
		size_t page = some_page(turn);
		size_t word = hp_random_below(&turn->random, words_per_page());
		int now = read_page(turn, page, is_stamp(word) ? 1 : word, NULL);

		error = now ? now : error;
	}
	return error;
}

int hp_write_pages(struct hp_turn *turn, int n)
{
	int error = 0, written = 0;

	while (n--) {
		size_t page = some_page(turn);
		bool whole = !hp_random_below(&turn->random, 8);
		int now = write_page_of(turn, page, whole, NULL);

		written += !now;
		error = now > 0 ? now : error;
	}
	return error ? error : written ? 0 : HP_NOT_NOW;
}

int hp_read_page_by(struct hp_turn *turn, hp_move *move)
{
	size_t page = some_page(turn);
	size_t word = hp_random_below(&turn->random, words_per_page());

	return read_page(turn, page, is_stamp(word) ? 1 : word, move);
}

int hp_write_page_by(struct hp_turn *turn, hp_move *move)
{
	return write_page_of(turn, some_page(turn), false, move);
}

void ledger_before_fork(struct hp_turn *turn, struct snapshot *snapshot)
{
	const struct side *side = turn->side;

	snapshot->first = hp_turn_first(turn);
	snapshot->pages = hp_turn_pages(turn);
	for (size_t i = 0; i < snapshot->pages && !race_now->shared; i++)
		snapshot->entries[i].done = side->entries[snapshot->first + i].done;
	for (size_t huge = 0; huge < race_now->huge_pages; huge++)
		snapshot->gap_times[huge] = side->gaps[huge].times;
	atomic_thread_fence(memory_order_seq_cst);
}

void ledger_after_fork(struct hp_turn *turn, struct snapshot *snapshot)
{
	static struct side child;

	child = *turn->side;
	for (size_t i = 0; i < snapshot->pages && !race_now->shared; i++) {
		const struct entry *now = &child.entries[snapshot->first + i];
		struct entry *entry = &snapshot->entries[i];

		entry->losing = now->losing;
		entry->lost = now->lost;
		entry->begun = now->begun;
		entry->busy = 0;
		entry->mine_from = entry->begun + 1;
		entry->before = now->owner;
		entry->owner = CHILD;
		/* Was it lost before the fork, or while it was made: the child has that. */
		if (entry->losing)
			entry->lost = entry->begun;
		entry->losing = 0;
	}
	for (size_t huge = 0; huge < race_now->huge_pages; huge++)
		snapshot->unusable[huge] =
			in_gap(&child.gaps[huge], snapshot->gap_times[huge]);
	child.snapshot = snapshot;
	if (!race_now->shared)
		child.entries = snapshot->entries;
	turn->side = &child;
}

void ledger_check_all(struct side *side)
{
	struct race *race = race_now;

	for (size_t page = 0; page < race->pages; page++) {
		struct entry *entry = entry_of(side, page);

		/* For ever bad: the gap is still open. */
		if (bad_now(side, page, side->bad[page / race->pages_per_huge].times))
			continue;
		for (size_t word = 0; word < words_per_page(); word++) {
			/* Where the race ended in the middle of a write, some of it is
			 * there. */
			judge(side, page, word, *word_at(side, page, word), entry->done);
		}
	}
}
