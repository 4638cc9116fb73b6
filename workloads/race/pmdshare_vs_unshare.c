// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Processes share the page table of a hugetlb file, and unshare it: by mprotect(), munmap()
 * and exit. The search for a table to share takes a lock that all mappings of the file
 * contend for.
 */
#include "hugeproof.h"
#include "race/race.h"

HP_CASE(four_processes,
	"a page table shared by four processes survives mprotect, munmap, fork and exit")
{
	hp_race_run(&(struct hp_race){
		.target = HP_HUGETLB_SHARED,
		.pages = 8,
		.processes = 4,
		.whole_span = true,
		.actors = HP_ACTORS(&hp_act_span_again, &hp_act_mprotect, &hp_act_write,
				    &hp_act_read, &hp_act_fork, &hp_act_populate),
		.also = HP_ACTORS(&hp_act_punch, &hp_act_mbind),
	});
}

HP_PROGRAM(.summary =
		   "shared page tables stay intact while processes share and unshare them",
	   .kind = HP_RACE, .page_sizes = HP_PMD_SIZE, .needs = HP_NEEDS("hugetlb:16"),
	   .seconds = 60,
	   .sources = HP_SOURCES({"lore", "20191107211809.9539-1-longman@redhat.com",
				  "hugetlbfs: Take read_lock on i_mmap for PMD sharing"}))
