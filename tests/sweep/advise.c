// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * madvise that runs out of memory drops no data that it should keep, and keeps no page that
 * it should free.
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

/* One base page of the middle huge page: advice for it alone must split the huge page. */
static struct hp_area base_page(const struct hp_sweep_memory *memory)
{
	return hp_part_of(&memory->area, memory->area.page_size, hp_base_size);
}

static int advise_base_page(const struct hp_sweep_memory *memory, int advice)
{
	struct hp_area part = base_page(memory);

	return advise(&part, advice);
}

static void check_around(struct hp_sweep_memory *memory)
{
	struct hp_area part = base_page(memory);

	hp_check_filled_around(&memory->area, &part, 'p');
}

static int remove_base_page(struct hp_sweep_memory *memory)
{
	return advise_base_page(memory, MADV_REMOVE);
}

static void check_removed(struct hp_sweep_memory *memory)
{
	struct hp_area part = base_page(memory);

	check_around(memory);
	hp_check_zeros(&part);
}

HP_CASE(remove_part_tmpfs, "MADV_REMOVE of a part of a huge page with failing allocations "
			   "drops that part alone")
{
	hp_sweep_run(&hp_sweep_huge_kinds[1], &(struct hp_sweep){.act = remove_base_page,
								 .after = check_removed,
								 .partly = true});
}

static int populate(struct hp_sweep_memory *memory)
{
	return advise(&memory->area, MADV_POPULATE_WRITE);
}

/* madvise(2): a SIGBUS of the fault is reported as EFAULT. */
HP_CASES(populates,
	 "MADV_POPULATE_WRITE with failing allocations populates the pages or reports the "
	 "error",
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

HP_CASES(dontdump, "MADV_DONTDUMP of the middle with failing allocations loses no data",
	 hp_sweep_kinds, kind)
{
	/* madvise(2): EAGAIN means that a kernel resource was not available. */
	hp_sweep_run(kind, &(struct hp_sweep){.act = no_dump_middle,
					      .after = check_filled,
					      .errors = {EAGAIN}});
}

static int no_fork_middle(struct hp_sweep_memory *memory)
{
	return advise(hp_nth_page(&memory->area, 1), MADV_DONTFORK);
}

HP_CASES(dontfork, "MADV_DONTFORK of the middle with failing allocations loses no data",
	 hp_sweep_kinds, kind)
{
	hp_sweep_run(kind, &(struct hp_sweep){.act = no_fork_middle,
					      .after = check_filled,
					      .errors = {EAGAIN}});
}

static int page_out(struct hp_sweep_memory *memory)
{
	return advise_base_page(memory, MADV_PAGEOUT);
}

HP_CASES(pageout, "MADV_PAGEOUT with failing allocations loses no data",
	 hp_sweep_huge_kinds, kind)
{
	hp_case_needs("swap");
	hp_sweep_run(kind, &(struct hp_sweep){
				   .act = page_out, .after = check_filled, .partly = true});
}

/* Replaces the huge pages by base pages, for the collapse. */
static void split(struct hp_sweep_memory *memory)
{
	hp_check_ok(madvise(memory->area.addr, memory->area.size, MADV_NOHUGEPAGE));
	hp_check_ok(madvise(memory->area.addr, memory->area.size, MADV_DONTNEED));
	hp_fill(&memory->area, 'p');
	hp_check_ok(madvise(memory->area.addr, memory->area.size, MADV_HUGEPAGE));
}

static int collapse(struct hp_sweep_memory *memory)
{
	return advise(hp_nth_page(&memory->area, 1), MADV_COLLAPSE);
}

HP_CASE(collapse_thp,
	"MADV_COLLAPSE that fails to allocate leaves the base pages as they were")
{
	/* madvise(2): EAGAIN, a resource was not available; EBUSY, the cgroup's limit. */
	hp_sweep_run(&hp_sweep_huge_kinds[0], &(struct hp_sweep){.before = split,
								 .act = collapse,
								 .after = check_filled,
								 .errors = {EAGAIN, EBUSY},
								 .partly = true});
}

HP_PROGRAM(.summary = "madvise loses no data when memory allocations fail",
	   .page_sizes = HP_PMD_SIZE, .seconds = 120, .log_allows = HP_SWEEP_LINES,
	   .needs = HP_NEEDS("fault-injection", "pagemap", "thp", "pool:control",
			     "hugetlb:8"),
	   .sources = HP_SOURCES(
		   {"doc", "Documentation/fault-injection/fault-injection.rst", "fail-nth"},
		   {"man", "madvise(2)", "EAGAIN, EBUSY, EFAULT, ENOMEM"}))
