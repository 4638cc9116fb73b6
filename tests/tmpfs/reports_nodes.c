// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A huge page of shmem is reported on its node, also after it was migrated, split and
 * freed: in the node's meminfo, numa_maps and smaps_rollup.
 */
#include "hugeproof.h"

#define ONE hp_node(0)
#define TWO hp_node(1)

#define HUGE_KB ((long)(hp_pmd_size / 1024))

/* ShmemHugePages of a node, in kB. */
static long node_kb(int node)
{
	char path[128], text[8192], key[64];
	const char *line;

	hp_thp_kb(); /* folds the per-CPU counters */
	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/meminfo", node);
	snprintf(key, sizeof(key), "Node %d ShmemHugePages:", node);
	hp_require(hp_read_text(path, text, sizeof(text)) > 0, "cannot read %s", path);
	line = strstr(text, key);
	hp_require(line, "%s has no ShmemHugePages", path);
	return atol(line + strlen(key));
}

/* Base pages of the mapping on a node, according to numa_maps. */
static long mapped_on(const struct hp_area *area, int node)
{
	FILE *maps = fopen("/proc/self/numa_maps", "re");
	char line[1024], key[32];
	long pages = 0;

	hp_require(maps, "cannot read /proc/self/numa_maps");
	snprintf(key, sizeof(key), " N%d=", node);
	while (fgets(line, sizeof(line), maps)) {
		const char *at = strstr(line, key);

		if (strtoul(line, NULL, 16) == (uintptr_t)area->addr && at)
			pages = atol(at + strlen(key));
	}
	fclose(maps);
	return pages;
}

static long rollup(const char *key)
{
	static char text[4096];

	hp_require(hp_read_text("/proc/self/smaps_rollup", text, sizeof(text)) > 0,
		   "cannot read /proc/self/smaps_rollup");
	return hp_field(text, key);
}

/* ShmemHugePages of the nodes at the start. */
struct start {
	long one, two;
};

static void check_nodes(const struct start *start, const struct hp_area *area, long one,
			long two)
{
	long pages = (long)hp_base_pages(area);

	hp_check_eq(mapped_on(area, ONE), one ? pages : 0);
	hp_check_eq(mapped_on(area, TWO), two ? pages : 0);
	hp_check_eq(rollup("ShmemPmdMapped"), one + two);
	if (!hp_counters_exact())
		return;
	hp_check_eq(node_kb(ONE) - start->one, one);
	hp_check_eq(node_kb(TWO) - start->two, two);
}

HP_CASES(moved, "meminfo and numa_maps follow huge pages of shmem between nodes",
	 hp_shmem_kinds, kind)
{
	struct hp_shmem *shmem = hp_shmem_new(kind->backing, 1);
	struct start start = {node_kb(ONE), node_kb(TWO)};
	struct hp_area *area = hp_map_all_shmem(shmem, MAP_SHARED);

	hp_bind_area(area, ONE);
	hp_fill(area, 'n');
	hp_check_eq(hp_collapse(area), 0);
	check_nodes(&start, area, HUGE_KB, 0);
	hp_check_eq(hp_move_to_node(area->addr, TWO), TWO);
	hp_check_filled(area, 'n');
	check_nodes(&start, area, 0, HUGE_KB);
	hp_check_eq(hp_move_to_node(area->addr, ONE), ONE);
	hp_check_filled(area, 'n');
	check_nodes(&start, area, HUGE_KB, 0);
	hp_step("a hole splits the huge page");
	hp_punch_shmem(shmem, hp_base_size, hp_base_size);
	hp_check_eq_split(hp_shmem_blocks(shmem), hp_pmd_size - hp_base_size);
	hp_check_eq(rollup("ShmemPmdMapped"), 0);
	if (hp_counters_exact())
		hp_check_eq(node_kb(ONE), start.one);
	hp_check_ok(ftruncate(shmem->fd, 0));
	hp_check_eq(mapped_on(area, ONE) + mapped_on(area, TWO), 0);
	if (hp_counters_exact())
		hp_check_eq(node_kb(ONE) + node_kb(TWO), start.one + start.two);
}

HP_PROGRAM(.summary = "huge pages of shmem are reported on the node where they are",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "pagemap", "nodes:2", "root", "cap:sys_admin",
			     "cap:sys_nice"),
	   .sources = HP_SOURCES({"doc", "Documentation/filesystems/proc.rst", "meminfo"},
				 {"man", "numa(7)", "/proc/[pid]/numa_maps"}))
