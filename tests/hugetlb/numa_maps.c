// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * /proc/PID/numa_maps marks a mapping of huge pages as huge, and counts its pages in units
 * of their size, on the nodes where they are.
 */
#include "hugeproof.h"

/* The line of numa_maps for the area, with a space after its last word. */
static const char *line_of(const struct hp_area *area)
{
	static char line[1024];
	FILE *maps = fopen("/proc/self/numa_maps", "re");

	if (!maps)
		hp_skip_case(
			"needs /proc/self/numa_maps: run it on a kernel with CONFIG_NUMA");
	while (fgets(line, sizeof(line) - 1, maps)) {
		if (strtoul(line, NULL, 16) != (uintptr_t)area->addr)
			continue;
		fclose(maps);
		line[strcspn(line, "\n")] = ' ';
		hp_step("its line is: %s", line);
		return line;
	}
	fclose(maps);
	hp_fail_at(HP_HERE("numa_maps"), "a line for the mapping", "none");
}

/* The number after key= in the line; 0 if missing. */
static long number(const char *line, const char *key)
{
	char word[64];
	const char *at;

	snprintf(word, sizeof(word), " %s=", key);
	at = strstr(line, word);
	return at ? strtol(at + strlen(word), NULL, 10) : 0;
}

static long on_nodes(const char *line)
{
	long pages = 0;

	for (const char *at = line; (at = strstr(at, " N")); at++)
		if (at[2] >= '0' && at[2] <= '9')
			pages += strtol(strchr(at, '=') + 1, NULL, 10);
	return pages;
}

HP_ROW_CASES(counted,
	     "numa_maps counts huge pages on their nodes, and private ones as anonymous",
	     hp_sharings, way)
{
	struct hp_area *area = hp_map_hugetlb(2, way->flag);
	const char *line = line_of(area);

	hp_check(strstr(line, " huge "));
	hp_check_eq(on_nodes(line), 0);
	hp_touch(hp_nth_page(area, 1));
	line = line_of(area);
	hp_check(strstr(line, " huge "));
	hp_check_eq(on_nodes(line), 1);
	hp_check_eq(number(line, "anon"), way->flag == MAP_PRIVATE);
	hp_check_eq(number(line, "dirty"), 1);
	hp_check_eq(number(line, "kernelpagesize_kB"), hp_page_size / 1024);
	hp_touch(hp_nth_page(area, 0));
	hp_check_eq(on_nodes(line_of(area)), 2);
}

HP_CASE(mapped_twice, "mapmax in numa_maps is the number of processes that map a huge page")
{
	struct hp_area *area = hp_map_hugetlb(1, MAP_SHARED);

	hp_touch(area);
	hp_check_eq(number(line_of(area), "mapmax"), 0);
	hp_in_child() {
		hp_touch(area);
		hp_check_eq(number(line_of(area), "mapmax"), 2);
	}
}

HP_PROGRAM(.summary = "numa_maps counts huge pages on the nodes where they are",
	   .needs = HP_NEEDS("hugetlb:2"), .sources = HP_SOURCES({"man", "numa(7)"}))
