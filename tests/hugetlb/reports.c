// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * All files that report hugetlb pools agree: /proc/meminfo, the nodes' meminfo, sysctls and
 * sysfs. A change of the pool of one page size shows for that size only.
 */
#include "hugeproof.h"

/* All reports, read while the pools do not change. */
struct reports {
	int sizes;
	struct hp_hugetlb_counts pool[HP_MAX_SIZES];
	long meminfo[4], hugetlb_kb, default_kb; /* Total, Free, Rsvd, Surp; Hugetlb */
};

static void read_pools(struct reports *reports)
{
	size_t sizes[HP_MAX_SIZES];

	reports->sizes = hp_hugetlb_sizes(sizes);
	for (int i = 0; i < reports->sizes; i++)
		hp_require(!hp_hugetlb_read(sizes[i], &reports->pool[i]),
			   "cannot read the pool of %zu kB", sizes[i] / 1024);
}

static bool same_pools(const struct reports *one, const struct reports *two)
{
	for (int i = 0; i < one->sizes; i++)
		if (one->pool[i].total != two->pool[i].total ||
		    one->pool[i].free != two->pool[i].free ||
		    one->pool[i].rsvd != two->pool[i].rsvd ||
		    one->pool[i].surp != two->pool[i].surp)
			return false;
	return true;
}

static struct reports read_reports(void)
{
	static const char *const lines[] = {"HugePages_Total", "HugePages_Free",
					    "HugePages_Rsvd", "HugePages_Surp"};
	int64_t end = hp_deadline_ns(5);
	struct reports reports, again;
	char text[8192];

	do {
		if (hp_now_ns() > end)
			hp_disturbed_at(HP_HERE("pools and /proc/meminfo of one time"),
					"the pools never stood still for 5 s (scaled)");
		read_pools(&reports);
		hp_require(hp_read_text("/proc/meminfo", text, sizeof(text)) > 0,
			   "cannot read /proc/meminfo");
		read_pools(&again);
	} while (!same_pools(&reports, &again));
	for (int i = 0; i < 4; i++)
		reports.meminfo[i] = hp_field(text, lines[i]);
	reports.hugetlb_kb = hp_field(text, "Hugetlb");
	reports.default_kb = hp_field(text, "Hugepagesize");
	return reports;
}

/* meminfo reports the default size's pool in pages, and the memory of all pools. */
static void check_meminfo(const struct reports *reports)
{
	long all_kb = 0;

	for (int i = 0; i < reports->sizes; i++) {
		const struct hp_hugetlb_counts *pool = &reports->pool[i];
		long kb = (long)(pool->page_size / 1024);

		all_kb += pool->total * kb;
		if (kb != reports->default_kb)
			continue;
		hp_check_eq(reports->meminfo[0], pool->total);
		hp_check_eq(reports->meminfo[1], pool->free);
		hp_check_eq(reports->meminfo[2], pool->rsvd);
		hp_check_eq(reports->meminfo[3], pool->surp);
	}
	hp_check_eq(reports->hugetlb_kb, all_kb);
}

/* The pools of other sizes have not changed. */
static void check_others(const struct reports *start, const struct reports *now)
{
	for (int i = 0; i < now->sizes; i++) {
		const struct hp_hugetlb_counts *was = &start->pool[i];

		if (was->page_size == hp_page_size)
			continue;
		/*
		 * Checks that changes by other users of the pool are not blamed on the
		 * kernel.
		 */
		hp_check_pool_is(HP_HERE("the pool of another size is unchanged"),
				 &now->pool[i],
				 (struct hp_hugetlb_change){was->total, was->free,
							    was->rsvd, was->surp});
	}
}

HP_CASE(meminfo,
	"/proc/meminfo matches the pools while a huge page is mapped, touched and freed")
{
	struct reports start = read_reports(), now;
	struct hp_area *area;

	check_meminfo(&start);
	area = hp_map_hugetlb(2, MAP_SHARED);
	now = read_reports();
	check_meminfo(&now);
	check_others(&start, &now);
	hp_touch(hp_nth_page(area, 0));
	now = read_reports();
	check_meminfo(&now);
	check_others(&start, &now);
	hp_check_eq(now.hugetlb_kb, start.hugetlb_kb);
	hp_unmap(area);
	now = read_reports();
	check_meminfo(&now);
	check_others(&start, &now);
}

