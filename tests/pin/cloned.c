// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Registered buffers can be cloned into another ring: both rings access the same pages,
 * which stay pinned until the last ring releases them. A transfer in flight keeps its
 * buffer until it ends, even if the table changes meanwhile.
 */
#include "hugeproof.h"

#include <unistd.h>

/* Checked with base pages, so that EINVAL for huge pages counts as a failure. */
static void need_clones(void)
{
	struct hp_area *plain = hp_map_base_pages(1);
	struct hp_ring *ring = hp_ring_open(), *clone = hp_ring_open();
	int error;

	hp_check_eq(hp_ring_pin(ring, plain->addr, plain->size), 0);
	error = hp_ring_clone(clone, ring);
	if (error == EINVAL)
		hp_skip_case("needs IORING_REGISTER_CLONE_BUFFERS (Linux 6.12): run it in "
			     "the lab");
	hp_check_eq(error, 0);
	hp_ring_release(ring);
	hp_ring_release(clone);
	hp_unmap(plain);
}

static struct hp_ring *clone_of(const struct hp_ring *ring)
{
	struct hp_ring *clone = hp_ring_open();

	hp_check_eq(hp_ring_clone(clone, ring), 0);
	return clone;
}

static uint64_t *word(const struct hp_area *area, size_t page)
{
	return (uint64_t *)(area->addr + page * hp_base_size + 40);
}

static void check_word(struct hp_ring *ring, const struct hp_area *area, size_t page)
{
	uint64_t *at = word(area, page), seen = 0, mine = page, was = *at;

	hp_step("base page %zu", page);
	hp_check_eq(hp_ring_load(ring, &at, &seen, 1), 0);
	hp_check_eq(seen, was);
	hp_check_eq(hp_ring_store(ring, &at, &mine, 1), 0);
	hp_check_eq(*at, page);
	*at = was;
}

HP_CASES(both, "a cloned buffer reaches each base page, also when the first ring is gone",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = hp_map_filled(kind->memory, 2 * hp_pmd_size, 'c');
	struct hp_ring *ring = hp_ring_open(), *clone;
	size_t pages = hp_base_pages(area);
	const size_t places[] = {3, 4, 15, 16, 17, pages / 2 - 1, pages / 2, pages - 3};

	need_clones();
	hp_check_eq(hp_ring_pin(ring, area->addr + 3 * hp_base_size,
				area->size - 5 * hp_base_size),
		    0);
	clone = clone_of(ring);
	for (int i = 0; i < 8; i++) {
		check_word(ring, area, places[i]);
		check_word(clone, area, places[i]);
	}
	hp_ring_release(ring);
	for (int i = 0; i < 8; i++)
		check_word(clone, area, places[i]);
	hp_check_filled(area, 'c');
	hp_ring_release(clone);
	hp_check_filled(area, 'c');
}

HP_CASE(counted,
	"hugetlb pages of a cloned buffer are freed when both rings have released them")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_filled_hugetlb(1, MAP_SHARED, 'c');
	struct hp_ring *ring = hp_ring_open(), *clone;

	need_clones();
	hp_check_eq(hp_ring_pin(ring, area->addr, area->size), 0);
	clone = clone_of(ring);
	hp_unmap(area);
	hp_check_hugetlb(start, .free = -1);
	hp_ring_release(ring);
	hp_check_hugetlb(start, .free = -1);
	hp_ring_release(clone);
	hp_check_hugetlb(start);
}

HP_CASES(replaced,
	 "a read in flight completes into its old buffer when the slot is replaced",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = hp_map_filled(kind->memory, hp_pmd_size, 'c'),
		       *other = hp_map_base_pages(16);
	struct hp_ring *ring = hp_ring_open();
	const struct iovec range = {area->addr + hp_base_size,
				    area->size - 2 * hp_base_size};
	uint64_t *to = word(area, hp_base_pages(area) - 3), was = *to;
	int ends[2];

	hp_fill(other, 'o');
	hp_check_ok(pipe(ends));
	hp_check_eq(hp_ring_pin_all(ring, &range, 1), 0);
	hp_check_eq(hp_ring_begin_read(ring, ends[0], to, sizeof(*to)), 0);
	hp_check_eq(hp_ring_replace(ring, 0, other->addr, hp_base_size), 0);
	hp_check_eq(write(ends[1], "in-time!", 8), 8);
	hp_check_eq(hp_ring_end_read(ring), 8);
	hp_check_eq(memcmp(to, "in-time!", 8), 0);
	*to = was;
	hp_check_filled(area, 'c');
	hp_check_filled(other, 'o');
	hp_ring_close(ring);
}

HP_PROGRAM(.summary = "cloned buffers and buffers replaced in flight keep their pages",
	   .needs = HP_NEEDS("hugetlb:2", "thp", "root", "pagemap"), .seconds = 20,
	   .sources = HP_SOURCES(
		   {"man", "io_uring_register(2)", "IORING_REGISTER_CLONE_BUFFERS"},
		   {"man", "io_uring_register(2)", "IORING_REGISTER_BUFFERS_UPDATE"}))
