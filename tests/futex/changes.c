// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The key of a futex in shared memory is the file and the offset, not the page: whatever
 * happens to the page while a thread waits, FUTEX_WAKE finds the waiter.
 */
#include "hugeproof.h"

#include <linux/futex.h>

#define PAGE 21 /* the base page that holds the futex word */

static void check_found(const struct hp_area *area, pthread_t waiter)
{
	hp_check_futex_alone(area, PAGE, FUTEX_WAKE);
	hp_check_eq(hp_futex_wake(hp_futex_word(area, PAGE), FUTEX_WAKE), 1);
	hp_join(waiter);
}

static pthread_t waiter(const struct hp_area *area)
{
	return hp_futex_wait(hp_futex_word(area, PAGE), FUTEX_WAIT);
}

static const struct hp_futex_kind thps[] = {
	{{"thp", "anonymous memory"}, HP_MEMORY_THP, false},
	{{"tmpfs", "shared memory"}, HP_MEMORY_TMPFS, true},
};

HP_CASES(split, "FUTEX_WAKE finds its waiter after the huge page was split", thps, kind)
{
	struct hp_area *area = hp_futex_area(kind, 1);
	pthread_t thread = waiter(area);

	hp_split_to_base(area);
	check_found(area, thread);
}

HP_CASES(remapped, "FUTEX_WAKE finds its waiter after the PMD mapping became PTE mappings",
	 thps, kind)
{
	struct hp_area *area = hp_futex_area(kind, 1);
	pthread_t thread = waiter(area);

	hp_check_ok(mprotect(area->addr, hp_base_size, PROT_READ));
	hp_check_ok(mprotect(area->addr, hp_base_size, PROT_READ | PROT_WRITE));
	hp_check_eq(hp_mapped_huge(area), 0);
	check_found(area, thread);
}

HP_CASES(collapsed,
	 "FUTEX_WAKE finds its waiter after base pages were collapsed into a huge page",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem = hp_shmem_new(kind->backing, 1);
	struct hp_area *area = hp_map_all_shmem(shmem, MAP_SHARED);
	pthread_t thread;

	hp_touch(area);
	thread = waiter(area);
	hp_check_eq(hp_collapse(area), 0);
	hp_check_eq(hp_mapped_huge(area), area->size);
	check_found(area, thread);
}

HP_CASES(migrated, "FUTEX_WAKE finds its waiter after the page migrated to another node",
	 hp_futex_kinds, kind)
{
	struct hp_area *area;
	pthread_t thread;
	int to;

	hp_case_needs("nodes:2");
	if (kind->memory == HP_MEMORY_HUGETLB)
		hp_pool_of_nodes(1, 1);
	to = hp_node(1);
	hp_bind_process(hp_node(0));
	area = hp_futex_area(kind, 1);
	thread = waiter(area);
	hp_check_eq(hp_move_to_node(hp_futex_word(area, PAGE), to), to);
	check_found(area, thread);
}

static const struct shared {
	struct hp_variant variant;
	bool hugetlb;
} files[] = {
	{{"hugetlb", "hugetlb"}, true},
	{{"tmpfs", "huge tmpfs"}, false},
};

static struct hp_area *map_file(const struct shared *shared, int *fd)
{
	struct hp_area *area;

	*fd = shared->hugetlb ? hp_hugetlb_file() : hp_shmem_file(1);
	area = shared->hugetlb ? hp_map_file(*fd, 0, 1, MAP_SHARED)
			       : hp_map_shmem(*fd, 1, MAP_SHARED);
	hp_populate(shared->hugetlb ? HP_MEMORY_HUGETLB : HP_MEMORY_TMPFS, area);
	area->page_size = hp_base_size;
	return area;
}

HP_CASES(punched, "FUTEX_WAKE finds its waiter after the file's page was punched out",
	 files, shared)
{
	int fd;
	struct hp_area *area = map_file(shared, &fd);
	pthread_t thread = waiter(area);

	hp_check_ok(hp_punch(fd, 0, area->size));
	check_found(area, thread);
}

HP_CASES(moved, "FUTEX_WAKE finds its waiter after mremap moved the mapping", files, shared)
{
	int fd;
	struct hp_area *area = map_file(shared, &fd), *place;
	pthread_t thread;

	if (shared->hugetlb)
		hp_need_hugetlb_mremap();
	thread = waiter(area);
	place = shared->hugetlb ? hp_map_hugetlb(1, MAP_SHARED | MAP_NORESERVE)
				: hp_map_anon(area->size);
	area->addr = hp_check_ok(mremap(area->addr, area->size, area->size,
					MREMAP_MAYMOVE | MREMAP_FIXED, place->addr));
	check_found(area, thread);
}

HP_CASES(swapped, "FUTEX_WAKE finds its waiter after the page was swapped out", thps, kind)
{
	struct hp_area *area;
	pthread_t thread;

	hp_case_needs("swap");
	area = hp_futex_area(kind, 1);
	thread = waiter(area);
	hp_page_out(area);
	check_found(area, thread);
}

HP_PROGRAM(.summary = "FUTEX_WAKE finds its waiter, whatever happens to the huge page "
		      "meanwhile",
	   .needs = HP_NEEDS("hugetlb:2", "thp", "root", "pagemap"), .seconds = 20,
	   .tags = HP_TAGS("regression"),
	   .sources = HP_SOURCES({"man", "futex(2)", "FUTEX_WAKE"},
				 {"commit", "13d60f4b6ab5",
				  "futex: Take hugepages into account when generating "
				  "futex_key"}))
