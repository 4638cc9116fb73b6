// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A pinned THP stays with the process that pinned it: fork copies for the child, and device
 * and parent keep sharing it.
 */
#include "hugeproof.h"

static uint64_t *at[1]; /* a word in a base page in the middle */

static struct hp_area *filled(int fd)
{
	struct hp_area *area = fd < 0 ? hp_map_thp(1) : hp_map_shmem(fd, 1, MAP_SHARED);

	hp_fill(area, 'p');
	hp_require_huge(area);
	at[0] = (uint64_t *)(area->addr + area->size / 2 + 3 * hp_base_size);
	return area;
}

static void store(struct hp_ring *ring, uint64_t word)
{
	hp_check_eq(hp_ring_store(ring, at, &word, 1), 0);
}

static uint64_t load(struct hp_ring *ring)
{
	uint64_t word = 0;

	hp_check_eq(hp_ring_load(ring, at, &word, 1), 0);
	return word;
}

HP_CASE(both_ways, "a pinned THP is shared by the ring and the process, in both directions")
{
	struct hp_area *area = filled(-1);
	struct hp_ring *ring = hp_ring_open();

	hp_check_eq(hp_ring_pin(ring, area->addr, area->size), 0);
	*at[0] = 11;
	hp_check_eq(load(ring), 11);
	store(ring, 12);
	hp_check_eq(*at[0], 12);
	hp_check_filled_around(area, hp_part(area, (char *)at[0] - area->addr, 8), 'p');
	hp_ring_release(ring);
}

HP_CASE(child_copies,
	"the ring and the parent keep sharing a pinned THP when a child writes")
{
	struct hp_area *area = filled(-1);
	struct hp_ring *ring = hp_ring_open();
	struct hp_paused *child;

	*at[0] = 21;
	hp_check_eq(hp_ring_pin(ring, area->addr, area->size), 0);
	hp_paused_child(child) {
		hp_check_eq(*at[0], 21);
		*at[0] = 99;
		hp_pause(child);
		/* The device's write to the parent's page does not appear in the child. */
		hp_check_eq(*at[0], 99);
		hp_check_filled_around(area, hp_part(area, (char *)at[0] - area->addr, 8),
				       'p');
	}
	hp_check_eq(*at[0], 21);
	hp_check_eq(load(ring), 21);
	store(ring, 22);
	hp_check_eq(*at[0], 22);
	hp_resume_ok(child);
	hp_ring_release(ring);
}

static void reads_31(void *arg)
{
	(void)arg;
	hp_check_eq(*at[0], 31);
}

/* Forks a child that reads 31 in the word, now and when it is resumed. */
static struct hp_paused *fork_reader(void)
{
	return hp_fork_paused(reads_31, reads_31, NULL);
}

HP_CASE(parent_keeps,
	"the ring sees the parent's write to a pinned THP although a child shares it")
{
	struct hp_area *area = filled(-1);
	struct hp_ring *ring = hp_ring_open();
	uint64_t frame;
	struct hp_paused *child;

	*at[0] = 31;
	hp_check_eq(hp_ring_pin(ring, area->addr, area->size), 0);
	frame = hp_pfn(at[0]);
	child = fork_reader();
	*at[0] = 32;
	hp_check_unmoved(hp_pfn(at[0]) == frame);
	hp_check_eq(load(ring), 32);
	store(ring, 33);
	hp_check_eq(*at[0], 33);
	hp_resume_ok(child);
	hp_ring_release(ring);
}

HP_CASE(pinned_after_fork, "pinning a THP after fork gives the parent a copy of its own")
{
	struct hp_area *area = filled(-1);
	struct hp_ring *ring = hp_ring_open();
	struct hp_paused *child;

	*at[0] = 31;
	child = fork_reader();
	hp_check_eq(hp_ring_pin(ring, area->addr, area->size), 0);
	store(ring, 41);
	hp_check_eq(*at[0], 41);
	*at[0] = 42;
	hp_check_eq(load(ring), 42);
	hp_resume_ok(child);
	hp_ring_release(ring);
}

HP_CASE(dropped,
	"a THP dropped by MADV_DONTNEED stays with the ring, and the process sees zeros")
{
	struct hp_area *area = filled(-1);
	struct hp_ring *ring = hp_ring_open();

	*at[0] = 51;
	hp_check_eq(hp_ring_pin(ring, area->addr, area->size), 0);
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	hp_check_eq(*at[0], 0);
	hp_check_eq(load(ring), 51);
	store(ring, 52);
	hp_check_eq(*at[0], 0);
	hp_check_zeros(hp_nth_page(area, 0));
	hp_ring_release(ring);
}

HP_CASE(shared_file, "the ring, the process and a child share a pinned huge page of shmem")
{
	struct hp_area *area = filled(hp_shmem_file(1));
	struct hp_ring *ring = hp_ring_open();
	struct hp_paused *child;

	*at[0] = 31;
	hp_check_eq(hp_ring_pin(ring, area->addr, area->size), 0);
	child = fork_reader();
	hp_check_eq(load(ring), 31);
	hp_resume_ok(child);
	store(ring, 61);
	hp_check_eq(*at[0], 61);
	hp_ring_release(ring);
}

HP_PROGRAM(.summary = "a pinned THP stays with the process that pinned it",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap"),
	   .sources = HP_SOURCES({"doc", "Documentation/core-api/pin_user_pages.rst"},
				 {"commit", "6c287605fd56",
				  "mm: remember exclusively mapped anonymous pages with "
				  "PG_anon_exclusive"}))
