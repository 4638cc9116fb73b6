// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A page frame goes bad with nobody there, while its huge page goes back to the pool or
 * somebody makes it good again: it is never handed out bad, and nothing is lost.
 */
#include "hugeproof.h"

/* Each costs a page of the pool until the case ends. */
static int rounds(void)
{
	if (hp_hugetlb_gigantic(hp_page_size))
		return 1;
	hp_case_needs("hugetlb:16");
	return 12;
}

/* Finds the error with nobody there. Too late, the frame is somebody else's: EBUSY. */
static void scrub(void *frame)
{
	int error = hp_poison_frame(*(uint64_t *)frame);

	hp_check(!error || error == -EBUSY || error == -EHWPOISON);
}

HP_CASE(given_back, "the page is given back to the pool while its frame goes bad")
{
	for (int round = 0, n = rounds(); round < n; round++) {
		struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);
		uint64_t frame;
		pid_t scrubber;

		hp_fill(area, 'r');
		frame = hp_frame(area->addr);
		hp_step("round %d", round);
		scrubber = hp_fork(scrub, &frame);
		hp_unmap(area);
		hp_wait_ok(scrubber);
		hp_check(hp_frame_poisoned(frame));
		/* What comes from the pool now is another page. */
		area = hp_map_hugetlb(1, MAP_PRIVATE);
		hp_fill(area, 's');
		hp_check_filled(area, 's');
		hp_check(hp_frame(area->addr) != frame);
		hp_unmap(area);
		hp_unpoison(frame);
	}
}

HP_CASE(unpoison, "a frame goes bad and is made good by two at once: it ends good")
{
	struct hp_memory_failures failures = hp_memory_failures();
	struct hp_area *area = hp_map_hugetlb(1, MAP_PRIVATE);
	uint64_t frame;

	hp_touch(area);
	frame = hp_frame(area->addr);
	hp_unmap(area);
	for (int round = 0, n = rounds(); round < n; round++) {
		pid_t scrubber = hp_fork(scrub, &frame);

		hp_step("round %d", round);
		hp_unpoison(frame);
		hp_wait_ok(scrubber);
		hp_unpoison(frame);
		hp_check(!hp_frame_poisoned(frame));
		hp_check_eq(hp_memory_failures().corrupted_kb, failures.corrupted_kb);
	}
}

HP_PROGRAM(.summary = "a frame that goes bad on its way to the pool is not handed out",
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap", "pool:control",
			     "hugetlb:3"),
	   .poisons = true, .seconds = 30, .source = "mm/memory-failure.c")
