// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Pages that cannot migrate are reported, and the others migrate: migrate_pages counts the
 * failures, and mbind with MPOL_MF_STRICT fails with EIO. The policy is set nevertheless.
 */
#include "hugeproof.h"

#include <linux/perf_event.h>
#include <numaif.h>
#include <sys/syscall.h>

#define FIRST  hp_node(0)
#define SECOND hp_node(1)

static struct hp_area *filled(enum hp_memory memory)
{
	if (memory == HP_MEMORY_HUGETLB)
		hp_pool_of_nodes(4, 4);
	hp_bind_process(FIRST);
	return hp_map_filled(memory, 3 * hp_pmd_size, 'n');
}

static void check_on(const struct hp_area *area, size_t page, int node)
{
	hp_check_eq(hp_node_of(hp_page(area, page)), node);
	hp_check_eq(hp_node_of(hp_page(area, page + 1) - hp_base_size), node);
}

/* The middle page cannot migrate. */
static struct hp_ring *pin_middle(const struct hp_area *area, struct hp_ring *ring)
{
	hp_check_eq(hp_ring_pin(ring, hp_page(area, hp_pages(area) / 2), hp_base_size), 0);
	return ring;
}

static void check_all_but_middle_on(const struct hp_area *area, int node)
{
	/* If the huge page was split, only its pinned base page stays behind. */
	for (size_t page = 0; page < hp_pages(area); page++)
		if (page == hp_pages(area) / 2)
			hp_check_eq(hp_node_of(hp_page(area, page)), FIRST);
		else
			check_on(area, page, node);
	hp_check_filled(area, 'n');
}

static long migrate(int from, int to)
{
	unsigned long old = 1UL << from, new = 1UL << to;

	return migrate_pages(0, 8 * sizeof(old), &old, &new);
}

static long bind_to(const struct hp_area *area, int node, unsigned int flags)
{
	unsigned long nodes = 1UL << node;

	return mbind(area->addr, area->size, MPOL_BIND, &nodes, 8 * sizeof(nodes), flags);
}

/* Checks both ends of each page: of a split huge page only the pinned base page stays. */
static bool all_on(const struct hp_area *area, int node, bool but_middle)
{
	for (size_t page = 0; page < hp_pages(area); page++)
		if ((!but_middle || page != hp_pages(area) / 2) &&
		    (hp_node_of(hp_page(area, page)) != node ||
		     hp_node_of(hp_page(area, page + 1) - hp_base_size) != node))
			return false;
	return true;
}

/* Pages that stay on the first node when all movable pages of the area have left it. */
static long left_behind(const struct hp_area *area, bool but_middle)
{
	/* Pages that are busy or find no memory now migrate in a later attempt. */
	hp_eventually(
		(hp_check_ok(migrate(FIRST, SECOND)), all_on(area, SECOND, but_middle)), 5);
	return hp_check_ok(migrate(FIRST, SECOND));
}

/*
 * The pages of the ring cannot migrate, and pages of files may be busy at any time: the
 * count is only meaningful if it is the same before and after the pin.
 */
static bool one_more(const struct hp_area *area, struct hp_ring *ring)
{
	long before = left_behind(area, false), with, after;

	hp_eventually((hp_check_ok(migrate(SECOND, FIRST)), all_on(area, FIRST, false)), 5);
	pin_middle(area, ring);
	with = left_behind(area, true);
	check_all_but_middle_on(area, SECOND);
	hp_check_eq(hp_ring_unpin(ring), 0);
	after = left_behind(area, false);
	hp_step("%ld pages stay with the pin, %ld before and %ld after it", with, before,
		after);
	return before == after && with == before + 1;
}

HP_CASES(counted, "migrate_pages counts one pinned page among those that did not migrate",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = filled(kind->memory);
	struct hp_ring *ring = hp_ring_open();

	hp_eventually(one_more(area, ring), 5);
	hp_check_filled(area, 'n');
}

static void check_policy(char *addr, int node)
{
	unsigned long got[64] = {0};
	int mode;

	hp_check_ok(get_mempolicy(&mode, got, 8 * sizeof(got), addr, MPOL_F_ADDR));
	hp_check_eq(mode, MPOL_BIND);
	hp_check_eq(got[0], 1UL << node);
}

HP_CASES(strict,
	 "mbind with MPOL_MF_STRICT fails with EIO for one pinned page, others migrate",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = filled(kind->memory);
	struct hp_ring *ring = pin_middle(area, hp_ring_open());

	hp_check_errno(bind_to(area, SECOND, MPOL_MF_MOVE | MPOL_MF_STRICT), EIO);
	check_all_but_middle_on(area, SECOND);
	check_policy(hp_page(area, hp_pages(area) / 2), SECOND);
	hp_ring_release(ring);
	hp_eventually(bind_to(area, SECOND, MPOL_MF_MOVE | MPOL_MF_STRICT) == 0, 5);
	check_on(area, hp_pages(area) / 2, SECOND);
	hp_check_filled(area, 'n');
}

