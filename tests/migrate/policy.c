// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * get_mempolicy returns the memory policy of a range as it was set, page by page, and later
 * allocations of every page size obey it.
 */
#include "hugeproof.h"

#include <numaif.h>
#include <sys/syscall.h>

#define FIRST  hp_node(0)
#define SECOND hp_node(1)
#define BOTH   (1UL << FIRST | 1UL << SECOND)
#define BITS   (8 * sizeof(unsigned long))

#ifndef MPOL_PREFERRED_MANY
#define MPOL_PREFERRED_MANY 5
#endif
#ifndef MPOL_WEIGHTED_INTERLEAVE
#define MPOL_WEIGHTED_INTERLEAVE 6
#endif
#ifndef SYS_set_mempolicy_home_node
#define SYS_set_mempolicy_home_node 450
#endif

/* Allocations of the machine that another node than the preferred one had to satisfy. */
static long foreign(void)
{
	static char text[65536];
	long count = -1;

	if (hp_read_text("/proc/vmstat", text, sizeof(text)) > 0)
		count = hp_field(text, "numa_foreign");
	return count;
}

static long foreign_before;

static void bind_to_first(void)
{
	hp_bind_process(FIRST);
	foreign_before = foreign();
}

static struct hp_area *room(enum hp_memory memory, size_t huge_pages)
{
	if (memory == HP_MEMORY_HUGETLB)
		hp_pool_of_nodes((long)huge_pages, (long)huge_pages);
	bind_to_first();
	return hp_map_memory(memory, huge_pages * hp_pmd_size);
}

static long set(const void *addr, size_t bytes, int mode, unsigned long nodes)
{
	return mbind((void *)addr, bytes, mode, &nodes, BITS, 0);
}

static void check_policy(const void *addr, int mode, unsigned long nodes)
{
	unsigned long got[64] = {0};
	int is = -1;

	hp_check_ok(get_mempolicy(&is, got, 8 * sizeof(got), (void *)addr, MPOL_F_ADDR));
	hp_check_eq(is, mode);
	hp_check_eq(got[0], nodes);
}

/* The number of the area's pages on a node. */
static size_t on(const struct hp_area *area, int node)
{
	size_t n = 0;

	for (size_t page = 0; page < hp_pages(area); page++)
		n += hp_node_of(hp_page(area, page)) == node;
	return n;
}

/*
 * A policy that is not strict falls back to another node when memory is short: then pages
 * are misplaced and numa_foreign has grown.
 */
static void check_placed(const struct hp_area *area, bool placed)
{
	long more = foreign() - foreign_before;

	if (!placed && more > 0)
		hp_short_of(area->page_size,
			    "pages are not on the nodes of the policy: %ld came from "
			    "another node (numa_foreign)",
			    more);
	hp_check(placed);
}

static void check_on(const struct hp_area *area, int node, size_t pages)
{
	size_t got = on(area, node);

	if (got != pages && foreign() > foreign_before)
		check_placed(area, false);
	hp_check_eq(got, pages);
}

HP_CASES(interleaved, "MPOL_INTERLEAVE allocates pages alternately from both nodes",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = room(kind->memory, 4);

	hp_check_ok(set(area->addr, area->size, MPOL_INTERLEAVE, BOTH));
	check_policy(area->addr, MPOL_INTERLEAVE, BOTH);
	hp_populate(kind->memory, area);
	for (size_t page = 1; page < hp_pages(area); page++)
		check_placed(area, hp_node_of(hp_page(area, page)) !=
					   hp_node_of(hp_page(area, page - 1)));
	check_on(area, FIRST, hp_pages(area) / 2);
	check_on(area, SECOND, hp_pages(area) / 2);
}

static void set_weight(int node, const char *weight)
{
	char path[96];
	int error;

	snprintf(path, sizeof(path), "/sys/kernel/mm/mempolicy/weighted_interleave/node%d",
		 node);
	error = hp_setting(path, weight);
	if (error == -ENOENT)
		hp_skip_case("needs %s (Linux 6.9): run it in the lab", path);
	hp_require(!error, "cannot set %s: %s", path, strerror(-error));
}

HP_CASES(weighted,
	 "MPOL_WEIGHTED_INTERLEAVE allocates pages in proportion to the nodes' weights",
	 hp_memory_kinds, kind)
{
	struct hp_area *area;

	/* Since Linux 6.16 weights must be switched from automatic to manual. */
	hp_setting("/sys/kernel/mm/mempolicy/weighted_interleave/auto", "false");
	set_weight(FIRST, "3");
	set_weight(SECOND, "1");
	area = room(kind->memory, 4);
	hp_check_ok(set(area->addr, area->size, MPOL_WEIGHTED_INTERLEAVE, BOTH));
	check_policy(area->addr, MPOL_WEIGHTED_INTERLEAVE, BOTH);
	hp_populate(kind->memory, area);
	check_on(area, FIRST, hp_pages(area) * 3 / 4);
	check_on(area, SECOND, hp_pages(area) / 4);
}

