// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Many threads touch one missing page of hugetlb and many handlers fill it at once, with
 * one page in the pool: one copy is taken, the others get EEXIST, and nothing is lost or
 * promised twice.
 */
#include "hugeproof.h"

#include <pthread.h>
#include <stdatomic.h>

#define THREADS 4
/* Gigantic pages take their time to be copied. */
#define ROUNDS (hp_hugetlb_gigantic(hp_page_size) ? 1 : 5)

struct race {
	struct hp_area *area, *source;
	struct hp_barrier *meeting;
	int uffd;
	atomic_int copies, wrong;
};

static uint64_t last_word(const struct hp_area *area)
{
	return *((volatile uint64_t *)(area->addr + area->size) - 1);
}

static void *touch(void *arg)
{
	struct race *race = arg;

	hp_meet(race->meeting);
	if (last_word(race->area) != last_word(race->source))
		race->wrong++;
	return NULL;
}

static void *fill(void *arg)
{
	struct race *race = arg;
	int error;

	hp_meet(race->meeting);
	error = hp_uffd_copy(race->uffd, race->area->addr, race->source->addr,
			     race->area->size);
	if (!error)
		race->copies++;
	else
		hp_check_eq(error, EEXIST);
	return NULL;
}

static void start(pthread_t *threads, struct race *race, void *(*body)(void *))
{
	for (int i = 0; i < THREADS; i++)
		hp_require(!pthread_create(&threads[i], NULL, body, race),
			   "cannot make a thread");
}

static void end(pthread_t *threads)
{
	for (int i = 0; i < THREADS; i++)
		hp_check_eq(pthread_join(threads[i], NULL), 0);
}

HP_SHARING_CASES(one_copy, "of many copies one is taken, of the one page that there is")
{
	struct race race = {.meeting = hp_barrier(2 * THREADS)};
	pthread_t fillers[THREADS], readers[THREADS];
	struct hp_hugetlb before;

	hp_pool_leave(1);
	before = hp_hugetlb();
	for (int round = 0; round < ROUNDS; round++) {
		race.area = hp_map_hugetlb(1, sharing);
		if (!race.source)
			race.source = hp_uffd_source(race.area, 'u');
		race.uffd = hp_uffd_missing(race.area);
		race.copies = 0;
		start(readers, &race, touch);
		start(fillers, &race, fill);
		end(fillers);
		end(readers);
		hp_check_eq(race.copies, 1);
		hp_check_eq(race.wrong, 0);
		hp_check_hugetlb(before, .free = -1);
		hp_check_filled(race.area, 'u');
		close(race.uffd);
		hp_unmap(race.area);
		hp_check_hugetlb(before);
	}
}

static void *unmap(void *arg)
{
	struct race *race = arg;

	hp_meet(race->meeting);
	hp_check_ok(munmap(race->area->addr, race->area->size));
	return NULL;
}

static void *fill_or_not(void *arg)
{
	struct race *race = arg;
	int error;

	hp_meet(race->meeting);
	error = hp_uffd_copy(race->uffd, race->area->addr, race->source->addr,
			     race->area->size);
	hp_check(error == 0 || error == ENOENT);
	return NULL;
}

HP_SHARING_CASES(unmapped, "a copy that comes with the end of the mapping leaves nothing")
{
	struct race race = {.meeting = hp_barrier(2)};
	struct hp_hugetlb before = hp_hugetlb();
	pthread_t filler, unmapper;

	for (int round = 0; round < 2 * ROUNDS; round++) {
		race.area = hp_map_hugetlb(1, sharing);
		if (!race.source)
			race.source = hp_uffd_source(race.area, 'u');
		race.uffd = hp_uffd_missing(race.area);
		hp_require(!pthread_create(&filler, NULL, fill_or_not, &race) &&
				   !pthread_create(&unmapper, NULL, unmap, &race),
			   "cannot make a thread");
		hp_check_eq(pthread_join(filler, NULL), 0);
		hp_check_eq(pthread_join(unmapper, NULL), 0);
		hp_check_hugetlb(before);
		close(race.uffd);
	}
}

HP_PROGRAM(.summary = "of all who fill one huge page one does, with one page",
	   .needs = HP_NEEDS("hugetlb:1"), .seconds = 60,
	   .source = "userfaultfd: hugetlbfs: add UFFDIO_COPY support (2017)")
