// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Pages are counted on the node where they are, before and after a migration: numa_maps
 * reports the pages of each mapping, and the node's meminfo its huge pages.
 */
#include "hugeproof.h"

#define FIRST  hp_node(0)
#define SECOND hp_node(1)

static struct hp_area *filled(enum hp_memory memory)
{
	if (memory == HP_MEMORY_HUGETLB)
		hp_pool_of_nodes(4, 4);
	hp_bind_process(FIRST);
	hp_khugepaged_calm();
	return hp_map_filled(memory, 4 * hp_pmd_size, 'n');
}

/* Pages of the area on the node, according to numa_maps. */
static long pages_on(const struct hp_area *area, int node)
{
	static char line[1024];
	FILE *maps = fopen("/proc/self/numa_maps", "re");
	char word[24];
	const char *at = NULL;

	if (!maps)
		hp_skip_case(
			"needs /proc/self/numa_maps: run it on a kernel with CONFIG_NUMA");
	while (!at && fgets(line, sizeof(line), maps))
		if (strtoul(line, NULL, 16) == (uintptr_t)area->addr)
			at = line;
	fclose(maps);
	hp_check(at != NULL);
	hp_step("its line is: %s", line);
	snprintf(word, sizeof(word), " N%d=", node);
	at = strstr(line, word);
	return at ? strtol(at + strlen(word), NULL, 10) : 0;
}

/* What numa_maps counts for one page of the area: hugetlb is counted in huge pages. */
static long weight(enum hp_memory memory, const struct hp_area *area)
{
	return memory == HP_MEMORY_HUGETLB ? 1 : (long)(area->page_size / hp_base_size);
}

HP_CASES(of_a_mapping, "numa_maps counts pages on their node, also after a migration",
	 hp_memory_kinds, kind)
{
	struct hp_area *area = filled(kind->memory);
	long all = (long)hp_pages(area) * weight(kind->memory, area);

	hp_check_eq(pages_on(area, FIRST), all);
	hp_check_eq(pages_on(area, SECOND), 0);
	for (size_t page = 0; page < hp_pages(area) / 4; page++)
		hp_check_eq(hp_move_to_node(hp_page(area, page), SECOND), SECOND);
	hp_check_filled(area, 'n');
	hp_check_eq(pages_on(area, FIRST), all - all / 4);
	hp_check_eq(pages_on(area, SECOND), all / 4);
	hp_check_ok(munmap(hp_page(area, hp_pages(area) / 2), area->size / 2));
	hp_check_eq(pages_on(area, FIRST), all / 4);
	hp_check_eq(pages_on(area, SECOND), all / 4);
}

static long kb_of(int node, const char *key)
{
	char path[80], text[8192], word[64];
	const char *at;

	hp_thp_kb(); /* folds the per-CPU counters */
	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/meminfo", node);
	hp_require(hp_read_text(path, text, sizeof(text)) > 0, "cannot read %s", path);
	snprintf(word, sizeof(word), " %s:", key);
	at = strstr(text, word);
	hp_require(at, "%s has no %s", path, key);
	return strtol(at + strlen(word), NULL, 10);
}

static const struct count {
	struct hp_variant variant;
	enum hp_memory memory;
	const char *key;
} counts[] = {
	{{"anon_huge", "AnonHugePages"}, HP_MEMORY_THP, "AnonHugePages"},
	{{"anon", "AnonPages of huge pages of 64 kB"}, HP_MEMORY_MTHP, "AnonPages"},
	{{"shmem_huge", "ShmemHugePages"}, HP_MEMORY_TMPFS, "ShmemHugePages"},
	{{"shmem", "Shmem"}, HP_MEMORY_TMPFS, "Shmem"},
};

/* Other users of memory may change the counts by less than half a huge page. */
#define check_about(got, expected)                                                         \
	hp_check_range(got, (expected) - (long)(hp_pmd_size / 2048),                       \
		       (expected) + (long)(hp_pmd_size / 2048))

HP_CASES(of_a_node, "the node's meminfo follows pages that migrate", counts, count)
{
	long first, second, kb;
	struct hp_area *area;

	if (!hp_counters_exact())
		hp_skip_case("needs a machine where no other process makes huge pages: run "
			     "it in the lab");
	hp_bind_process(FIRST);
	first = kb_of(FIRST, count->key);
	second = kb_of(SECOND, count->key);
	area = filled(count->memory);
	kb = (long)(area->size / 1024);
	check_about(kb_of(FIRST, count->key) - first, kb);
	for (size_t page = 0; page < hp_pages(area) / 2; page++)
		hp_check_eq(hp_move_to_node(hp_page(area, page), SECOND), SECOND);
	check_about(kb_of(FIRST, count->key) - first, kb / 2);
	check_about(kb_of(SECOND, count->key) - second, kb / 2);
	hp_check_filled(area, 'n');
	hp_unmap(area);
	check_about(kb_of(FIRST, count->key) - first, 0);
	check_about(kb_of(SECOND, count->key) - second, 0);
}

HP_PROGRAM(.summary = "pages of every size are counted on the node where they are",
	   .page_sizes = HP_PMD_SIZE,
	   .needs = HP_NEEDS("nodes:2", "migration", "pool:control", "thp", "root",
			     "pagemap", "cap:sys_nice"),
	   .sources = HP_SOURCES({"doc", "Documentation/filesystems/proc.rst", "numa_maps"},
				 {"doc", "Documentation/ABI/stable/sysfs-devices-node"}))
