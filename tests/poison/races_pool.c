// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An unused page frame is poisoned while its huge page returns to the pool, or while
 * another process unpoisons it: the pool never hands it out, and no page is lost.
 */
#include "hugeproof.h"

/* Reports the error as a memory scrubber does; EBUSY: the frame is in other use by then. */
static void scrub(void *frame)
{
	int error = hp_poison_pfn(*(uint64_t *)frame);

	hp_check(!error || error == -EBUSY || error == -EHWPOISON);
}

HP_CASE(given_back,
	"a frame is poisoned while its huge page returns to the pool, which drops it")
{
	for (int round = 0, n = hp_poison_rounds(); round < n; round++) {
		struct hp_area *area = hp_filled_hugetlb(1, MAP_PRIVATE, 'r');
		uint64_t frame;
		pid_t scrubber;

		frame = hp_pfn(area->addr);
		hp_step("round %d", round);
		scrubber = hp_fork(scrub, &frame);
		hp_unmap(area);
		hp_wait_ok(scrubber);
		hp_check(hp_pfn_poisoned(frame));
		/* The pool must hand out another page. */
		area = hp_map_hugetlb(1, MAP_PRIVATE);
		hp_check_writable(area, 's');
		hp_check(hp_pfn(area->addr) != frame);
		hp_unmap(area);
		hp_unpoison(frame);
	}
}

HP_CASE(unpoison, "a frame that one process poisons and another unpoisons ends unpoisoned")
{
	struct hp_memory_failure_counts failures = hp_memory_failures();
	uint64_t frame = hp_free_frame();

	for (int round = 0, n = hp_poison_rounds(); round < n; round++) {
		pid_t scrubber = hp_fork(scrub, &frame);

		hp_step("round %d", round);
		hp_unpoison(frame);
		hp_wait_ok(scrubber);
		hp_unpoison(frame);
		hp_check(!hp_pfn_poisoned(frame));
		hp_check_eq(hp_memory_failures().corrupted_kb, failures.corrupted_kb);
	}
}

HP_PROGRAM(.summary = "a frame that is poisoned while its page returns to the pool is not "
		      "handed out",
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap", "pool:control",
			     "hugetlb:3"),
	   .poisons = true, .seconds = 30,
	   .sources = HP_SOURCES({"code", "mm/memory-failure.c"}))