HP_CASE(resized, "growing a pool by one page adds its size to Hugetlb in /proc/meminfo")
{
	struct reports start, now;

	hp_case_needs("pool:control");
	hp_need_resizable_pool();
	start = read_reports();
	hp_pool_resize(hp_hugetlb().total - hp_hugetlb().surp + 1);
	now = read_reports();
	check_meminfo(&now);
	check_others(&start, &now);
	hp_check_eq(now.hugetlb_kb, start.hugetlb_kb + (long)(hp_page_size / 1024));
}

HP_CASE(sysctls,
	"nr_hugepages and nr_overcommit_hugepages sysctls match sysfs's default size")
{
	static const char *const files[] = {"nr_hugepages", "nr_overcommit_hugepages",
					    "nr_hugepages_mempolicy"};
	struct reports reports = read_reports();
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
		hp_hugetlb_path(path, sizeof(path), (size_t)reports.default_kb * 1024,
				files[i]);
		hp_check_eq(hp_read_long(path, &by_sysfs), 0);
		hp_check_eq(by_sysctl, by_sysfs);
	}
}

HP_CASE(nodes,
	"each node's meminfo reports the huge pages of the default size on that node")
{
	struct reports reports;
	long total = 0;

	hp_case_needs("pool:control");
	/* Makes the numbers of free and of all pages differ. */
	hp_touch(hp_map_hugetlb(1, MAP_PRIVATE));
	reports = read_reports();
	for (int node = 0; node < reports.pool[0].nodes; node++) {
		char path[128], text[8192], key[64];
		const char *line;

		if (!reports.pool[0].node[node].there)
			continue;
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/meminfo",
			 node);
		hp_require(hp_read_text(path, text, sizeof(text)) > 0, "cannot read %s",
			   path);
		for (int i = 0; i < reports.sizes; i++) {
			const struct hp_hugetlb_node *pool = &reports.pool[i].node[node];
			const long wanted[] = {pool->total, pool->free, pool->surp};
			static const char *const names[] = {"Total", "Free", "Surp"};

			if ((long)(reports.pool[i].page_size / 1024) != reports.default_kb)
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
	if (reports.pool[0].nodes)
		hp_check_eq(total, reports.meminfo[0]);
}

/* A field of /proc/self/smaps_rollup, in kB. */
static long rollup(const char *key)
{
	static char text[4096];

	hp_require(hp_read_text("/proc/self/smaps_rollup", text, sizeof(text)) > 0,
		   "cannot read /proc/self/smaps_rollup");
	return hp_field(text, key);
}

static void check_in_child(void *arg)
{
	struct hp_area *const *areas = arg;
	struct hp_status status;
	long kb = (long)(hp_page_size / 1024);

	/* Maps both pages in the child, if fork did not. */
	hp_check_filled(areas[0], 'p');
	hp_check_filled(areas[1], 's');
	hp_check_eq(rollup("Shared_Hugetlb"), 2 * kb);
	hp_check_eq(rollup("Private_Hugetlb"), 0);
	hp_unmap(areas[1]);
	hp_check_eq(rollup("Shared_Hugetlb"), kb);
	hp_check_eq(hp_status_read(0, &status), 0);
	hp_check_eq(status.hugetlb_pages, kb);
}

HP_CASE(rollup_forked, "smaps_rollup and status count huge pages in parent and child")
{
	struct hp_area *areas[2];
	long kb = (long)(hp_page_size / 1024);
	struct hp_status status;

	areas[0] = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');
	areas[1] = hp_filled_hugetlb(1, MAP_SHARED, 's');
	hp_check_eq(rollup("Private_Hugetlb"), 2 * kb);
	hp_check_eq(rollup("Shared_Hugetlb"), 0);
	hp_wait_ok(hp_fork(check_in_child, areas));
	hp_check_eq(rollup("Private_Hugetlb"), 2 * kb);
	hp_check_eq(rollup("Shared_Hugetlb"), 0);
	hp_check_eq(hp_status_read(0, &status), 0);
	hp_check_eq(status.hugetlb_pages, 2 * kb);
}

HP_PROGRAM(.summary = "all files that report hugetlb pools agree",
	   .needs = HP_NEEDS("hugetlb:2"),
	   .sources = HP_SOURCES({"doc", "Documentation/filesystems/proc.rst", "meminfo"},
				 {"doc", "Documentation/admin-guide/mm/hugetlbpage.rst"}))
