// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Many threads touch one missing page while many handlers fill it: one copy succeeds, the
 * others fail with EEXIST, and every reader sees the successful one. A page that is dropped
 * meanwhile is filled again, and readers see nothing but what the handler copied.
 */
#include "hugeproof.h"

#include <stdatomic.h>

#define THREADS 6
#define ROUNDS  30

struct race {
	struct hp_area *area, *source[THREADS];
	struct hp_barrier *meeting;
	size_t page; /* the page that all threads touch or fill */
	int advice;  /* the advice that drops the pages of the area */
	int uffd;
	atomic_int copies, winner, faults;
};

struct racer {
	pthread_t thread;
	struct race *race;
	int me;
	uint64_t word; /* the word it has read */
};

static struct race *race_in(enum hp_memory memory, int threads)
{
	static struct race race;

	race.area = hp_uffd_room(memory);
	race.page = hp_pages(race.area) / 2;
	race.advice = memory == HP_MEMORY_THP ? MADV_DONTNEED : MADV_REMOVE;
	race.meeting = hp_barrier_new(threads);
	for (int i = 0; i < THREADS; i++)
		race.source[i] = hp_uffd_source(race.area, (char)('a' + i));
	race.uffd = hp_uffd_missing(race.area);
	return &race;
}

static void drop(const struct race *race)
{
	hp_check_ok(madvise(race->area->addr, race->area->size, race->advice));
}

static void start(struct racer *racers, struct race *race, void *(*body)(void *))
{
	for (int i = 0; i < THREADS; i++) {
		racers[i] = (struct racer){.race = race, .me = i};
		racers[i].thread = hp_thread(body, &racers[i]);
	}
}

static void end(struct racer *racers)
{
	for (int i = 0; i < THREADS; i++)
		hp_join(racers[i].thread);
}

/* The last word of the page in an area with the same layout. */
static uint64_t last_word(const struct race *race, const struct hp_area *area)
{
	return *((volatile uint64_t *)hp_page(area, race->page + 1) - 1);
}

static void *touch(void *arg)
{
	struct racer *racer = arg;

	hp_meet(racer->race->meeting);
	racer->word = last_word(racer->race, racer->race->area);
	return NULL;
}

static int copy(struct race *race, int from)
{
	return hp_uffd_copy(race->uffd, hp_page(race->area, race->page),
			    hp_page(race->source[from], race->page), race->area->page_size);
}

static void *fill(void *arg)
{
	struct racer *racer = arg;
	struct race *race = racer->race;
	int error;

	hp_meet(race->meeting);
	error = copy(race, racer->me);
	if (!error) {
		race->copies++;
		race->winner = racer->me;
	} else {
		hp_check_eq(error, EEXIST);
	}
	return NULL;
}

HP_CASES(one_copy,
	 "of concurrent UFFDIO_COPYs one succeeds, and all threads read its contents",
	 hp_uffd_kinds, kind)
{
	struct race *race = race_in(kind->memory, 2 * THREADS);
	struct racer fillers[THREADS], readers[THREADS];

	for (int round = 0; round < ROUNDS; round++) {
		race->copies = 0;
		start(readers, race, touch);
		start(fillers, race, fill);
		end(fillers);
		end(readers);
		hp_check_eq(race->copies, 1);
		hp_check_filled(hp_nth_page(race->area, race->page),
				(char)('a' + race->winner));
		for (int i = 0; i < THREADS; i++)
			hp_check_eq(readers[i].word,
				    last_word(race, race->source[race->winner]));
		hp_check_eq(hp_area_smaps(race->area).rss, race->area->page_size / 1024);
		drop(race);
	}
}

static void *read_on(void *arg)
{
	struct racer *racer = arg;
	struct race *race = racer->race;
	const uint64_t right = last_word(race, race->source[0]);

	hp_meet(race->meeting);
	while (race->faults < ROUNDS)
		hp_check_eq(last_word(race, race->area), right);
	return NULL;
}

/* Each waiting thread causes an event: the page may be present already. */
static void fill_again(int uffd, const struct hp_uffd_event *event, void *arg)
{
	struct race *race = arg;
	int error;

	(void)uffd;
	race->faults++;
	do {
		error = copy(race, 0);
	} while (error == EAGAIN);
	hp_check_eq(event->kind, UFFD_EVENT_PAGEFAULT);
	if (error)
		hp_check_eq(error, EEXIST);
}

HP_CASES(dropped, "a page that is dropped repeatedly is filled by the handler each time",
	 hp_uffd_kinds, kind)
{
	struct race *race = race_in(kind->memory, THREADS + 1);
	struct hp_handler *handler = hp_handler_start(race->uffd, fill_again, race);
	struct racer readers[THREADS];

	start(readers, race, read_on);
	hp_meet(race->meeting);
	while (race->faults < ROUNDS)
		drop(race);
	end(readers);
	hp_check_filled(hp_nth_page(race->area, race->page), 'a');
	hp_handler_end(handler);
}

HP_PROGRAM(.summary = "of concurrent handlers that fill one page exactly one succeeds",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root"), .seconds = 30,
	   .sources = HP_SOURCES({"commit", "c1a4de99fada",
				  "userfaultfd: mcopy_atomic|mfill_zeropage: "
				  "UFFDIO_COPY|UFFDIO_ZEROPAGE preparation"}))
