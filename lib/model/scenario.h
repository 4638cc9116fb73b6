/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Scenarios: whatever is mapped, touched, forked, copied, cut, punched and resized, in
 * whatever order, the counters of the pool are the model's and every page holds what was
 * written to it, after every step.
 *
 * A scenario is steps, separated by commas. Numbers are pages; a page without a count is
 * one page.
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
 * What the kernel cannot pay for must fail as documented (ENOMEM, ENOSPC, SIGBUS) and
 * move no counter; a map that fails ends the scenario. At its end all is given back.
 */
#ifndef HP_MODEL_SCENARIO_H
#define HP_MODEL_SCENARIO_H

#include "frame/case.h"

#include <stdbool.h>

struct hp_scenario {
	const char *name, *steps;
};

/* What all mappings of a scenario are: MAP_SHARED or MAP_PRIVATE, and MAP_NORESERVE. */
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
 * hp_run_scenario() - tell a scenario with the pool as it is
 * @scenario: its steps
 * @kind: what its mappings are
 * @overcommit: nr_overcommit_hugepages, as the program has set it
 * @home: the node that the process is bound to
 *
 * After every step the counters must be the model's, and every page must hold what was
 * written to it.
 *
 * Errors: otherwise the case fails, and tells the step.
 */
void hp_run_scenario(const struct hp_scenario *scenario,
		     const struct hp_scenario_kind *kind, long overcommit, int home);

/**
 * hp_run_scenarios() - tell scenarios with pools of 4 pages down to none
 * @scenarios: the last has no name
 * @kind: what their mappings are
 * @overcommit: how many pages are allowed as surplus
 *
 * Pools of gigantic pages stay as they are, what they have is reserved away from 2 pages
 * down, and scenarios that resize are left out: such pages may not be found again. Needs
 * pool:control, hugetlb:2 and up to hugetlb:4.
 *
 * Errors: as of hp_run_scenario().
 * Undone: pools when the case ends.
 */
void hp_run_scenarios(const struct hp_scenario *scenarios,
		      const struct hp_scenario_kind *kind, long overcommit);

#endif
