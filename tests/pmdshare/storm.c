// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * While processes map, fault, mprotect, unmap and unshare page tables concurrently, no
 * process reads a byte that was not written to the page it reads.
 */
#include "hugeproof.h"
#include "race/race.h"

HP_CASE(six_processes, "six processes map, fault, mprotect and unmap one span, and each "
		       "read sees what was written")
{
	struct hp_hugetlb_counts start = hp_hugetlb();

	hp_race_run(&(struct hp_race){
		.target = HP_HUGETLB_SHARED,
		.pages = 8,
		.processes = 6,
		.whole_span = true,
		.rounds = 60,
		.actors = HP_ACTORS(&hp_act_span_again, &hp_act_mprotect, &hp_act_dontneed,
				    &hp_act_read, &hp_act_write),
	});
	hp_check_hugetlb(start, .free = -8);
}

HP_PROGRAM(.summary = "shared page tables stay correct under concurrent faults and changes "
		      "of mappings",
	   .needs = HP_NEEDS("hugetlb:8"), .page_sizes = HP_PMD_SIZE, .seconds = 60,
	   .sources = HP_SOURCES({"lore", "20191107211809.9539-1-longman@redhat.com",
				  "hugetlbfs: Take read_lock on i_mmap for PMD sharing"}))
