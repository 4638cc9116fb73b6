// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Huge pages are split, collapsed, bound and written at once: every byte is where it was
 * written, and every page counted. What two nodes add is in migrate/race_split.
 */
#include "hugeproof.h"
#include "race/race.h"

#define ROUNDS 150

#define ACTORS                                                                             \
	.rounds = ROUNDS,                                                                  \
	.actors = HP_ACTORS(&hp_act_mprotect, &hp_act_collapse, &hp_act_mbind,             \
			    &hp_act_write, &hp_act_read),                                  \
	.also = HP_ACTORS(&hp_act_split), .events = HP_NEEDS("thp_split_pmd")

HP_CASE(anon, "anonymous THPs")
{
	hp_race_run(&(struct hp_race){.target = HP_ANON_THP, .pages = 8, ACTORS});
}

HP_CASE(anon_forked, "anonymous THPs that two processes share by fork")
{
	hp_race_run(&(struct hp_race){
		.target = HP_ANON_THP, .pages = 8, .processes = 2, ACTORS});
}

HP_CASE(anon_pte_mapped, "anonymous THPs that base pages map")
{
	hp_race_run(&(struct hp_race){
		.target = HP_ANON_THP, .pages = 8, .pte_mapped = true, ACTORS});
}

HP_CASE(shmem_shared, "huge pages of shmem that two processes map")
{
	hp_race_run(&(struct hp_race){
		.target = HP_SHMEM_SHARED, .pages = 8, .processes = 2, ACTORS});
}

HP_CASE(shmem_private, "private mappings of a huge file")
{
	hp_race_run(&(struct hp_race){
		.target = HP_SHMEM_PRIVATE,
		.pages = 8,
		.rounds = ROUNDS,
		.actors = HP_ACTORS(&hp_act_mprotect, &hp_act_mbind, &hp_act_write,
				    &hp_act_read),
		.also = HP_ACTORS(&hp_act_split),
	});
}

HP_CASE(anon_mthp, "anonymous huge pages of 64 kB")
{
	hp_race_run(&(struct hp_race){
		.target = HP_ANON_MTHP,
		.pages = 64,
		.rounds = ROUNDS,
		.actors = HP_ACTORS(&hp_act_mprotect, &hp_act_mbind, &hp_act_write,
				    &hp_act_free, &hp_act_read),
		.also = HP_ACTORS(&hp_act_split),
	});
}

HP_PROGRAM(.summary = "splits of huge pages that others work on lose no byte",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root"), .seconds = 60,
	   .sources = HP_SOURCES({"lore", "20170701134008.110579-4-zi.yan@sent.com",
				  "mm: thp: introduce separate TTU flag for thp freezing"}))
