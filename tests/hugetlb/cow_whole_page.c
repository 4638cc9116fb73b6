// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Copy-on-write copies the whole huge page: a process that writes one word of it, at its
 * beginning, in its middle or at its end, finds all other bytes unchanged.
 */
#include "hugeproof.h"

/* Makes sure that no free page happens to contain the expected data. */
static void spoil_free_pages(void)
{
	struct hp_area *area;

	hp_pool_leave(2);
	area = hp_filled_hugetlb(2, MAP_PRIVATE, 'x');
	hp_unmap(area);
}

/* Writing the same value requires a copy as well. */
static void write_word(const struct hp_area *area, size_t at)
{
	volatile uint64_t *word = (volatile uint64_t *)(area->addr + at);
	uint64_t same = *word;

	*word = same;
}

static const struct way {
	struct hp_variant variant;
	size_t halves, bytes; /* half pages, less that many bytes */
} ways[] = {
	{{"first_word", "its first word"}, 0, 0},
	{{"middle_word", "its middle"}, 1, 0},
	{{"last_word", "its last word"}, 2, sizeof(uint64_t)},
};

HP_ROW_CASES(child_writes, "copy-on-write copies the whole huge page when the child writes",
	     ways, way)
{
	struct hp_area *area;

	spoil_free_pages();
	area = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');
	hp_in_child() {
		struct hp_hugetlb_counts start = hp_hugetlb();

		write_word(area, way->halves * (hp_page_size / 2) - way->bytes);
		hp_check_hugetlb(start, .free = -1);
		hp_check_filled(area, 'p');
	}
	hp_check_filled(area, 'p');
}

HP_CASE(parent_word,
	"copy-on-write copies the whole huge page when the parent writes its last word")
{
	struct hp_hugetlb_counts start;
	struct hp_paused *child;
	struct hp_area *area;

	spoil_free_pages();
	area = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');
	hp_paused_child(child) {
		hp_pause(child);
	}
	start = hp_hugetlb();
	write_word(area, hp_page_size - sizeof(uint64_t));
	hp_check_hugetlb(start, .free = -1);
	hp_check_filled(area, 'p');
	hp_resume_ok(child);
}

HP_PROGRAM(.summary = "copy-on-write copies the whole huge page",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .sources = HP_SOURCES({"commit", "0fe6e20b9c4c",
				  "hugetlb, rmap: add reverse mapping for hugepage"}))
