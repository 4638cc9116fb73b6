// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Holes, truncation and preallocation racing with faults: a word that somebody wrote
 * reads as written or, once its page was cut out, as zero; and the pool gets back what it
 * gave.
 */
#include "hugeproof.h"

#define PAGES   2
#define WRITERS 2

/* Of each side; a gigantic page is long in clearing. */
static int rounds(void)
{
	return hp_hugetlb_gigantic(hp_page_size) ? 4 : 150;
}

struct race {
	int fd;
	struct hp_area *area;
	struct hp_barrier *start;
	_Atomic int rounds[WRITERS]; /* done by each */
	_Atomic bool done;
	bool may_end; /* the file may be too short at times: SIGBUS is right */
	void (*cut)(const struct race *race, struct hp_random *random);
};

static int born;

/* A word of the page for each writer. */
static void write_words(void *arg)
{
	struct race *race = arg;
	const int me = born;
	struct hp_random random = hp_random_stream(hp_seed, me);

	hp_meet(race->start);
	for (uint64_t round = 1; !race->done; round++, race->rounds[me]++) {
		size_t page = hp_random_below(&random, PAGES);
		volatile uint64_t *word =
			(uint64_t *)(hp_page(race->area, page) + 512 * me);
		uint64_t value = round << 8 | me, got;
		struct hp_fault fault = hp_try(word, HP_READ);

		hp_step("writer %d, round %d, page %zu", me, (int)round, page);
		if (fault.signo) {
			hp_check(race->may_end && fault.signo == SIGBUS);
			continue;
		}
		if (race->may_end) {
			/* One byte: the write may meet the end as well. */
			fault = hp_try(word, HP_WRITE);
			hp_check(!fault.signo || fault.signo == SIGBUS);
			continue;
		}
		*word = value;
		got = *word;
		hp_check(got == value || got == 0);
	}
}

/* Everybody goes on until everybody has done enough. */
static bool enough(const struct race *race, int cuts)
{
	bool all = cuts >= rounds();

	for (int i = 0; i < WRITERS; i++)
		all &= race->rounds[i] >= rounds();
	return all;
}

static void punch(const struct race *race, struct hp_random *random)
{
	hp_check_ok(fallocate(race->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			      (off_t)(hp_random_below(random, PAGES) * hp_page_size),
			      (off_t)hp_page_size));
}

static void punch_and_fill(const struct race *race, struct hp_random *random)
{
	punch(race, random);
	hp_check_ok(fallocate(race->fd, 0, 0, (off_t)(PAGES * hp_page_size)));
}

static void truncate_and_grow(const struct race *race, struct hp_random *random)
{
	hp_check_ok(ftruncate(race->fd,
			      (off_t)(hp_random_below(random, PAGES) * hp_page_size)));
	hp_check_ok(ftruncate(race->fd, (off_t)(PAGES * hp_page_size)));
}

static const struct way {
	struct hp_variant variant;
	void (*cut)(const struct race *, struct hp_random *);
	bool may_end;
} ways[] = {
	{{"holes", "pages are punched out while two processes fault them in"},
	 punch,
	 false},
	{{"holes_filled",
	  "pages are punched out and allocated again while two processes fault them in"},
	 punch_and_fill,
	 false},
	{{"truncation",
	  "a file is cut and grows while two processes fault it in: SIGBUS, or the page"},
	 truncate_and_grow,
	 true},
};

HP_NAMED_CASES(race_against, ways, way)
{
	struct hp_random random = hp_random_stream(hp_seed, WRITERS);
	struct race *race = hp_shared(sizeof(*race));
	/* A page that was cut out goes back a moment after its place may be filled again.
	 */
	struct hp_hugetlb_counts start = hp_pool_leave(PAGES + 1);
	pid_t writers[WRITERS];
	int cuts = 0;

	race->fd = hp_hugetlb_file();
	race->area = hp_map_file(race->fd, 0, PAGES, MAP_SHARED);
	race->start = hp_barrier_new(WRITERS + 1);
	race->may_end = way->may_end;
	for (born = 0; born < WRITERS; born++)
		writers[born] = hp_fork(write_words, race);
	hp_meet(race->start);
	for (; !enough(race, cuts); cuts++)
		way->cut(race, &random);
	race->done = true;
	for (int i = 0; i < WRITERS; i++)
		hp_wait_ok(writers[i]);
	hp_note("%d cuts against %d and %d rounds", cuts, race->rounds[0], race->rounds[1]);
	/* Whatever is there now, all of it fits, and goes. */
	hp_check_writable(race->area, 'h');
	hp_check_hugetlb(start, .free = -PAGES);
	hp_unmap(race->area);
	hp_check_ok(close(race->fd));
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary = "holes and truncation racing with faults lose and leak nothing",
	   .needs = HP_NEEDS("hugetlb:3"), .seconds = 60,
	   .sources = HP_SOURCES(
		   {"man", "fallocate(2)"},
		   {"commit", "c86aa7bbfd55",
		    "hugetlbfs: Use i_mmap_rwsem to fix page fault/truncate race"}))
