// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A page fault that runs out of memory is retried or ends with SIGBUS; it leaks neither a
 * page nor a reservation.
 */
#include "hugeproof.h"

/* Also makes sure that the signal reports no poisoned memory. */
static int access_middle(struct hp_sweep_memory *memory, enum hp_access access)
{
	struct hp_fault fault = hp_try(memory->area.addr + memory->area.page_size, access);

	if (!fault.signo)
		return 0;
	hp_check_eq(fault.signo, SIGBUS);
	hp_check_eq(fault.code, BUS_ADRERR);
	return EFAULT;
}

static int write_middle(struct hp_sweep_memory *memory)
{
	return access_middle(memory, HP_WRITE);
}

static int read_middle(struct hp_sweep_memory *memory)
{
	return access_middle(memory, HP_READ);
}

static void fill_and_check(struct hp_sweep_memory *memory)
{
	hp_fill(&memory->area, 't');
	hp_check_filled(&memory->area, 't');
}

HP_CASES(first_write,
	 "the first write with failing allocations gets a page or leaks nothing",
	 hp_sweep_kinds, kind)
{
	hp_sweep_run(kind, &(struct hp_sweep){.state = HP_SWEEP_UNTOUCHED,
					      .act = write_middle,
					      .after = fill_and_check,
					      .errors = {EFAULT}});
}

HP_CASES(first_read, "the first read with failing allocations gets a page or leaks nothing",
	 hp_sweep_kinds, kind)
{
	/* The file of a private mapping gets pages. */
	hp_sweep_run(kind, &(struct hp_sweep){.state = HP_SWEEP_UNTOUCHED,
					      .act = read_middle,
					      .after = fill_and_check,
					      .errors = {EFAULT},
					      .anything = kind->what == HP_SWEEP_COPY});
}

static void fork_holder(struct hp_sweep_memory *memory)
{
	memory->other = hp_fork_paused(NULL, NULL, NULL);
}

static void check_copied(struct hp_sweep_memory *memory)
{
	hp_resume_ok(memory->other);
	fill_and_check(memory);
}

static const struct hp_sweep copy = {.before = fork_holder,
				     .act = write_middle,
				     .after = check_copied,
				     .errors = {EFAULT},
				     /* A child may lose its private pages. */
				     .partly = true};

HP_CASE(copy_thp, "a copy-on-write fault of a huge page with failing allocations gets a "
		  "page or leaks nothing")
{
	hp_sweep_run(&hp_sweep_huge_kinds[0], &copy);
}

/* The pool is empty, so that a fault allocates a surplus page. */
HP_CASES(surplus,
	 "the first write with failing allocations gets a surplus page or leaks nothing",
	 hp_sweep_surplus_kinds, kind)
{
	hp_case_needs("overcommit");
	hp_pool_resize(0);
	hp_pool_overcommit(8);
	hp_sweep_run(kind, &(struct hp_sweep){.state = HP_SWEEP_UNTOUCHED,
					      .act = write_middle,
					      .after = fill_and_check,
					      .errors = {EFAULT}});
}

HP_PROGRAM(.summary = "a page fault that fails to allocate memory leaks nothing",
	   .page_sizes = HP_PMD_SIZE, .seconds = 120, .log_allows = HP_SWEEP_LINES,
	   .needs = HP_NEEDS("fault-injection", "pagemap", "thp", "pool:control",
			     "hugetlb:8"),
	   .sources = HP_SOURCES(
		   {"doc", "Documentation/fault-injection/fault-injection.rst", "fail-nth"},
		   {"doc", "Documentation/mm/hugetlbfs_reserv.rst"}))