/*
 * Maps a page of the kernel in front of the area's second huge page. It is on no list of
 * pages that can be reclaimed, so that it cannot even be isolated.
 */
static char *map_kernel_page_in_front(const struct hp_area *area)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
				       .size = sizeof(attr),
				       .config = PERF_COUNT_SW_DUMMY};
	char *at = area->addr + hp_pmd_size - hp_base_size;
	int fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		hp_skip_case("needs perf_event_open(): %s", strerror(errno));
	hp_check_ok(munmap(area->addr, hp_pmd_size));
	hp_require(mmap(at, hp_base_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			fd, 0) == at,
		   "cannot map the buffer of an event: %s", strerror(errno));
	(void)*(volatile char *)at;
	return at;
}

/*
 * Whether such a page counts as one that could not migrate depends on how the kernel maps
 * it. Pages that are busy migrate in a later attempt.
 */
HP_CASES(behind, "mbind with MPOL_MF_STRICT migrates the pages behind one of the kernel",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = filled(kind->memory);
	char *start = map_kernel_page_in_front(area);
	struct hp_area rest = hp_part_of(area, hp_pmd_size, area->size - hp_pmd_size);
	struct hp_area all = hp_area_at(start, rest.size + hp_base_size, hp_base_size);
	int result = bind_to(&all, SECOND, MPOL_MF_MOVE | MPOL_MF_STRICT) ? errno : 0;

	hp_step("mbind returned %d", result);
	hp_check(!result || result == EIO);
	hp_observed("a page of the kernel", result ? "EIO" : "passed over");
	hp_eventually(all_on(&rest, SECOND, false) ||
			      (bind_to(&all, SECOND, MPOL_MF_MOVE | MPOL_MF_STRICT),
			       all_on(&rest, SECOND, false)),
		      2);
	check_policy(start, SECOND);
	check_policy(rest.addr, SECOND);
}

HP_CASES(lenient, "mbind without MPOL_MF_STRICT succeeds despite one pinned page",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = filled(kind->memory);
	struct hp_ring *ring = pin_middle(area, hp_ring_open());

	hp_check_ok(bind_to(area, SECOND, MPOL_MF_MOVE));
	check_all_but_middle_on(area, SECOND);
	check_policy(hp_page(area, hp_pages(area) / 2), SECOND);
	hp_ring_release(ring);
}

HP_CASES(elsewhere, "mbind with only MPOL_MF_STRICT fails with EIO for one misplaced page",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = filled(kind->memory);
	char *middle = hp_page(area, hp_pages(area) / 2);

	hp_check_ok(bind_to(area, FIRST, MPOL_MF_STRICT));
	hp_check_eq(hp_move_to_node(middle, SECOND), SECOND);
	hp_check_errno(bind_to(area, FIRST, MPOL_MF_STRICT), EIO);
	check_policy(middle, FIRST);
	hp_check_errno(bind_to(area, SECOND, MPOL_MF_STRICT), EIO);
	check_policy(middle, FIRST);
	hp_check_eq(hp_node_of(middle), SECOND);
	hp_check_filled(area, 'n');
}

HP_CASES(hole, "mbind fails with EFAULT for a range with a hole, and migrates nothing",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = filled(kind->memory);
	size_t third = area->size / 3;
	const struct hp_area parts[] = {hp_part_of(area, 0, third),
					hp_part_of(area, 2 * third, third)};

	hp_check_ok(bind_to(area, FIRST, 0));
	hp_check_ok(munmap(area->addr + third, third));
	hp_check_errno(bind_to(area, SECOND, MPOL_MF_MOVE | MPOL_MF_STRICT), EFAULT);
	for (int i = 0; i < 2; i++) {
		hp_check(all_on(&parts[i], FIRST, false));
		check_policy(parts[i].addr, FIRST);
		hp_check_filled(&parts[i], 'n');
	}
	hp_step("MPOL_DEFAULT may be set across holes");
	hp_check_ok(mbind(area->addr, area->size, MPOL_DEFAULT, NULL, 0, 0));
}

HP_PROGRAM(.summary = "migrate_pages and mbind report pages that did not migrate",
	   .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("nodes:2", "migration", "pool:control", "thp", "root",
			     "pagemap", "cap:sys_nice"),
	   .tags = HP_TAGS("regression"),
	   .sources = HP_SOURCES({"man", "migrate_pages(2)"}, {"man", "mbind(2)"},
				 {"commit", "24526268f4e3",
				  "mm: mempolicy: keep VMA walk if both MPOL_MF_STRICT and "
				  "MPOL_MF_MOVE are specified"}))
