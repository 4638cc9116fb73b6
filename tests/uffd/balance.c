// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * userfaultfd operations, successful or refused, leak no kernel memory once the memory is
 * unmapped and the descriptor is closed.
 */
#include "hugeproof.h"

#define PAGES 2

static const struct hp_memory_kind kinds[] = {
	{{"hugetlb", "hugetlb pages"}, HP_MEMORY_HUGETLB},
	{{"shmem", "shared memory"}, HP_MEMORY_TMPFS},
	{{"thp", "THPs"}, HP_MEMORY_THP},
};

static enum hp_memory memory;
static struct hp_area *source;

static struct hp_area *room(void)
{
	return hp_map_memory(memory, PAGES * hp_pmd_size);
}

static size_t unit(void)
{
	return memory == HP_MEMORY_HUGETLB ? hp_page_size : hp_base_size;
}

static void registered(void *arg)
{
	struct hp_area *area = room();
	int uffd = hp_uffd_for(area, UFFDIO_REGISTER_MODE_MISSING, 0);
	int other = hp_uffd(0);

	(void)arg;
	hp_check_ok(hp_uffd_unregister(uffd, area->addr, hp_pmd_size));
	hp_check_ok(hp_uffd_register(other, area->addr, hp_pmd_size,
				     UFFDIO_REGISTER_MODE_MISSING));
	/* These fail: memory of another userfaultfd, and unmapped memory. */
	hp_check(hp_uffd_register(other, area->addr, area->size,
				  UFFDIO_REGISTER_MODE_MISSING));
	hp_check(hp_uffd_register(other, NULL, hp_pmd_size, UFFDIO_REGISTER_MODE_MISSING));
	hp_check_ok(close(uffd));
	hp_unmap(area);
	hp_check_ok(close(other));
}

static void filled(void *arg)
{
	struct hp_area *area = room();
	int uffd = hp_uffd_for(area, UFFDIO_REGISTER_MODE_MISSING, 0);

	(void)arg;
	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, unit()), 0);
	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, unit()), EEXIST);
	/* An unmapped source, and an unregistered range. */
	hp_check(hp_uffd_copy(uffd, area->addr + unit(), NULL, unit()));
	hp_check(hp_uffd_copy(uffd, source->addr, source->addr, unit()));
	/* hugetlb does not support it. */
	hp_uffd_zero(uffd, area->addr + unit(), unit());
	hp_check_ok(close(uffd));
	hp_unmap(area);
}

static void write_protected(void *arg)
{
	struct hp_area *area = room();
	int uffd;

	(void)arg;
	hp_touch(area);
	uffd = hp_uffd_for(area, UFFDIO_REGISTER_MODE_WP, UFFD_FEATURE_WP_HUGETLBFS_SHMEM);
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, true), 0);
	hp_check_eq(hp_uffd_protect(uffd, area->addr, unit(), false), 0);
	/* Leaves PTE markers where there is no page. */
	hp_check_ok(madvise(area->addr, hp_pmd_size,
			    memory == HP_MEMORY_TMPFS ? MADV_REMOVE : MADV_DONTNEED));
	hp_check_eq(hp_uffd_protect(uffd, area->addr, area->size, true), 0);
	hp_in_child() {
		hp_unmap(area);
	}
	hp_unmap(area);
	hp_check_ok(close(uffd));
}

static void keep(int uffd, const struct hp_uffd_event *event, void *last)
{
	(void)uffd;
	*(struct hp_uffd_event *)last = *event;
}

static void nothing(void *arg)
{
	(void)arg;
}

static void forked(void *arg)
{
	struct hp_area *area = room();
	int uffd = hp_uffd_for(area, UFFDIO_REGISTER_MODE_MISSING, UFFD_FEATURE_EVENT_FORK);
	struct hp_uffd_event event = {0};
	struct hp_handler *handler = hp_handler_start(uffd, keep, &event);
	pid_t child = hp_fork(nothing, NULL);

	(void)arg;
	hp_check_eq(hp_handler_end(handler), 1);
	hp_check_eq(event.kind, UFFD_EVENT_FORK);
	hp_wait_ok(child);
	hp_check_ok(close(event.uffd));
	hp_check_ok(close(uffd));
	hp_unmap(area);
}

static void poisoned(void *arg)
{
	struct hp_area *area = room();
	int uffd = hp_uffd_for(area, UFFDIO_REGISTER_MODE_MISSING, 0);
	int error = hp_uffd_poison(uffd, area->addr, unit());

	(void)arg;
	if (error == EINVAL)
		hp_skip_case("needs UFFDIO_POISON (Linux 6.6): run it in the lab");
	hp_check_eq(error, 0);
	hp_check_eq(hp_uffd_poison(uffd, area->addr, unit()), EEXIST);
	hp_check_ok(close(uffd));
	hp_in_child() {
		hp_unmap(area);
	}
	hp_unmap(area);
}

static const struct operation {
	struct hp_variant variant;
	void (*act)(void *arg);
} operations[] = {
	{{"registered", "memory is registered, in part or refused"}, registered},
	{{"filled", "filling pages succeeds and fails"}, filled},
	{{"protected", "write-protected pages are dropped and inherited"}, write_protected},
	{{"forked", "a child gets its own by UFFD_EVENT_FORK"}, forked},
	{{"poisoned", "pages under UFFDIO_POISON are inherited"}, poisoned},
};

HP_PAIR_CASES(kept, "userfaultfd leaks no kernel memory when %s", operations, operation,
	      kinds, kind)
{
	hp_need_balance();
	memory = kind->memory;
	if (memory == HP_MEMORY_HUGETLB && operation->act == write_protected)
		hp_need_hugetlb_dontneed();
	hp_khugepaged_calm();
	source = hp_map_anon(hp_pmd_size);
	hp_fill(source, 's');
	hp_check_balanced(HP_BALANCE_TIMES, operation->act, NULL);
}

static void moved_once(void *arg)
{
	struct hp_area *area = hp_map_thp(1), *from = hp_filled_thp(1, 'm');
	int uffd = hp_uffd_for(area, UFFDIO_REGISTER_MODE_MISSING, 0);
	int error = hp_uffd_move(uffd, area->addr, from->addr, hp_base_size, false);

	(void)arg;
	if (error == EINVAL)
		hp_skip_case("needs UFFDIO_MOVE (Linux 6.8): run it in the lab");
	hp_check_eq(error, 0);
	hp_check_eq(hp_uffd_move(uffd, area->addr, from->addr + hp_base_size, hp_base_size,
				 false),
		    EEXIST);
	hp_check_eq(hp_uffd_move(uffd, area->addr + hp_base_size, from->addr, hp_base_size,
				 false),
		    ENOENT);
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	hp_unmap(from);
	from = hp_filled_thp(1, 'w');
	hp_check_eq(hp_uffd_move(uffd, area->addr, from->addr, hp_pmd_size, false), 0);
	hp_check_ok(close(uffd));
	hp_unmap(area);
	hp_unmap(from);
}

HP_CASE(moved, "userfaultfd leaks no kernel memory when UFFDIO_MOVE moves THPs or parts")
{
	hp_need_balance();
	hp_khugepaged_calm();
	hp_check_balanced(HP_BALANCE_TIMES, moved_once, NULL);
}

HP_PROGRAM(.summary =
		   "userfaultfd operations, successful or refused, leak no kernel memory",
	   .page_sizes = HP_PMD_SIZE, .seconds = 60,
	   .needs = HP_NEEDS("hugetlb:4", "thp", "root"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/userfaultfd.rst"},
				 {"man", "userfaultfd(2)"}))
