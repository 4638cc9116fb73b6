// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * While processes map, fault, change, unmap and leave shared page tables all at once,
 * nobody reads a byte that was not written to the page it reads.
 */
#include "hugeproof.h"

#define ACTORS 6
#define PAGES  8
#define ROUNDS 200

struct storm {
	int fd;
	struct hp_barrier *go;
	_Atomic long faults;
};

/* Every page holds its own number in its first and last word, for ever. */
static void check_page(const struct hp_area *area, size_t page)
{
	const volatile uint64_t *words = (const volatile uint64_t *)hp_page(area, page);

	hp_check_eq(words[0], page + 1);
	hp_check_eq(words[hp_page_size / 8 - 1], page + 1);
}

static void read_some(struct storm *storm, const struct hp_area *area,
		      struct hp_random *random)
{
	for (int i = 0; i < 4; i++) {
		check_page(area, hp_random_below(random, PAGES));
		storm->faults++;
	}
}

/* One of the ways to make a mapping unlike the others, or to go. */
static void disturb(struct hp_area *area, size_t page, uint64_t how)
{
	char *addr = hp_page(area, page);

	switch (how) {
	case 0:
		hp_check_ok(mprotect(addr, hp_page_size, PROT_READ));
		break;
	case 1:
		hp_check_ok(madvise(addr, hp_page_size, MADV_DONTNEED));
		break;
	case 2:
		hp_check_ok(mprotect(area->addr, area->size, PROT_READ));
		break;
	case 3:
		hp_check_ok(
			munmap(hp_page(area, PAGES), area->size - PAGES * hp_page_size));
		area->size = PAGES * hp_page_size;
		break;
	default:
		break;
	}
}

static int next_actor;

static void actor(void *arg)
{
	struct storm *storm = arg;
	struct hp_random random = hp_random_stream(hp_seed, next_actor);

	hp_meet(storm->go);
	for (int round = 0; round < ROUNDS; round++) {
		struct hp_area *area;

		hp_step("actor %d, round %d of %d", next_actor, round + 1, ROUNDS);
		area = hp_map_whole_span(storm->fd);
		read_some(storm, area, &random);
		disturb(area, hp_random_below(&random, PAGES), hp_random_below(&random, 5));
		read_some(storm, area, &random);
		hp_unmap(area);
	}
}

HP_CASE(six_processes,
	"six processes map, fault, change and unmap one span, 200 rounds each")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct storm *storm = hp_shared(sizeof(*storm));
	struct hp_area *area;
	pid_t pid[ACTORS];

	storm->fd = hp_span_file();
	storm->go = hp_barrier_new(ACTORS);
	area = hp_map_whole_span(storm->fd);
	for (size_t page = 0; page < PAGES; page++) {
		uint64_t *words = (uint64_t *)hp_page(area, page);

		words[0] = words[hp_page_size / 8 - 1] = page + 1;
	}
	for (next_actor = 0; next_actor < ACTORS; next_actor++)
		pid[next_actor] = hp_fork(actor, storm);
	for (int i = 0; i < ACTORS; i++)
		hp_wait_ok(pid[i]);
	hp_check_eq(storm->faults, (long)ACTORS * ROUNDS * 8);
	for (size_t page = 0; page < PAGES; page++)
		check_page(area, page);
	hp_check_hugetlb(start, .free = -PAGES);
	hp_unmap(area);
	hp_check_ok(close(storm->fd));
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary = "shared page tables hold under a storm of faults and changes",
	   .needs = HP_NEEDS("hugetlb:8"), .page_sizes = HP_PMD_SIZE,
	   .sources = HP_SOURCES({"lore", "20191107211809.9539-1-longman@redhat.com",
				  "hugetlbfs: Take read_lock on i_mmap for PMD sharing"}))
