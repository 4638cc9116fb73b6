// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A System V segment of huge pages reserves them when it is created, is shared by all
 * processes that attach it, and is freed when it is removed and the last one detaches.
 */
#include "hugeproof.h"

#include <sys/shm.h>

#define PAGES 2

HP_CASE(reserves, "shmget reserves huge pages, a touch takes them, and IPC_RMID frees them")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int id = hp_segment(PAGES * hp_page_size, 0600);
	struct hp_area area;

	hp_check_hugetlb(start, .rsvd = +PAGES);
	area = hp_attach(id, 0);
	hp_check_hugetlb(start, .rsvd = +PAGES);
	hp_fill(&area, 's');
	hp_check_hugetlb(start, .free = -PAGES);
	hp_check_ok(shmdt(area.addr));
	hp_check_hugetlb(start, .free = -PAGES);
	hp_check_ok(shmctl(id, IPC_RMID, NULL));
	hp_check_hugetlb(start);
}

HP_CASE(removed_while_attached,
	"a removed segment of huge pages stays until the last process detaches")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int id = hp_segment(PAGES * hp_page_size, 0600);
	struct hp_area area = hp_attach(id, 0);

	hp_fill(&area, 'a');
	hp_check_ok(shmctl(id, IPC_RMID, NULL));
	hp_check_hugetlb(start, .free = -PAGES);
	hp_check_filled(&area, 'a');
	hp_check_ok(shmdt(area.addr));
	hp_check_hugetlb(start);
	hp_check_errno(shmat(id, NULL, 0), EINVAL);
}

HP_CASE(attached_twice, "two attachments of a segment map the same huge pages")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int id = hp_segment(PAGES * hp_page_size, 0600);
	struct hp_area one = hp_attach(id, 0), two = hp_attach(id, 0);

	hp_fill(&one, 't');
	hp_check_filled(&two, 't');
	hp_check_hugetlb(start, .free = -PAGES);
}

HP_CASE(forked, "a child inherits an attachment of huge pages and its writes are shared")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area area = hp_attach(hp_segment(PAGES * hp_page_size, 0600), 0);

	hp_fill(&area, 'p');
	hp_in_child() {
		hp_check_filled(&area, 'p');
		hp_fill(&area, 'c');
	}
	hp_check_filled(&area, 'c');
	hp_check_hugetlb(start, .free = -PAGES);
}

HP_CASE(read_only, "a segment of huge pages attached with SHM_RDONLY cannot be written")
{
	int id = hp_segment(PAGES * hp_page_size, 0600);
	struct hp_area area = hp_attach(id, 0), view = hp_attach(id, SHM_RDONLY);

	hp_fill(&area, 'r');
	hp_check_filled(&view, 'r');
	hp_check_fault(&view, view.addr, HP_WRITE, SIGSEGV, SEGV_ACCERR);
	hp_check_filled(&area, 'r');
}

HP_PROGRAM(.summary = "System V segments of huge pages are reserved, shared and freed",
	   .needs = HP_NEEDS("hugetlb:2", "cap:ipc_lock"),
	   .sources = HP_SOURCES({"man", "shmget(2)"}, {"man", "shmop(2)"}))
