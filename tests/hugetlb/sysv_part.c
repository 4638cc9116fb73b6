// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A System V segment of huge pages that is unmapped, protected or freed in part, attached
 * over other memory or removed while attached stays one segment, and is freed as a whole.
 */
#include "hugeproof.h"

#include <sys/shm.h>

#define PAGES 2

static int segment(void)
{
	return hp_segment(PAGES * hp_page_size, 0600);
}

/* This number of its pages is in memory, and none in swap. */
static void check_resident(int id, size_t pages)
{
	struct hp_segment_pages usage = hp_segment_usage(id);

	hp_check_eq(usage.rss, pages * hp_page_size);
	hp_check_eq(usage.swap, 0);
}

static const struct end {
	struct hp_variant variant;
	int unmapped;
} ends[] = {
	{{"first", "the first page"}, 0},
	{{"last", "the last page"}, 1},
};

HP_CASES(unmapped,
	 "munmap of a part of a segment keeps its huge page, and shmdt detaches the rest",
	 ends, end)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int id = segment();
	struct hp_area area = hp_attach(id, 0), again;

	hp_fill(&area, 's');
	hp_check_ok(munmap(hp_page(&area, (size_t)end->unmapped), hp_page_size));
	hp_check_hugetlb(start, .free = -PAGES);
	hp_check_filled(hp_nth_page(&area, (size_t)!end->unmapped), 's');
	hp_check_fault(&area, hp_page(&area, (size_t)end->unmapped), HP_READ, SIGSEGV,
		       SEGV_MAPERR);
	again = hp_attach(id, 0);
	hp_check_filled(&again, 's');
	check_resident(id, PAGES);
	hp_check_ok(shmdt(again.addr));
	hp_check_eq(hp_segment_status(id).shm_nattch, 1);
	hp_check_ok(shmdt(area.addr));
	hp_check_eq(hp_segment_status(id).shm_nattch, 0);
	hp_check_fault(&area, hp_page(&area, (size_t)!end->unmapped), HP_READ, SIGSEGV,
		       SEGV_MAPERR);
	hp_check_ok(shmctl(id, IPC_RMID, NULL));
	hp_check_hugetlb(start);
}

HP_CASE(mprotected, "after mprotect of a part of a segment shmdt detaches both parts")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int id = segment();
	struct hp_area area = hp_attach(id, 0);

	hp_fill(&area, 's');
	hp_check_errno(mprotect(area.addr + hp_base_size, hp_page_size, PROT_READ), EINVAL);
	hp_check_ok(mprotect(hp_page(&area, 1), hp_page_size, PROT_READ));
	hp_check_fault(&area, hp_page(&area, 1), HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_fill(hp_nth_page(&area, 0), 's');
	hp_check_filled(&area, 's');
	hp_check_ok(shmctl(id, IPC_RMID, NULL));
	hp_check_hugetlb(start, .free = -PAGES);
	hp_check_ok(shmdt(area.addr));
	for (size_t page = 0; page < PAGES; page++)
		hp_check_fault(&area, hp_page(&area, page), HP_READ, SIGSEGV, SEGV_MAPERR);
	hp_check_hugetlb(start);
}

HP_CASE(given_back,
	"in a part of a segment MADV_DONTNEED keeps the huge page, MADV_REMOVE frees it")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int id = segment();
	struct hp_area area = hp_attach(id, 0);

	hp_need_hugetlb_dontneed();
	check_resident(id, 0);
	hp_fill(hp_nth_page(&area, 1), 's');
	check_resident(id, 1);
	hp_check_hugetlb(start, .free = -1, .rsvd = +1);
	hp_check_ok(madvise(hp_page(&area, 1), hp_page_size, MADV_DONTNEED));
	check_resident(id, 1);
	hp_check_filled(hp_nth_page(&area, 1), 's');
	hp_check_ok(madvise(hp_page(&area, 1), hp_page_size, MADV_REMOVE));
	check_resident(id, 0);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_check_zeros(hp_nth_page(&area, 1));
	hp_fill(hp_nth_page(&area, 0), 's');
	check_resident(id, 2);
	hp_check_hugetlb(start, .free = -2);
	hp_check_ok(shmctl(id, IPC_RMID, NULL));
	hp_check_ok(shmdt(area.addr));
	hp_check_hugetlb(start);
}

static void detaches(void *area)
{
	hp_check_filled((struct hp_area *)area, 's');
	hp_check_ok(shmdt(((struct hp_area *)area)->addr));
}

HP_CASE(removed_by_two,
	"a segment removed while two processes attach it is freed by the last shmdt")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int id = segment();
	struct hp_area area = hp_attach(id, 0);
	struct hp_paused *child;

	hp_fill(&area, 's');
	child = hp_fork_paused(NULL, detaches, &area);
	hp_check_eq(hp_segment_status(id).shm_nattch, 2);
	hp_check_ok(shmctl(id, IPC_RMID, NULL));
	hp_check(hp_segment_status(id).shm_perm.mode & SHM_DEST);
	hp_check_ok(shmdt(area.addr));
	hp_check_hugetlb(start, .free = -PAGES);
	hp_check_eq(hp_segment_status(id).shm_nattch, 1);
	hp_resume_ok(child);
	hp_check_hugetlb(start);
	hp_check_errno(shmctl(id, IPC_STAT, &(struct shmid_ds){}), EINVAL);
}

HP_CASE(remapped,
	"shmat with SHM_REMAP replaces other memory; without it it fails with EINVAL")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int id = segment();
	struct hp_area area = hp_attach(id, 0), *there;

	hp_fill(&area, 's');
	there = hp_map_hugetlb(PAGES, MAP_SHARED | MAP_NORESERVE);
	hp_check_errno(shmat(id, there->addr, 0), EINVAL);
	hp_check_errno(shmat(id, NULL, SHM_REMAP), EINVAL);
	hp_check_errno(shmat(id, there->addr + hp_base_size, SHM_REMAP | SHM_RND), EINVAL);
	hp_check_errno(shmat(id, there->addr + 1, 0), EINVAL);
	hp_check_eq(hp_segment_status(id).shm_nattch, 1);
	hp_check(hp_check_ok(shmat(id, there->addr, SHM_REMAP)) == there->addr);
	hp_check_eq(hp_segment_status(id).shm_nattch, 2);
	hp_check_filled(there, 's');
	hp_fill(there, 't');
	hp_check_filled(&area, 't');
	hp_check_hugetlb(start, .free = -PAGES);
	hp_check_ok(shmctl(id, IPC_RMID, NULL));
	hp_check_ok(shmdt(there->addr));
	hp_check_ok(shmdt(area.addr));
	hp_check_hugetlb(start);
}

HP_CASE(read_only, "mprotect cannot make a segment attached with SHM_RDONLY writable")
{
	int id = segment();
	struct hp_area view = hp_attach(id, SHM_RDONLY);

	hp_check_zeros(&view);
	hp_check_errno(mprotect(view.addr, hp_page_size, PROT_READ | PROT_WRITE), EACCES);
	hp_check_fault(&view, view.addr, HP_WRITE, SIGSEGV, SEGV_ACCERR);
}

HP_PROGRAM(.summary = "a System V segment of huge pages can be used in part",
	   .needs = HP_NEEDS("hugetlb:2", "cap:ipc_lock"),
	   .sources = HP_SOURCES({"man", "shmop(2)"}, {"man", "shmctl(2)"}))
