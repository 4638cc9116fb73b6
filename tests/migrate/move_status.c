// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * move_pages reports on each page separately: the node where it is, or why it did not
 * migrate. A failure of one page does not affect the others.
 */
#include "hugeproof.h"

#include <numaif.h>

#define MOST    16384 /* base pages of two huge pages, also where they are 64 kB */
#define NO_SUCH 900
#define UNSET   12345
#define FIRST   hp_node(0)
#define SECOND  hp_node(1)

/* Arguments of move_pages, its result, and the expected result. */
static struct {
	size_t n;
	void *page[MOST];
	int node[MOST], status[MOST], expected[MOST];
} asked;

static void ask(void *page, int node, int expected)
{
	hp_require(asked.n < MOST, "one call takes at most %d pages", MOST);
	asked.page[asked.n] = page;
	asked.node[asked.n] = node;
	asked.expected[asked.n] = expected;
	asked.status[asked.n++] = UNSET;
}

static long query(void)
{
	return move_pages(0, asked.n, asked.page, NULL, asked.status, 0);
}

static long move(int flags)
{
	return move_pages(0, asked.n, asked.page, asked.node, asked.status, flags);
}

static void check_statuses(void)
{
	for (size_t i = 0; i < asked.n; i++) {
		hp_step("status of page %zu of %zu", i, asked.n);
		hp_check_eq(asked.status[i], asked.expected[i]);
	}
}

/*
 * Before Linux 6.12 a missing page may also be EFAULT, except in files (as for core dumps).
 */
static void accept_absent(void)
{
	for (size_t i = 0; i < asked.n; i++)
		if (asked.expected[i] == -ENOENT && asked.status[i] == -EFAULT) {
			hp_observed("a missing page", "EFAULT");
			asked.expected[i] = -EFAULT;
		}
}

static struct hp_area *filled(enum hp_memory memory)
{
	if (memory == HP_MEMORY_HUGETLB)
		hp_pool_of_nodes(3, 3);
	hp_bind_process(FIRST);
	return hp_map_filled(memory, 2 * hp_pmd_size, 's');
}

HP_CASES(queried,
	 "move_pages without nodes reports the node of each base page, and migrates none",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = filled(kind->memory);
	size_t half = area->size / 2;

	for (size_t i = 0; i < half; i += area->page_size)
		hp_check_eq(hp_move_to_node(area->addr + i, SECOND), SECOND);
	for (size_t i = 0; i < area->size; i += hp_base_size)
		ask(area->addr + i, 0, i < half ? SECOND : FIRST);
	hp_check_eq(query(), 0);
	check_statuses();
	hp_check_filled(area, 's');
}

HP_CASES(absent, "move_pages reports ENOENT for missing pages and EFAULT for holes",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = filled(kind->memory);
	struct hp_area *empty = hp_map_memory(kind->memory, hp_pmd_size);
	char *gone = hp_free_addresses(hp_base_size, hp_base_size);

	/* Unmapped last, so that nothing else is mapped there. */
	hp_check_ok(munmap(gone, hp_base_size));
	for (int twice = 0; twice < 2; twice++) {
		asked.n = 0;
		ask(empty->addr, SECOND, -ENOENT);
		ask(area->addr, SECOND, twice ? SECOND : FIRST);
		ask(empty->addr + empty->size - hp_base_size, SECOND, -ENOENT);
		ask(gone, SECOND, -EFAULT);
		ask(area->addr + area->size - hp_base_size, SECOND, twice ? SECOND : FIRST);
		hp_check_eq(twice ? move(MPOL_MF_MOVE) : query(), 0);
		if (kind->memory != HP_MEMORY_TMPFS)
			accept_absent();
		check_statuses();
	}
	hp_check_eq(hp_node_of(area->addr), SECOND);
	hp_check_filled(area, 's');
}

