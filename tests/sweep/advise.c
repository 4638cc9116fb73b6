// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Advice that runs out of memory drops no byte that it was not to drop, and keeps no page
 * that it was to give back.
 */
#include "hugeproof.h"

static int advise(const struct hp_area *area, int advice)
{
	return madvise(area->addr, area->size, advice) ? errno : 0;
}

static void check_filled(struct hp_sweep_memory *memory)
{
	hp_check_filled(&memory->area, 'p');
	hp_fill(&memory->area, 'v');
	hp_check_filled(&memory->area, 'v');
}

static void fill_and_check(struct hp_sweep_memory *memory)
{
	hp_fill(&memory->area, 'v');
	hp_check_filled(&memory->area, 'v');
}

static int populate(struct hp_sweep_memory *memory)
{
	return advise(&memory->area, MADV_POPULATE_WRITE);
}

/* A SIGBUS of the fault is told as EFAULT: madvise(2). */
HP_CASES(populates, "MADV_POPULATE_WRITE takes pages or says that it could not",
	 hp_sweep_kinds, kind)
{
	hp_sweep_run(kind, &(struct hp_sweep){.state = HP_SWEEP_UNTOUCHED,
					      .act = populate,
					      .after = fill_and_check,
					      .errors = {EFAULT},
					      .partly = true});
}

static int no_dump_middle(struct hp_sweep_memory *memory)
{
	return advise(hp_nth_page(&memory->area, 1), MADV_DONTDUMP);
}

HP_CASES(dontdump, "MADV_DONTDUMP of the middle loses nothing", hp_sweep_kinds, kind)
{
	/* madvise(2): a kernel resource that was not available is told by EAGAIN. */
	hp_sweep_run(kind, &(struct hp_sweep){.act = no_dump_middle,
					      .after = check_filled,
					      .errors = {EAGAIN}});
}

static int no_fork_middle(struct hp_sweep_memory *memory)
{
	return advise(hp_nth_page(&memory->area, 1), MADV_DONTFORK);
}

HP_CASES(dontfork, "MADV_DONTFORK of the middle loses nothing", hp_sweep_kinds, kind)
{
	hp_sweep_run(kind, &(struct hp_sweep){.act = no_fork_middle,
					      .after = check_filled,
					      .errors = {EAGAIN}});
}

HP_PROGRAM(.summary = "advice loses nothing when memory runs out",
	   .page_sizes = HP_PMD_SIZE, .seconds = 120, .log_allows = HP_SWEEP_LINES,
	   .needs = HP_NEEDS("fault-injection", "pagemap", "thp", "pool:control",
			     "hugetlb:8"),
	   .sources = HP_SOURCES(
		   {"doc", "Documentation/fault-injection/fault-injection.rst", "fail-nth"},
		   {"man", "madvise(2)", "EAGAIN, EBUSY, EFAULT, ENOMEM"}))
