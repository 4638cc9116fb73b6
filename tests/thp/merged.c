// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * KSM merges base pages of THPs with equal contents (MADV_MERGEABLE): each mapping keeps
 * its contents when it is read, written, forked, migrated or unmerged.
 */
#include "hugeproof.h"

#define KSM "/sys/kernel/mm/ksm/"

/* Two areas with equal contents, in which no two pages of one area are equal. */
struct twins {
	struct hp_area *one, *other;
};

static bool merged(const struct hp_area *one, const struct hp_area *other)
{
	struct hp_pagemap_entry *ones = hp_page_entries(one);
	struct hp_pagemap_entry *others = hp_page_entries(other);
	size_t n = hp_base_pages(one), same = 0;

	for (size_t i = 0; i < n; i++)
		same += ones[i].present && ones[i].pfn == others[i].pfn;
	free(ones);
	free(others);
	return same == n;
}

static void start_merging(void)
{
	/* KSM would also merge memory of other processes, such as all of a QEMU guest. */
	if (!hp_counters_exact())
		hp_skip_case("needs a machine where KSM has no other memory to merge: run "
			     "it in the lab");
	if (hp_setting(KSM "sleep_millisecs", "1") ||
	    hp_setting(KSM "pages_to_scan", "4096"))
		hp_skip_case(
			"needs KSM (CONFIG_KSM) with writable settings: run it in the lab");
	/* Since Linux 6.7 smart_scan skips pages that could not be merged at first. */
	hp_setting(KSM "smart_scan", "0");
	hp_require(!hp_setting(KSM "run", "1"), "cannot start KSM");
}

static struct twins twins(enum hp_memory memory)
{
	struct twins it = {hp_map_filled_base(memory, hp_pmd_size, 't'),
			   hp_map_filled_base(memory, hp_pmd_size, 't')};

	hp_khugepaged_calm();
	hp_check_ok(madvise(it.one->addr, it.one->size, MADV_MERGEABLE));
	hp_check_ok(madvise(it.other->addr, it.other->size, MADV_MERGEABLE));
	start_merging();
	hp_step("KSM merges all pages of both areas");
	hp_eventually(merged(it.one, it.other), 40);
	hp_check_eq(hp_mapped_huge(it.one), 0);
	return it;
}

static void check_both(const struct twins *it)
{
	hp_check_filled(it->one, 't');
	hp_check_filled(it->other, 't');
}

HP_CASES(written,
	 "a write to a KSM page copies it, and the other mapping keeps its contents",
	 hp_anonymous_kinds, kind)
{
	struct twins it = twins(kind->memory);
	const struct hp_area *part = hp_nth_page(it.one, 9);

	check_both(&it);
	hp_fill(part, 'w');
	hp_check_filled(part, 'w');
	hp_check_filled_around(it.one, part, 't');
	hp_check_filled(it.other, 't');
	hp_check(hp_pfn(hp_page(it.one, 9)) != hp_pfn(hp_page(it.other, 9)));
}

HP_CASES(unmerged, "MADV_UNMERGEABLE gives each mapping its own pages again",
	 hp_anonymous_kinds, kind)
{
	struct twins it = twins(kind->memory);

	hp_check_ok(madvise(it.one->addr, it.one->size, MADV_UNMERGEABLE));
	check_both(&it);
	for (size_t page = 0; page < hp_pages(it.one); page++)
		hp_check(hp_pfn(hp_page(it.one, page)) != hp_pfn(hp_page(it.other, page)));
	hp_fill(it.one, 'w');
	hp_check_filled(it.other, 't');
}

static void child_writes(void *arg)
{
	const struct twins *it = arg;

	check_both(it);
	hp_fill(it->one, 'c');
	hp_check_filled(it->one, 'c');
	hp_check_filled(it->other, 't');
}

HP_CASES(forked, "a child's writes to KSM pages do not affect its parent",
	 hp_anonymous_kinds, kind)
{
	struct twins it = twins(kind->memory);

	hp_wait_ok(hp_fork(child_writes, &it));
	check_both(&it);
}

HP_CASES(collapsed, "MADV_COLLAPSE of KSM pages keeps their contents", hp_anonymous_kinds,
	 kind)
{
	struct twins it = twins(kind->memory);
	int error;

	hp_check_ok(madvise(it.one->addr, it.one->size, MADV_HUGEPAGE));
	error = hp_collapse(it.one);
	hp_observed("MADV_COLLAPSE of merged pages", "%s",
		    error ? strerrorname_np(error) : "done");
	check_both(&it);
	hp_fill(it.one, 'w');
	hp_check_filled(it.one, 'w');
	hp_check_filled(it.other, 't');
}

HP_CASES(swapped, "KSM pages keep their contents through swap", hp_anonymous_kinds, kind)
{
	struct twins it;

	hp_case_needs("swap");
	it = twins(kind->memory);
	hp_check_ok(madvise(it.one->addr, it.one->size, MADV_PAGEOUT));
	hp_check_ok(madvise(it.other->addr, it.other->size, MADV_PAGEOUT));
	check_both(&it);
	hp_fill(it.one, 'w');
	hp_check_filled(it.one, 'w');
	hp_check_filled(it.other, 't');
}

HP_CASES(migrated, "KSM pages keep their contents when they migrate to another node",
	 hp_anonymous_kinds, kind)
{
	struct twins it;
	int to;

	hp_case_needs("nodes:2");
	to = hp_node(1);
	hp_bind_process(hp_node(0));
	it = twins(kind->memory);
	for (size_t page = 0; page < hp_pages(it.one); page++)
		/* KSM holds a reference to each page that it scans, for a moment. */
		hp_eventually(hp_move_to_node(hp_page(it.one, page), to) == to, 5);
	check_both(&it);
	hp_fill(it.one, 'w');
	hp_check_filled(it.other, 't');
}

HP_PROGRAM(.summary = "base pages of THPs that KSM merges keep their contents",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap", "root"),
	   .seconds = 60,
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/ksm.rst"},
				 {"man", "madvise(2)", "MADV_MERGEABLE"}))