HP_CASE(zero_pages,
	"move_pages reports EFAULT for the zero page and for the huge zero page")
{
	struct hp_area *huge, *base;

	hp_case_needs("zero-page");
	hp_thp_setting("use_zero_page", "1");
	hp_bind_process(FIRST);
	huge = hp_map_thp(1);
	base = hp_map_base_pages(3);
	hp_check_zeros(hp_nth_page(huge, 0));
	hp_check_zeros(base);
	hp_require(hp_is_zero_page(huge->addr) && hp_is_zero_page(base->addr),
		   "a read does not map the zero page");
	for (int twice = 0; twice < 2; twice++) {
		asked.n = 0;
		ask(base->addr, SECOND, -EFAULT);
		for (size_t i = 0; i < huge->size; i += 17 * hp_base_size)
			ask(huge->addr + i, SECOND, -EFAULT);
		hp_check_eq(twice ? move(MPOL_MF_MOVE_ALL) : query(), 0);
		check_statuses();
	}
	hp_check(hp_is_zero_page(huge->addr));
	hp_check_zeros(huge);
}

HP_CASES(there_already,
	 "move_pages reports a page that is on the node already, and does not migrate it",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = filled(kind->memory);
	uint64_t frame;

	for (size_t page = 0; page < hp_pages(area); page++)
		hp_check_eq(hp_move_to_node(hp_page(area, page), SECOND), SECOND);
	frame = hp_pfn(area->addr);
	for (size_t page = 0; page < hp_pages(area); page++)
		ask(hp_page(area, page + 1) - hp_base_size, SECOND, SECOND);
	hp_check_eq(move(MPOL_MF_MOVE), 0);
	check_statuses();
	hp_check_unmoved(hp_pfn(area->addr) == frame);
	hp_check_filled(area, 's');
}

static const struct bad {
	struct hp_variant variant;
	int node, error;
} bad_nodes[] = {
	{{"node_that_is_not", "ENODEV for a node that does not exist"}, NO_SUCH, ENODEV},
	{{"node_below_zero", "ENODEV for a negative node"}, -1, ENODEV},
};

/* Reported statuses are true, and pages after the wrong node did not migrate. */
HP_CASES(wrong, "move_pages with a bad node stops there, and its earlier statuses are true",
	 bad_nodes, bad)
{
	struct hp_area *area = filled(HP_MEMORY_THP);
	struct hp_area *small = hp_map_filled(HP_MEMORY_BASE, hp_pmd_size, 'b');

	ask(small->addr, SECOND, SECOND);
	ask(area->addr, SECOND, SECOND);
	ask(small->addr + hp_base_size, bad->node, UNSET);
	ask(hp_page(area, 1), SECOND, UNSET);
	hp_check_errno(move(MPOL_MF_MOVE), bad->error);
	for (int i = 0; i < 2; i++)
		if (asked.status[i] != UNSET)
			hp_check_eq(asked.status[i], hp_node_of(asked.page[i]));
	hp_check_eq(asked.status[2], UNSET);
	hp_check_eq(asked.status[3], UNSET);
	hp_check_eq(hp_node_of(small->addr + hp_base_size), FIRST);
	hp_check_eq(hp_node_of(hp_page(area, 1)), FIRST);
	hp_check_filled(area, 's');
	hp_check_filled(small, 'b');
}

HP_CASE(unreadable, "move_pages fails with EFAULT where its page list is unmapped")
{
	struct hp_area *area = filled(HP_MEMORY_THP);
	size_t room = hp_base_size / sizeof(void *);
	struct hp_area *lists = hp_map_base_pages(2);
	void **pages = (void **)(lists->addr + hp_base_size) - 2;

	pages[0] = area->addr;
	pages[1] = hp_page(area, 1);
	hp_check_ok(munmap(lists->addr + hp_base_size, hp_base_size));
	for (size_t i = 0; i < 4; i++)
		ask(NULL, SECOND, 0);
	hp_check(room > 4);
	hp_check_errno(move_pages(0, 4, pages, NULL, asked.status, 0), EFAULT);
	hp_check_errno(move_pages(0, 4, pages, asked.node, asked.status, MPOL_MF_MOVE),
		       EFAULT);
	for (int i = 0; i < 2; i++)
		if (asked.status[i] != UNSET)
			hp_check_eq(asked.status[i], hp_node_of(pages[i]));
	hp_check_filled(area, 's');
	hp_check_eq(hp_mapped_huge(area), area->size);
}

