// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * All files that report hugetlb pools agree: /proc/meminfo, the nodes' meminfo, sysctls and
 * sysfs. What happens to the pool of one page size shows for that size alone.
 */
#include "hugeproof.h"

/* All that is reported, read while the pools stand still. */
struct told {
	int sizes;
	struct hp_hugetlb_counts pool[HP_MAX_SIZES];
	long meminfo[4], hugetlb_kb, default_kb; /* Total, Free, Rsvd, Surp; Hugetlb */
};

static void read_pools(struct told *told)
{
	size_t sizes[HP_MAX_SIZES];

	told->sizes = hp_hugetlb_sizes(sizes);
	for (int i = 0; i < told->sizes; i++)
		hp_require(!hp_hugetlb_read(sizes[i], &told->pool[i]),
			   "cannot read the pool of %zu kB", sizes[i] / 1024);
}

static bool same_pools(const struct told *one, const struct told *two)
{
	for (int i = 0; i < one->sizes; i++)
		if (one->pool[i].total != two->pool[i].total ||
		    one->pool[i].free != two->pool[i].free ||
		    one->pool[i].rsvd != two->pool[i].rsvd ||
		    one->pool[i].surp != two->pool[i].surp)
			return false;
	return true;
}

static struct told told_now(void)
{
	static const char *const lines[] = {"HugePages_Total", "HugePages_Free",
					    "HugePages_Rsvd", "HugePages_Surp"};
	int64_t end = hp_deadline_ns(5);
	struct told told, again;
	char text[8192];

	do {
		if (hp_now_ns() > end)
			hp_disturbed_at(HP_HERE("pools and /proc/meminfo of one time"),
					"the pools never stood still for 5 s (scaled)");
		read_pools(&told);
		hp_require(hp_read_text("/proc/meminfo", text, sizeof(text)) > 0,
			   "cannot read /proc/meminfo");
		read_pools(&again);
	} while (!same_pools(&told, &again));
	for (int i = 0; i < 4; i++)
		told.meminfo[i] = hp_field(text, lines[i]);
	told.hugetlb_kb = hp_field(text, "Hugetlb");
	told.default_kb = hp_field(text, "Hugepagesize");
	return told;
}

/* meminfo has one pool in pages, that of the default size, and the memory of all. */
static void check_meminfo(const struct told *told)
{
	long all_kb = 0;

	for (int i = 0; i < told->sizes; i++) {
		const struct hp_hugetlb_counts *pool = &told->pool[i];
		long kb = (long)(pool->page_size / 1024);

		all_kb += pool->total * kb;
		if (kb != told->default_kb)
			continue;
		hp_check_eq(told->meminfo[0], pool->total);
		hp_check_eq(told->meminfo[1], pool->free);
		hp_check_eq(told->meminfo[2], pool->rsvd);
		hp_check_eq(told->meminfo[3], pool->surp);
	}
	hp_check_eq(told->hugetlb_kb, all_kb);
}

/* Other sizes than that under test are as they were. */
static void check_others(const struct told *start, const struct told *now)
{
	for (int i = 0; i < now->sizes; i++) {
		const struct hp_hugetlb_counts *was = &start->pool[i];

		if (was->page_size == hp_page_size)
			continue;
		/* What another user of the pool did is not the kernel's fault. */
		hp_check_pool_is(HP_HERE("the pool of another size is as it was"),
				 &now->pool[i],
				 (struct hp_hugetlb_change){was->total, was->free,
							    was->rsvd, was->surp});
	}
}

HP_CASE(meminfo, "meminfo through a page's life: the default size's pool, and all memory")
{
	struct told start = told_now(), now;
	struct hp_area *area;

	check_meminfo(&start);
	area = hp_map_hugetlb(2, MAP_SHARED);
	now = told_now();
	check_meminfo(&now);
	check_others(&start, &now);
	hp_touch(hp_nth_page(area, 0));
	now = told_now();
	check_meminfo(&now);
	check_others(&start, &now);
	hp_check_eq(now.hugetlb_kb, start.hugetlb_kb);
	hp_unmap(area);
	now = told_now();
	check_meminfo(&now);
	check_others(&start, &now);
}

HP_CASE(resized, "a pool that grows by a page: Hugetlb grows by its size")
{
	struct told start, now;

	hp_case_needs("pool:control");
	hp_need_resizable_pool();
	start = told_now();
	hp_pool_resize(hp_hugetlb().total - hp_hugetlb().surp + 1);
	now = told_now();
	check_meminfo(&now);
	check_others(&start, &now);
	hp_check_eq(now.hugetlb_kb, start.hugetlb_kb + (long)(hp_page_size / 1024));
}

