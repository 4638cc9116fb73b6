// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A copy on write copies the whole huge page: whoever writes one word of it, at its
 * beginning, in its middle or at its end, finds all other bytes as they were.
 */
#include "hugeproof.h"

struct writer {
	struct hp_area *area;
	size_t at; /* bytes from the beginning */
};

/* Leaves nothing in the free pages that could be taken for a copy. */
static void spoil_free_pages(void)
{
	struct hp_area *area;

	hp_pool_leave(2);
	area = hp_map_hugetlb(2, MAP_PRIVATE);
	hp_fill(area, 'x');
	hp_unmap(area);
}

/* A write that changes nothing needs a copy all the same. */
static void write_word(const struct writer *writer)
{
	volatile uint64_t *word = (volatile uint64_t *)(writer->area->addr + writer->at);
	uint64_t same = *word;

	*word = same;
}

static void child(void *arg)
{
	const struct writer *writer = arg;
	struct hp_hugetlb start = hp_hugetlb();

	write_word(writer);
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(writer->area, 'p');
}

static void child_writes(size_t at)
{
	struct writer writer = {.at = at};

	spoil_free_pages();
	writer.area = hp_map_hugetlb(1, MAP_PRIVATE);
	hp_fill(writer.area, 'p');
	hp_wait_ok(hp_fork(child, &writer));
	hp_check_filled(writer.area, 'p');
}

HP_CASE(first_word, "the child writes to the first word")
{
	child_writes(0);
}

HP_CASE(middle_word, "the child writes to a word in the middle")
{
	child_writes(hp_page_size / 2);
}

HP_CASE(last_word, "the child writes to the last word")
{
	child_writes(hp_page_size - sizeof(uint64_t));
}

static void stay(void *turn)
{
	hp_meet(turn);
}

HP_CASE(parent_word, "the parent writes to the last word while a child lives")
{
	struct writer writer = {.at = hp_page_size - sizeof(uint64_t)};
	struct hp_barrier *turn = hp_barrier(2);
	struct hp_hugetlb start;
	pid_t pid;

	spoil_free_pages();
	writer.area = hp_map_hugetlb(1, MAP_PRIVATE);
	hp_fill(writer.area, 'p');
	pid = hp_fork(stay, turn);
	start = hp_hugetlb();
	write_word(&writer);
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(writer.area, 'p');
	hp_meet(turn);
	hp_wait_ok(pid);
}

HP_PROGRAM(.summary = "a copy on write copies the whole huge page",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .source = "hugetlb, rmap: add reverse mapping for hugepage (2010)")
