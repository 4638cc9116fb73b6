// SPDX-License-Identifier: LGPL-2.1-or-later
#include "observe/vmstat.h"
#include "observe/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_about_huge_pages(const char *name)
{
	static const char *const prefixes[] = {"thp_", "htlb_", "pgmigrate_"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

int hp_vmstat_read(struct hp_vmstat *stat)
{
	char text[16384], *line, *save;
	ssize_t got = hp_read_text("/proc/vmstat", text, sizeof(text));

	stat->n = 0;
	stat->moved_by_kernel = 0;
	if (got < 0)
		return got;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *value = strchr(line, ' ');
		struct hp_event *event = &stat->event[stat->n];

		if (value && (!strncmp(line, "compact_isolated ", 17) ||
			      !strncmp(line, "numa_pages_migrated ", 20)))
			stat->moved_by_kernel += strtol(value + 1, NULL, 10);
		if (!value || !is_about_huge_pages(line) || stat->n == HP_MAX_EVENTS)
			continue;
		*value++ = '\0';
		if (strlen(line) >= sizeof(event->name))
			continue;
		strcpy(event->name, line);
		event->count = strtol(value, NULL, 10);
		stat->n++;
	}
	return 0;
}

long hp_vmstat_count(const struct hp_vmstat *stat, const char *name)
{
	for (int i = 0; i < stat->n; i++)
		if (!strcmp(stat->event[i].name, name))
			return stat->event[i].count;
	return -1;
}

int hp_thp_stat_read(size_t size, const char *name, long *count)
{
	char path[128];

	snprintf(path, sizeof(path),
		 "/sys/kernel/mm/transparent_hugepage/hugepages-%zukB/stats/%s",
		 size / 1024, name);
	*count = 0;
	return hp_read_long(path, count);
}