HP_CASES(node_told, "get_mempolicy with MPOL_F_NODE returns the node of each base page",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = room(kind->memory, 2);

	hp_check_ok(set(area->addr, area->size / 2, MPOL_BIND, 1UL << SECOND));
	hp_populate(kind->memory, area);
	for (size_t i = 0; i < area->size; i += hp_base_size) {
		int node = -1;

		hp_check_ok(get_mempolicy(&node, NULL, 0, area->addr + i,
					  MPOL_F_NODE | MPOL_F_ADDR));
		hp_check_eq(node, i < area->size / 2 ? SECOND : FIRST);
	}
}

/* How many VMAs the mapping consists of. */
static int parts(const struct hp_area *area)
{
	struct hp_smaps map;
	int n = 0;

	for (char *at = area->addr; at < area->addr + area->size; at = (char *)map.end, n++)
		hp_check_ok(hp_smaps_read(0, at, &map));
	return n;
}

/* For tmpfs the part is a whole huge page, which needs no split that could fail. */
HP_CASES(in_the_middle,
	 "mbind of a part splits the mapping, and undoing it merges the VMAs again",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = room(kind->memory, 2);
	size_t unit = kind->memory == HP_MEMORY_HUGETLB ? hp_page_size
		      : kind->memory == HP_MEMORY_TMPFS ? hp_pmd_size
							: hp_base_size;
	size_t at = area->size / 2 - (unit == hp_base_size ? 7 * unit : 0);

	hp_fill(area, 'p');
	hp_check_ok(set(area->addr, area->size, MPOL_BIND, 1UL << FIRST));
	hp_check_ok(set(area->addr + at, unit, MPOL_PREFERRED, 1UL << SECOND));
	check_policy(area->addr + at - hp_base_size, MPOL_BIND, 1UL << FIRST);
	check_policy(area->addr + at, MPOL_PREFERRED, 1UL << SECOND);
	check_policy(area->addr + at + unit - 1, MPOL_PREFERRED, 1UL << SECOND);
	if (at + unit < area->size)
		check_policy(area->addr + at + unit, MPOL_BIND, 1UL << FIRST);
	hp_check_filled(area, 'p');
	hp_check_eq(on(area, FIRST), hp_pages(area));

	if (kind->memory == HP_MEMORY_HUGETLB)
		hp_need_hugetlb_dontneed();
	hp_step("the part is dropped and allocated again by its own policy");
	hp_check_ok(madvise(area->addr + at, unit,
			    kind->memory == HP_MEMORY_TMPFS ? MADV_REMOVE : MADV_DONTNEED));
	*(volatile char *)(area->addr + at) = 1;
	check_placed(area, hp_node_of(area->addr + at) == SECOND);
	hp_check_filled_around(area, hp_part(area, at, unit), 'p');

	hp_step("both parts have the same policy again: the VMAs merge");
	hp_check_ok(set(area->addr + at, unit, MPOL_BIND, 1UL << FIRST));
	check_policy(area->addr + at, MPOL_BIND, 1UL << FIRST);
	if (kind->memory != HP_MEMORY_TMPFS && kind->memory != HP_MEMORY_HUGETLB)
		hp_check_eq(parts(area), 1);
	hp_check_eq(hp_node_of(area->addr + at), SECOND);
	hp_check_filled_around(area, hp_part(area, at, unit), 'p');
}

static void touches(void *arg)
{
	hp_touch(arg);
}

HP_CASE(of_a_file, "policies of parts of a shared file apply to all its mappings")
{
	struct hp_area *area, *other;
	const size_t page = hp_pmd_size;
	int fd = hp_shmem_file(5);

	hp_bind_process(FIRST);
	area = hp_map_shmem(fd, 5, MAP_SHARED);
	other = hp_map_shmem(fd, 5, MAP_SHARED);
	hp_check_ok(set(area->addr, area->size, MPOL_BIND, 1UL << SECOND));
	hp_step("two pages in the middle get another policy, and one of them then none");
	hp_check_ok(set(hp_page(area, 1), 2 * page, MPOL_PREFERRED, 1UL << FIRST));
	hp_check_ok(mbind(hp_page(area, 2), page, MPOL_DEFAULT, NULL, 0, 0));
	for (int twice = 0; twice < 2; twice++) {
		struct hp_area *by = twice ? other : area;

		check_policy(hp_page(by, 0), MPOL_BIND, 1UL << SECOND);
		check_policy(hp_page(by, 1), MPOL_PREFERRED, 1UL << FIRST);
		check_policy(hp_page(by, 2), MPOL_DEFAULT, 0);
		check_policy(hp_page(by, 3), MPOL_BIND, 1UL << SECOND);
		check_policy(hp_page(by, 5) - 1, MPOL_BIND, 1UL << SECOND);
	}
	hp_step("a child touches the parent's second mapping of the file");
	hp_wait_ok(hp_fork(touches, other));
	hp_touch(area);
	for (size_t n = 0; n < 5; n++)
		hp_check_eq(hp_node_of(hp_page(area, n)),
			    n == 1 || n == 2 ? FIRST : SECOND);
}

