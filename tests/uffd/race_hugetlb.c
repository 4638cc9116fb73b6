// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Many threads touch one missing hugetlb page while many handlers fill it, with one page in
 * the pool: one copy succeeds, the others fail with EEXIST, and no page or reservation
 * leaks.
 */
#include "hugeproof.h"

#include <stdatomic.h>

#define THREADS 4
/* Copying a gigantic page takes long. */
#define ROUNDS (hp_hugetlb_gigantic(hp_page_size) ? 1 : 5)

struct race {
	struct hp_area *area, *source;
	struct hp_barrier *meeting;
	int uffd, late_error; /* of a copy that comes too late */
	atomic_int copies, wrong;
};

static uint64_t last_word(const struct hp_area *area)
{
	return *((volatile uint64_t *)(area->addr + area->size) - 1);
}

/* Maps a missing page for the next round. */
static void begin(struct race *race, int sharing)
{
	race->area = hp_map_hugetlb(1, sharing);
	if (!race->source)
		race->source = hp_uffd_source(race->area, 'u');
	race->uffd = hp_uffd_missing(race->area);
	race->copies = 0;
}

static void *touch(void *arg)
{
	struct race *race = arg;

	hp_meet(race->meeting);
	if (last_word(race->area) != last_word(race->source))
		race->wrong++;
	return NULL;
}

/* Another copy, or munmap, may come first. */
static void *fill(void *arg)
{
	struct race *race = arg;
	int error;

	hp_meet(race->meeting);
	error = hp_uffd_copy(race->uffd, race->area->addr, race->source->addr,
			     race->area->size);
	if (error)
		hp_check_eq(error, race->late_error);
	else
		race->copies++;
	return NULL;
}

static void *unmap(void *arg)
{
	struct race *race = arg;

	hp_meet(race->meeting);
	hp_check_ok(munmap(race->area->addr, race->area->size));
	return NULL;
}

HP_CASES(one_copy, "of concurrent UFFDIO_COPYs of the last hugetlb page one succeeds",
	 hp_sharings, way)
{
	struct race race = {.meeting = hp_barrier_new(2 * THREADS), .late_error = EEXIST};
	pthread_t threads[2 * THREADS];
	struct hp_hugetlb_counts before;

	hp_pool_leave(1);
	before = hp_hugetlb();
	for (int round = 0; round < ROUNDS; round++) {
		begin(&race, way->flag);
		for (int i = 0; i < 2 * THREADS; i++)
			threads[i] = hp_thread(i % 2 ? fill : touch, &race);
		for (int i = 0; i < 2 * THREADS; i++)
			hp_join(threads[i]);
		hp_check_eq(race.copies, 1);
		hp_check_eq(race.wrong, 0);
		hp_check_hugetlb(before, .free = -1);
		hp_check_filled(race.area, 'u');
		close(race.uffd);
		hp_unmap(race.area);
		hp_check_hugetlb(before);
	}
}

HP_CASES(unmapped, "UFFDIO_COPY racing with munmap leaks no page or reservation",
	 hp_sharings, way)
{
	struct race race = {.meeting = hp_barrier_new(2), .late_error = ENOENT};
	struct hp_hugetlb_counts before = hp_hugetlb();

	for (int round = 0; round < 2 * ROUNDS; round++) {
		pthread_t filler, unmapper;

		begin(&race, way->flag);
		filler = hp_thread(fill, &race);
		unmapper = hp_thread(unmap, &race);
		hp_join(filler);
		hp_join(unmapper);
		hp_check_hugetlb(before);
		close(race.uffd);
	}
}

HP_PROGRAM(.summary = "of handlers that race to fill one hugetlb page one succeeds",
	   .needs = HP_NEEDS("hugetlb:1"), .seconds = 60,
	   .sources = HP_SOURCES({"commit", "60d4d2d2b40e",
				  "userfaultfd: hugetlbfs: add __mcopy_atomic_hugetlb for "
				  "huge page UFFDIO_COPY"}))
