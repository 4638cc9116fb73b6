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
	area = hp_filled_hugetlb(2, MAP_PRIVATE, 'x');
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
	struct hp_hugetlb_counts start = hp_hugetlb();

	write_word(writer);
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(writer->area, 'p');
}

static const struct way {
	struct hp_variant variant;
	size_t halves, bytes; /* halves of the page, less so many bytes */
} ways[] = {
	{{"first_word",
	  "the whole huge page is copied when the child writes to its first word"},
	 0,
	 0},
	{{"middle_word",
	  "the whole huge page is copied when the child writes to its middle"},
	 1,
	 0},
	{{"last_word",
	  "the whole huge page is copied when the child writes to its last word"},
	 2,
	 sizeof(uint64_t)},
};

HP_NAMED_CASES(child_writes, ways, way)
{
	struct writer writer = {.at = way->halves * (hp_page_size / 2) - way->bytes};

	spoil_free_pages();
	writer.area = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');
	hp_wait_ok(hp_fork(child, &writer));
	hp_check_filled(writer.area, 'p');
}

static void stay(void *barrier)
{
	hp_meet(barrier);
}

HP_CASE(parent_word,
	"the whole huge page is copied when the parent writes to its last word")
{
	struct writer writer = {.at = hp_page_size - sizeof(uint64_t)};
	struct hp_barrier *barrier = hp_barrier_new(2);
	struct hp_hugetlb_counts start;
	pid_t pid;

	spoil_free_pages();
	writer.area = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');
	pid = hp_fork(stay, barrier);
	start = hp_hugetlb();
	write_word(&writer);
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(writer.area, 'p');
	hp_meet(barrier);
	hp_wait_ok(pid);
}

HP_PROGRAM(.summary = "a copy on write copies the whole huge page",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .sources = HP_SOURCES({"commit", "0fe6e20b9c4c",
				  "hugetlb, rmap: add reverse mapping for hugepage"}))
