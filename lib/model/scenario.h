/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Scenarios: sequences of operations that are run on the kernel and on the reference model.
 * After every step, the counters of the pool must be those of the model, and every page
 * must have the contents last written.
 *
 * A scenario is a list of steps, separated by commas. Numbers are pages; without a count,
 * it is one page.
 *
 *   map N             maps N pages of a new file, from its start
 *   read P [N]        reads pages, writes them: in this process or, with "child" in
 *   write P [N]       front of it, in the forked one
 *   drop P [N]        MADV_DONTNEED; also "child"
 *   unmap             munmap; also "child"
 *   fork, child exit  one child at a time
 *   cut N             ftruncate
 *   punch P [N]       fallocate(FALLOC_FL_PUNCH_HOLE)
 *   allocate P [N]    fallocate
 *   resize N          nr_hugepages of the home node
 *   home N            from now on the process takes pages of the N-th node only; before
 *                     the fork
 *
 * An operation for which pages are missing must fail as documented (ENOMEM, ENOSPC, SIGBUS)
 * and change no counter; a failed map ends the scenario. At its end everything is released.
 *
 * Programs that run scenarios take the parameter `story`, which minimise uses: one scenario
 * in place of all, with its kind, the size of the pool and the overcommit limit in front.
 *
 *   --param "story=private 4 1: map 2, write 0, resize 1"
 */
#ifndef HP_MODEL_SCENARIO_H
#define HP_MODEL_SCENARIO_H

#include "frame/case.h"

#include <stdbool.h>

struct hp_scenario {
	const char *name, *steps;
};

/* The flags of all mappings of a scenario: MAP_SHARED or MAP_PRIVATE, and MAP_NORESERVE. */
struct hp_scenario_kind {
	struct hp_variant variant;
	int flags;
};

/* A table for HP_NAMED_CASES: shared, private, shared_noreserve, private_noreserve. */
enum {
	HP_SCENARIO_SHARED,
	HP_SCENARIO_PRIVATE,
	HP_SCENARIO_SHARED_NORESERVE,
	HP_SCENARIO_PRIVATE_NORESERVE,
	HP_SCENARIO_KINDS
};
extern const struct hp_scenario_kind hp_scenario_kinds[HP_SCENARIO_KINDS];

/**
 * DOC: Run a scenario on the kernel and on a reference model
 */

/**
 * hp_run_scenario() - run a scenario with the present pool
 * @scenario: the scenario
 * @kind: the flags of its mappings
 * @overcommit: nr_overcommit_hugepages, as the program has set it
 * @home: the node that the process is bound to
 *
 * After every step, the counters must be those of the model, and every page must have the
 * contents last written.
 *
 * Errors: otherwise the case fails, and reports the step.
 */
void hp_run_scenario(const struct hp_scenario *scenario,
		     const struct hp_scenario_kind *kind, long overcommit, int home);

/**
 * hp_run_scenarios() - run scenarios with pools of 4 pages down to 0
 * @scenarios: an array, ended by one without a name
 * @kind: the flags of their mappings
 * @overcommit: how many surplus pages are allowed
 *
 * Pools of gigantic pages are not resized, since such pages may fail to be allocated again:
 * instead, all but 2, 1 or 0 pages are reserved, and scenarios that resize are left out.
 * Needs pool:control, hugetlb:2 and up to hugetlb:4.
 *
 * Errors: as of hp_run_scenario().
 * Undone: pools are restored when the case ends.
 */
void hp_run_scenarios(const struct hp_scenario *scenarios,
		      const struct hp_scenario_kind *kind, long overcommit);

#endif