struct family {
	struct hp_area *area;
	struct hp_barrier *barrier;
};

static void sharer(void *arg)
{
	const struct family *family = arg;

	hp_check_filled(family->area, 's');
	hp_meet(family->barrier);
	hp_meet(family->barrier);
	hp_check_filled(family->area, 's');
}

HP_CASES(shared,
	 "move_pages reports EACCES for shared pages; MPOL_MF_MOVE_ALL migrates them",
	 hp_memory_kinds, kind)
{
	struct family family = {filled(kind->memory), hp_barrier_new(2)};
	struct hp_area *area = family.area;
	pid_t child = hp_fork(sharer, &family);

	hp_meet(family.barrier);
	ask(area->addr, SECOND, -EACCES);
	ask(hp_page(area, 1), SECOND, -EACCES);
	hp_check_eq(move(MPOL_MF_MOVE), 0);
	check_statuses();
	hp_check_eq(hp_node_of(area->addr), FIRST);
	hp_check_eq(move(MPOL_MF_MOVE_ALL), 0);
	asked.expected[0] = asked.expected[1] = SECOND;
	check_statuses();
	hp_check_eq(hp_node_of(area->addr), SECOND);
	hp_meet(family.barrier);
	hp_wait_ok(child);
	hp_check_filled(area, 's');
}

HP_CASES(pinned, "move_pages returns 1 for one pinned page, and migrates the other",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = filled(kind->memory);
	struct hp_ring *ring = hp_ring_open();

	hp_check_eq(hp_ring_pin(ring, area->addr, hp_base_size), 0);
	ask(area->addr, SECOND, 0);
	ask(hp_page(area, 1), SECOND, 0);
	hp_check_eq(move(MPOL_MF_MOVE), 1);
	hp_check_eq(hp_node_of(area->addr), FIRST);
	hp_check_eq(hp_node_of(hp_page(area, 1)), SECOND);
	hp_check_filled(area, 's');
	hp_check_eq(hp_ring_unpin(ring), 0);
	hp_eventually(hp_move_to_node(area->addr, SECOND) == SECOND, 5);
	hp_check_filled(area, 's');
	hp_ring_close(ring);
}

/*
 * Pages with the same destination are one batch; the call ends with one that failed. Linux
 * 5.6 to 6.0 leaves out one of the pages that it did not try.
 */
HP_CASES(given_up, "move_pages counts the pages that it did not try after a failure",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = filled(kind->memory);
	struct hp_ring *ring = hp_ring_open();
	long least = hp_kernel_from(6, 1) ? 4 : 3;

	hp_check_eq(hp_ring_pin(ring, area->addr, hp_base_size), 0);
	ask(area->addr, SECOND, 0);
	ask(hp_page(area, 1), FIRST, 0);
	ask(hp_page(area, 1), SECOND, 0);
	ask(hp_page(area, 1), SECOND, 0);
	hp_check_range(move(MPOL_MF_MOVE), least, 4);
	hp_check_eq(hp_node_of(area->addr), FIRST);
	hp_check_eq(hp_node_of(hp_page(area, 1)), FIRST);
	hp_check_filled(area, 's');
	hp_check_eq(hp_ring_unpin(ring), 0);
	hp_ring_close(ring);
}

HP_PROGRAM(.summary = "move_pages reports on each page separately",
	   .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("nodes:2", "migration", "pool:control", "thp", "root",
			     "pagemap", "cap:sys_nice"),
	   .sources = HP_SOURCES(
		   {"man", "move_pages(2)", "Page states in the status array"},
		   {"title", "migrate: fix syscall move_pages() return value for failure",
		    "2022"},
		   {"commit", "d899844e9c98",
		    "mm: fix status code which move_pages() returns for zero page"}))
