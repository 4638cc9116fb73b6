// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * THPs are split and collapsed under writes while another operation runs concurrently:
 * whichever it is, every byte stays where it was written.
 */
#include "hugeproof.h"
#include "race/race.h"
#include "race/series.h"

static const struct party {
	struct hp_variant variant;
	const struct hp_actor *first, *second;
} parties[] = {
	{{"fork_exit", "processes that fork and exit"}, &hp_act_fork, NULL},
	{{"exec", "processes that fork and exec"}, &hp_act_exec, NULL},
	{{"map_again", "munmap and mmap"}, &hp_act_map_again, NULL},
	{{"mremap_away", "mremap to another address and back"}, &hp_act_mremap, NULL},
	{{"dontneed", "MADV_DONTNEED and MADV_FREE"}, &hp_act_dontneed, &hp_act_free},
	{{"pageout", "MADV_PAGEOUT"}, &hp_act_pageout, NULL},
	{{"ksm", "KSM"}, &hp_act_ksm, NULL},
	{{"balance", "NUMA balancing"}, &hp_act_balance, NULL},
	{{"compact", "compaction"}, &hp_act_compact, NULL},
	{{"pins", "registration of io_uring buffers"}, &hp_act_uring, &hp_act_vm_readv},
	{{"readers", "reads of smaps, numa_maps and pagemap"}, &hp_act_read_maps, NULL},
};

HP_ROW_CASES(third_party, "split and collapse that race with %s lose no data of THPs",
	     parties, party)
{
	hp_race_run(&(struct hp_race){.target = HP_ANON_THP,
				      .pages = 6,
				      .rounds = 80,
				      .actors = HP_ACTORS(&hp_act_mprotect,
							  &hp_act_collapse, &hp_act_write,
							  party->first, party->second),
				      .also = HP_ACTORS(&hp_act_mbind)});
}

HP_PROGRAM(.summary = "operations concurrent with split and collapse lose no data",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root"), .seconds = 60,
	   .sources = HP_SOURCES({"doc", "Documentation/mm/transhuge.rst"}))
