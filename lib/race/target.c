// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fixture/page_table.h"
#include "fixture/pool.h"
#include "fixture/shmem.h"
#include "fixture/thp.h"
#include "frame/case.h"
#include "observe/text.h"
#include "race/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A race over huge pages larger than 2 MB has fewer rounds, and pages as memory allows. */
#define USUAL_HUGE    ((size_t)2 << 20)
#define FEWEST_ROUNDS 10
#define FEWEST_THPS   2

static const char *const names[] = {
	[HP_ANON_THP] = "anon_thp",
	[HP_ANON_MTHP] = "anon_mthp",
	[HP_SHMEM_SHARED] = "shmem_shared",
	[HP_SHMEM_PRIVATE] = "shmem_private",
	[HP_HUGETLB_SHARED] = "hugetlb_shared",
	[HP_HUGETLB_PRIVATE] = "hugetlb_private",
};

const char *hp_target_name(enum hp_target target)
{
	return names[target];
}

size_t hp_target_granule(const struct race *race)
{
	return HP_ON(race->kind) & HP_ON_HUGETLB ? race->huge : race->base;
}

/*
 * The number of THPs of a target. Where a PMD maps much memory (32 or 512 MB, with base
 * pages of 16 or 64 kB), forks and migrations need memory for a second copy, and more.
 */
static size_t affordable_thps(size_t wanted)
{
	char meminfo[8192];
	size_t most;

	if (hp_read_text("/proc/meminfo", meminfo, sizeof(meminfo)) < 0)
		return wanted;
	most = (size_t)hp_field(meminfo, "MemAvailable") * 1024 / 4 / hp_pmd_size;
	if (most < FEWEST_THPS)
		hp_skip_case(
			"needs %zu MB of available memory, four times %d huge pages of "
			"%zu MB: run it on a larger machine, or in the lab with more "
			"--memory",
			(FEWEST_THPS * hp_pmd_size * 4) >> 20, FEWEST_THPS,
			hp_pmd_size >> 20);
	if (most >= wanted)
		return wanted;
	hp_observed("huge pages", "%zu of %zu, for lack of memory", most, wanted);
	return most;
}

/* Operations on larger huge pages take longer: those of 2 MB get the full number. */
static long rounds_of(const struct race *race)
{
	long most = race->asked->rounds, fewer;

	if (HP_ON(race->kind) & HP_ON_HUGETLB || race->huge <= USUAL_HUGE)
		return most;
	fewer = (long)((uint64_t)most * USUAL_HUGE / race->huge);
	return fewer >= FEWEST_ROUNDS ? fewer : most < FEWEST_ROUNDS ? most : FEWEST_ROUNDS;
}

void hp_target_make(struct race *race)
{
	const struct hp_race *asked = race->asked;
	size_t n = asked->pages;

	race->kind = asked->target;
	if (HP_ON(race->kind) & ~HP_ON_HUGETLB && race->kind != HP_ANON_MTHP)
		n = affordable_thps(n);
	race->fd = -1;
	race->shared = HP_ON(race->kind) & HP_ON_SHARED;
	race->file = HP_ON(race->kind) & HP_ON_FILES;
	switch (race->kind) {
	case HP_ANON_MTHP:
		race->area =
			hp_map_thp_of((asked->page_kb ? asked->page_kb : 64) * 1024, n);
		break;
	case HP_SHMEM_SHARED:
	case HP_SHMEM_PRIVATE:
		race->fd = hp_shmem_file(n);
		race->area =
			hp_map_shmem(race->fd, n, race->shared ? MAP_SHARED : MAP_PRIVATE);
		break;
	case HP_HUGETLB_SHARED:
		if (asked->whole_span) {
			race->fd = hp_span_file();
			race->area = hp_map_span(race->fd, hp_table_span(), 0,
						 PROT_READ | PROT_WRITE, MAP_SHARED);
			race->area->size = n * hp_page_size;
			break;
		}
		race->fd = hp_hugetlb_file();
		hp_check_ok(ftruncate(race->fd, (off_t)(n * hp_page_size)));
		race->area = hp_map_file(race->fd, 0, n, MAP_SHARED);
		break;
	case HP_HUGETLB_PRIVATE:
		race->area = hp_map_hugetlb(n, MAP_PRIVATE);
		break;
	default:
		race->area = hp_map_thp(n);
		break;
	}
	race->base = hp_base_size;
	race->huge = race->area->page_size;
	race->huge_pages = race->area->size / race->huge;
	race->pages_per_huge = race->huge / race->base;
	race->pages = race->area->size / race->base;
	race->rounds = rounds_of(race);
}

void hp_target_unmap(struct race *race, struct race_process *process)
{
	hp_check_ok(munmap(process->area->addr, race->asked->whole_span
							? hp_table_span()
							: process->area->size));
	if (race->fd >= 0)
		close(race->fd);
}
