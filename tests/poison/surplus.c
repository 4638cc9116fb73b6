// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A poisoned huge page is counted once: it is taken from the persistent pages or from the
 * surplus pages, and never from both.
 */
#include "hugeproof.h"

/* One persistent page, and one surplus page allowed, both on one node. */
static void one_and_one(void)
{
	hp_pool_one_node();
	hp_pool_resize(1);
	hp_pool_overcommit(1);
	hp_check_pool(1, 1, 0, 0);
}

HP_CASE(private,
	"a poisoned page in use reduces the surplus pages, and the other page stays")
{
	struct hp_memory_failure_counts failures = hp_memory_failures();
	struct hp_area *area;
	uint64_t frame;

	one_and_one();
	area = hp_filled_hugetlb(2, MAP_PRIVATE, 's');
	hp_check_pool(2, 0, 0, 1);
	frame = hp_pfn(area->addr);
	hp_poison(area->addr);
	hp_check_pool(1, 0, 0, 0);
	hp_check_filled(hp_nth_page(area, 1), 's');
	hp_unmap(area);
	hp_check_pool(1, 1, 0, 0);
	hp_check_failures(failures, .corrupted_kb = hp_base_kb(), .total = 1,
			  .recovered = 1);
	hp_check_eq(hp_unpoison(frame), 0);
	hp_check_pool(1, 1, 0, 0);
}

HP_CASE(another, "after a memory error another surplus page can be allocated")
{
	struct hp_area *area, *more;
	uint64_t frame;

	one_and_one();
	area = hp_filled_hugetlb(2, MAP_PRIVATE, 's');
	frame = hp_pfn(area->addr);
	hp_poison(area->addr);
	hp_check_pool(1, 0, 0, 0);
	more = hp_filled_hugetlb(1, MAP_PRIVATE, 'm');
	hp_check_pool(2, 0, 0, 1);
	hp_check_eq((intptr_t)hp_try_map_hugetlb(1, MAP_PRIVATE), (intptr_t)MAP_FAILED);
	hp_unmap(area);
	hp_check_eq(hp_hugetlb().total - hp_hugetlb().free, 1);
	hp_check_filled(more, 'm');
	hp_unmap(more);
	hp_check_pool(1, 1, 0, 0);
	hp_check_eq(hp_unpoison(frame), 0);
}

HP_CASE(soft_offline,
	"a soft-offlined page is counted as surplus once, and keeps its contents")
{
	long corrupted = hp_memory_failures().corrupted_kb;
	struct hp_area *area;
	uint64_t frame;
	int error;

	one_and_one();
	area = hp_filled_hugetlb(2, MAP_PRIVATE, 'o');
	frame = hp_pfn(area->addr);
	error = hp_soft_offline(area->addr);
	hp_observed("soft offline with a surplus page", error ? "refused" : "moved");
	hp_check(!error || error == EBUSY || error == ENOMEM);
	hp_check_pool(2, 0, 0, 1);
	hp_check_filled(area, 'o');
	hp_check_eq(hp_memory_failures().corrupted_kb,
		    corrupted + (error ? 0 : hp_base_kb()));
	hp_unmap(area);
	hp_check_pool(1, 1, 0, 0);
	if (!error)
		hp_check_eq(hp_unpoison(frame), 0);
	hp_check_eq(hp_memory_failures().corrupted_kb, corrupted);
}

/* Pages in use beyond nr_hugepages are surplus until they are freed. */
HP_CASE(shrunk,
	"a poisoned page of a pool that shrank below its use reduces the surplus pages")
{
	struct hp_area *area;
	uint64_t frame;

	hp_pool_one_node();
	hp_pool_overcommit(0);
	hp_pool_resize(2);
	area = hp_filled_hugetlb(2, MAP_PRIVATE, 'k');
	hp_pool_resize(0);
	hp_check_pool(2, 0, 0, 2);
	frame = hp_pfn(area->addr);
	hp_poison(area->addr);
	hp_check_pool(1, 0, 0, 1);
	hp_check_filled(hp_nth_page(area, 1), 'k');
	hp_unmap(area);
	hp_check_pool(0, 0, 0, 0);
	hp_check_eq(hp_unpoison(frame), 0);
	hp_check_pool(0, 0, 0, 0);
}

/* Reserved pages of a pool that shrank are free and surplus at once. */
HP_CASE(shrunk_promised,
	"a poisoned reserved surplus page does not change the pool's counters")
{
	struct hp_area *area;
	uint64_t frame;

	hp_pool_one_node();
	hp_pool_overcommit(0);
	hp_pool_resize(2);
	area = hp_filled_hugetlb(2, MAP_PRIVATE, 'k');
	frame = hp_pfn(area->addr) + 1;
	hp_unmap(area);
	area = hp_map_hugetlb(2, MAP_PRIVATE);
	hp_pool_resize(0);
	hp_check_pool(2, 2, 2, 2);
	hp_check_eq(hp_poison_pfn(frame), -EBUSY);
	hp_check_pool(2, 2, 2, 2);
	hp_fill(hp_nth_page(area, 0), 'k');
	hp_check_pool(2, 1, 1, 2);
	hp_check_filled(hp_nth_page(area, 0), 'k');
	hp_unmap(area);
	hp_check_pool(0, 0, 0, 0);
	hp_check(hp_pfn_poisoned(frame));
	hp_check_eq(hp_unpoison(frame), 0);
	hp_check_pool(0, 0, 0, 0);
}

HP_PROGRAM(.summary = "memory errors and surplus pages are counted separately",
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap", "pool:control",
			     "overcommit", "hugetlb:2"),
	   .poisons = true, .log_allows = HP_LINES("Soft offlining pfn", "soft offline:"),
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hwpoison.rst"},
				 {"doc", "Documentation/admin-guide/mm/hugetlbpage.rst",
				  "surplus_hugepages"}))
