// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Memory is migrated to a device and back, against each antagonist alone and then against
 * all of them.
 */
#include "hugeproof.h"
#include "race/race.h"
#include "race/series.h"

static const struct hp_race migration = {
	.target = HP_ANON_THP,
	.pages = 8,
	.actors = HP_ACTORS(&hp_act_to_device, &hp_act_to_system, &hp_act_write),
};

static const struct hp_actor *const antagonists[] = {
	&hp_act_read,      &hp_act_populate,
	&hp_act_map_again, &hp_act_fork,
	&hp_act_exec,      &hp_act_dontneed,
	&hp_act_free,      &hp_act_mprotect,
	&hp_act_mremap,    &hp_act_mlock,
	&hp_act_vm_readv,  &hp_act_vm_writev,
	&hp_act_uring,     &hp_act_ptrace,
	&hp_act_read_maps, &hp_act_collapse,
	&hp_act_split,     &hp_act_mbind,
	&hp_act_pageout,   &hp_act_ksm,
	&hp_act_to_device, NULL,
};

static int make_cases(const struct hp_case *const **cases)
{
	return hp_race_series(&migration, "migration of THPs to a device loses no data",
			      antagonists, cases);
}

HP_PROGRAM(.summary = "migration to a device survives concurrent operations",
	   .kind = HP_RACE, .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("hmm", "thp"),
	   .seconds = 60, .generate = make_cases,
	   .sources = HP_SOURCES(
		   {"commit", "8315ada7f095",
		    "mm/migrate: allow migrate_vma() to alloc new page on empty entry"}))
