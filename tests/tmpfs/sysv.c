// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A System V segment without SHM_HUGETLB may have huge pages too: it is unmapped,
 * protected, freed and split in part, and its statistics are exact to the page.
 */
#include "hugeproof.h"

#include <sys/shm.h>

/* Pages in memory, and those swapped out meanwhile. */
static void check_pages(int id, size_t bytes)
{
	struct hp_segment_pages usage = hp_segment_usage(id);

	hp_check_eq(usage.rss + usage.swap, bytes);
}

HP_CASE(counted, "SHM_STAT's rss counts pages that are touched, collapsed and removed")
{
	int id = hp_plain_segment(2 * hp_pmd_size);
	struct hp_area area = hp_attach_aligned(id, 2 * hp_pmd_size);
	struct hp_segment_pages usage;

	check_pages(id, 0);
	hp_fill(hp_part(&area, hp_pmd_size, 3 * hp_base_size), 's');
	check_pages(id, 3 * hp_base_size);
	hp_check_eq(hp_collapse(hp_part(&area, hp_pmd_size, hp_pmd_size)), 0);
	check_pages(id, hp_pmd_size);
	hp_check_ok(madvise(area.addr + hp_pmd_size + 7 * hp_base_size, 5 * hp_base_size,
			    MADV_REMOVE));
	usage = hp_segment_usage(id);
	hp_check_eq_split(usage.rss + usage.swap, hp_pmd_size - 5 * hp_base_size);
	check_pages(id, hp_pmd_size - 5 * hp_base_size);
	hp_check_filled(hp_part(&area, hp_pmd_size, 3 * hp_base_size), 's');
	hp_check_ok(madvise(area.addr, area.size, MADV_REMOVE));
	check_pages(id, 0);
}

HP_CASE(unmapped, "munmap of a part of an attached segment leaves the rest and the segment")
{
	struct hp_thp_totals start;
	struct hp_area area, again;
	int id;

	hp_shmem_never();
	start = hp_thp_kb();
	area = hp_huge_segment(&id, 's');
	hp_check_ok(munmap(area.addr + 5 * hp_base_size, hp_pmd_size - 10 * hp_base_size));
	hp_check_filled(hp_part(&area, 0, 5 * hp_base_size), 's');
	hp_check_filled(hp_part(&area, hp_pmd_size - 5 * hp_base_size,
				hp_pmd_size + 5 * hp_base_size),
			's');
	hp_check_eq(hp_mapped_huge(hp_part(&area, hp_pmd_size, hp_pmd_size)), hp_pmd_size);
	check_pages(id, 2 * hp_pmd_size);
	hp_check_thp_kb(start, .shmem = (long)(2 * hp_pmd_size / 1024),
			.shmem_pmd_mapped = (long)(hp_pmd_size / 1024));
	again = hp_attach_aligned(id, 2 * hp_pmd_size);
	hp_check_filled(&again, 's');
	hp_check_eq(hp_mapped_huge(&again), again.size);
	hp_check_ok(shmdt(again.addr));
	hp_step("shmdt detaches all remaining parts");
	hp_check_ok(shmdt(area.addr));
	hp_check_eq(hp_segment_status(id).shm_nattch, 0);
	hp_check_fault(&area, area.addr + area.size - hp_base_size, HP_READ, SIGSEGV,
		       SEGV_MAPERR);
	hp_check_ok(shmctl(id, IPC_RMID, NULL));
	hp_check_thp_kb(start);
}

HP_CASE(in_part,
	"mprotect, MADV_DONTNEED and split of parts of a segment keep its contents")
{
	struct hp_area area, again;
	struct hp_smaps map;
	int id;

	area = hp_huge_segment(&id, 's');
	hp_check_ok(mprotect(area.addr + 3 * hp_base_size, 2 * hp_base_size, PROT_READ));
	hp_check_fault(&area, area.addr + 4 * hp_base_size, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_check_filled(&area, 's');
	hp_check_ok(madvise(area.addr + hp_pmd_size, 9 * hp_base_size, MADV_DONTNEED));
	check_pages(id, 2 * hp_pmd_size);
	map = hp_area_smaps(&area);
	hp_check_eq(map.shmem_pmd_mapped, 0);
	hp_check_filled(&area, 's');
	map = hp_area_smaps(&area);
	hp_check_eq(map.rss, area.size / 1024);
	hp_split_folios(area.addr, area.size, 0);
	check_pages(id, 2 * hp_pmd_size);
	hp_check_filled(&area, 's');
	/*
	 * The VMAs of an attached segment do not merge again; another attachment is whole.
	 */
	again = hp_attach_aligned(id, area.size);
	hp_check_eq(hp_collapse(&again), 0);
	hp_check_eq(hp_mapped_huge(&again), again.size);
	check_pages(id, 2 * hp_pmd_size);
	hp_check_filled(&area, 's');
}

static void maps(void *area)
{
	hp_check_filled((struct hp_area *)area, 's');
}

static void detaches(void *area)
{
	hp_check_filled((struct hp_area *)area, 's');
	hp_check_ok(shmdt(((struct hp_area *)area)->addr));
}

HP_CASE(removed_by_two,
	"a segment removed while two processes attach it is freed by the last shmdt")
{
	struct hp_thp_totals start;
	struct hp_paused *child;
	struct hp_area area;
	int id;

	hp_shmem_never();
	start = hp_thp_kb();
	area = hp_huge_segment(&id, 's');
	child = hp_fork_paused(maps, detaches, &area);
	hp_check_ok(shmctl(id, IPC_RMID, NULL));
	hp_check(hp_segment_status(id).shm_perm.mode & SHM_DEST);
	hp_check_ok(shmdt(area.addr));
	hp_check_thp_kb(start, .shmem = (long)(2 * hp_pmd_size / 1024),
			.shmem_pmd_mapped = (long)(2 * hp_pmd_size / 1024));
	hp_check_eq(hp_segment_status(id).shm_nattch, 1);
	hp_resume_ok(child);
	hp_check_thp_kb(start);
}

HP_CASE(odd_address,
	"a segment attached at an unaligned address has the same contents, PTE-mapped")
{
	struct hp_area area, *room = hp_map_anon(3 * hp_pmd_size), odd;
	char *at = room->addr + 5 * hp_base_size;
	int id;

	area = hp_huge_segment(&id, 's');
	hp_check_errno(shmat(id, at + 1, SHM_REMAP), EINVAL);
	hp_check_errno(shmat(id, at, 0), EINVAL);
	hp_check_errno(shmat(id, NULL, SHM_REMAP), EINVAL);
	hp_check_eq(hp_segment_status(id).shm_nattch, 1);
	hp_check(hp_check_ok(shmat(id, at + 1, SHM_RND | SHM_REMAP)) == at);
	odd = hp_area_at(at, area.size, hp_base_size);
	hp_check_filled(&odd, 's');
	hp_check_eq(hp_mapped_huge(&odd), 0);
	hp_fill(&odd, 't');
	hp_check_filled(&area, 't');
	hp_check_eq(hp_mapped_huge(&area), area.size);
	check_pages(id, 2 * hp_pmd_size);
}

HP_PROGRAM(.summary = "a System V segment with huge pages can be used in part, and counts "
		      "exactly",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("shmem-thp", "pagemap", "root", "cap:sys_admin"),
	   .sources = HP_SOURCES({"man", "shmop(2)"}, {"man", "shmctl(2)"},
				 {"doc", "Documentation/admin-guide/mm/transhuge.rst",
				  "Hugepages in tmpfs/shmem"}))