static long set_home(const struct hp_area *area, int node)
{
	long result = syscall(SYS_set_mempolicy_home_node, area->addr, area->size, node, 0);

	if (result && errno == ENOSYS)
		hp_skip_case("needs set_mempolicy_home_node (Linux 5.17): run it in the "
			     "lab");
	return result;
}

HP_CASES(preferred_many, "MPOL_PREFERRED_MANY allocates pages from the home node",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = room(kind->memory, 2);

	if (set(area->addr, area->size, MPOL_PREFERRED_MANY, BOTH) && errno == EINVAL)
		hp_skip_case("needs MPOL_PREFERRED_MANY (Linux 5.15): run it in the lab");
	check_policy(area->addr, MPOL_PREFERRED_MANY, BOTH);
	hp_check_ok(set_home(area, SECOND));
	hp_populate(kind->memory, area);
	if (kind->memory == HP_MEMORY_HUGETLB)
		hp_check_eq(on(area, FIRST) + on(area, SECOND), hp_pages(area));
	else
		check_on(area, SECOND, hp_pages(area));
}

HP_CASES(home_refused, "set_mempolicy_home_node fails with EOPNOTSUPP for MPOL_INTERLEAVE",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = room(kind->memory, 2);

	hp_check_ok(set(area->addr, area->size, MPOL_INTERLEAVE, BOTH));
	hp_check_errno(set_home(area, SECOND), EOPNOTSUPP);
	check_policy(area->addr, MPOL_INTERLEAVE, BOTH);
	hp_check_errno(set_home(area, 900), EINVAL);
}

static const struct mode {
	struct hp_variant variant;
	int flag;
} modes[] = {
	{{"static", "MPOL_F_STATIC_NODES"}, MPOL_F_STATIC_NODES},
	{{"relative", "MPOL_F_RELATIVE_NODES"}, MPOL_F_RELATIVE_NODES},
};

HP_CASES(flags_told, "get_mempolicy returns mode flags and nodes as they were set", modes,
	 mode)
{
	struct hp_area *area = room(HP_MEMORY_THP, 2);

	hp_check_ok(set(area->addr, area->size, MPOL_BIND | mode->flag, 1UL << SECOND));
	check_policy(area->addr, MPOL_BIND | mode->flag, 1UL << SECOND);
	hp_populate(HP_MEMORY_THP, area);
	hp_check_eq(on(area, SECOND), hp_pages(area));
	hp_check_errno(set(area->addr, area->size,
			   MPOL_BIND | MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES,
			   1UL << SECOND),
		       EINVAL);
}

HP_CASE(allowed,
	"MPOL_F_MEMS_ALLOWED returns both nodes; with another flag it fails with EINVAL")
{
	unsigned long got[64] = {0};

	hp_bind_process(FIRST);
	hp_check_ok(get_mempolicy(NULL, got, 8 * sizeof(got), NULL, MPOL_F_MEMS_ALLOWED));
	hp_check_eq(got[0] & BOTH, BOTH);
	hp_check_errno(get_mempolicy(NULL, got, 8 * sizeof(got), NULL,
				     MPOL_F_MEMS_ALLOWED | MPOL_F_NODE),
		       EINVAL);
	hp_check_errno(get_mempolicy(NULL, got, 8 * sizeof(got), got, 0), EINVAL);
}

static const struct option {
	struct hp_variant variant;
	const char *format;
	size_t first, second; /* of four huge pages, how many are on each node */
} options[] = {
	{{"bind", "mpol=bind"}, "huge=always,mpol=bind:%2$d", 0, 4},
	{{"prefer", "mpol=prefer"}, "huge=always,mpol=prefer:%2$d", 0, 4},
	{{"interleave", "mpol=interleave"}, "huge=always,mpol=interleave:%1$d,%2$d", 2, 2},
};

HP_CASES(mounted, "huge pages of a tmpfs obey the policy of its mount option", options,
	 option)
{
	char text[96];
	struct hp_area *area;
	struct hp_shmem *shmem;

	snprintf(text, sizeof(text), option->format, FIRST, SECOND);
	bind_to_first();
	shmem = hp_shmem_in(hp_mount_tmpfs(text), 4);
	area = hp_map_all_shmem(shmem, MAP_SHARED);
	area->page_size = hp_pmd_size;
	hp_touch(area);
	hp_require_huge(area);
	check_on(area, FIRST, option->first);
	check_on(area, SECOND, option->second);
}

HP_PROGRAM(.summary = "get_mempolicy returns policies as set, and pages of each size obey "
		      "them",
	   .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("nodes:2", "pool:control", "thp", "root", "pagemap",
			     "cap:sys_nice", "cap:sys_admin"),
	   .sources = HP_SOURCES({"man", "get_mempolicy(2)"}, {"man", "set_mempolicy(2)"},
				 {"man", "mbind(2)"},
				 {"doc", "Documentation/filesystems/tmpfs.rst", "mpol"}))