HP_CASE(sysctls,
	"nr_hugepages and nr_overcommit_hugepages in /proc/sys/vm: the default size's")
{
	static const char *const files[] = {"nr_hugepages", "nr_overcommit_hugepages",
					    "nr_hugepages_mempolicy"};
	struct told told = told_now();
	char path[128];

	hp_case_needs("pool:control");
	for (int i = 0; i < 3; i++) {
		long by_sysctl, by_sysfs;
		int error;

		snprintf(path, sizeof(path), "/proc/sys/vm/%s", files[i]);
		error = hp_read_long(path, &by_sysctl);
		if (i == 2 && error == -ENOENT)
			continue; /* a kernel without NUMA */
		hp_check_eq(error, 0);
		hp_hugetlb_path(path, sizeof(path), (size_t)told.default_kb * 1024,
				files[i]);
		hp_check_eq(hp_read_long(path, &by_sysfs), 0);
		hp_check_eq(by_sysctl, by_sysfs);
	}
}

HP_CASE(nodes, "each node's meminfo has the default size's pages of that node")
{
	struct told told;
	long total = 0;

	hp_case_needs("pool:control");
	/* So that free pages and all pages differ. */
	hp_touch(hp_map_hugetlb(1, MAP_PRIVATE));
	told = told_now();
	for (int node = 0; node < told.pool[0].nodes; node++) {
		char path[128], text[8192], key[64];
		const char *line;

		if (!told.pool[0].node[node].there)
			continue;
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/meminfo",
			 node);
		hp_require(hp_read_text(path, text, sizeof(text)) > 0, "cannot read %s",
			   path);
		for (int i = 0; i < told.sizes; i++) {
			const struct hp_hugetlb_node *pool = &told.pool[i].node[node];
			const long wanted[] = {pool->total, pool->free, pool->surp};
			static const char *const names[] = {"Total", "Free", "Surp"};

			if ((long)(told.pool[i].page_size / 1024) != told.default_kb)
				continue;
			total += pool->total;
			for (int j = 0; j < 3; j++) {
				snprintf(key, sizeof(key), "Node %d HugePages_%s:", node,
					 names[j]);
				line = strstr(text, key);
				hp_check_eq(line ? atol(line + strlen(key)) : -1,
					    wanted[j]);
			}
		}
	}
	if (told.pool[0].nodes)
		hp_check_eq(total, told.meminfo[0]);
}

/* A line of /proc/self/smaps_rollup, kB. */
static long rollup(const char *key)
{
	static char text[4096];

	hp_require(hp_read_text("/proc/self/smaps_rollup", text, sizeof(text)) > 0,
		   "cannot read /proc/self/smaps_rollup");
	return hp_field(text, key);
}

static void told_of_both(void *arg)
{
	struct hp_area *const *areas = arg;
	struct hp_status status;
	long kb = (long)(hp_page_size / 1024);

	/* The child has both pages from the fork, or meets them now. */
	hp_check_filled(areas[0], 'p');
	hp_check_filled(areas[1], 's');
	hp_check_eq(rollup("Shared_Hugetlb"), 2 * kb);
	hp_check_eq(rollup("Private_Hugetlb"), 0);
	hp_unmap(areas[1]);
	hp_check_eq(rollup("Shared_Hugetlb"), kb);
	hp_check_eq(hp_status_read(0, &status), 0);
	hp_check_eq(status.hugetlb_pages, kb);
}

HP_CASE(rollup_forked, "smaps_rollup and status of a parent and a child count both's pages")
{
	struct hp_area *areas[2];
	long kb = (long)(hp_page_size / 1024);
	struct hp_status status;

	areas[0] = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');
	areas[1] = hp_filled_hugetlb(1, MAP_SHARED, 's');
	hp_check_eq(rollup("Private_Hugetlb"), 2 * kb);
	hp_check_eq(rollup("Shared_Hugetlb"), 0);
	hp_wait_ok(hp_fork(told_of_both, areas));
	hp_check_eq(rollup("Private_Hugetlb"), 2 * kb);
	hp_check_eq(rollup("Shared_Hugetlb"), 0);
	hp_check_eq(hp_status_read(0, &status), 0);
	hp_check_eq(status.hugetlb_pages, 2 * kb);
}

HP_PROGRAM(.summary = "all files that report hugetlb pools agree",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .sources = HP_SOURCES({"doc", "Documentation/filesystems/proc.rst", "meminfo"},
				 {"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"}))
