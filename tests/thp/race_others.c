// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Huge pages are split and collapsed under writes while a third party comes in: whoever it
 * is, every byte stays where it was written.
 */
#include "hugeproof.h"

#define CREW(...)                                                                          \
	(&(struct hp_race){.target = HP_ANON_THP,                                          \
			   .pages = 6,                                                     \
			   .rounds = 80,                                                   \
			   .actors = HP_ACTORS(&hp_act_mprotect, &hp_act_collapse,         \
					       &hp_act_write, __VA_ARGS__),                \
			   .also = HP_ACTORS(&hp_act_mbind)})

HP_CASE(fork_exit, "processes that fork and exit")
{
	hp_race(CREW(&hp_act_fork));
}

HP_CASE(exec, "processes that fork and exec")
{
	hp_race(CREW(&hp_act_exec));
}

HP_CASE(map_again, "munmap and mmap")
{
	hp_race(CREW(&hp_act_map_again));
}

HP_CASE(mremap_away, "mremap to and fro")
{
	hp_race(CREW(&hp_act_mremap));
}

HP_CASE(dontneed, "MADV_DONTNEED and MADV_FREE")
{
	hp_race(CREW(&hp_act_dontneed, &hp_act_free));
}

HP_CASE(pageout, "MADV_PAGEOUT")
{
	hp_race(CREW(&hp_act_pageout));
}

HP_CASE(ksm, "KSM")
{
	hp_race(CREW(&hp_act_ksm));
}

HP_CASE(balance, "NUMA balancing")
{
	hp_race(CREW(&hp_act_balance));
}

HP_CASE(compact, "compaction")
{
	hp_race(CREW(&hp_act_compact));
}

HP_CASE(pins, "io_uring buffers that are registered and unregistered")
{
	hp_race(CREW(&hp_act_uring, &hp_act_vm_readv));
}

HP_CASE(readers, "readers of smaps, numa_maps and pagemap")
{
	hp_race(CREW(&hp_act_read_maps));
}

HP_PROGRAM(.summary = "nobody who comes in between a split and a collapse loses a byte",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root"), .seconds = 60,
	   .source = "Documentation/mm/transhuge.rst")
