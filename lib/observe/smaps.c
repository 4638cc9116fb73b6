// SPDX-License-Identifier: LGPL-2.1-or-later
#include "observe/smaps.h"
#include "observe/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static FILE *open_proc(pid_t pid, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid ? pid : getpid(), file);
	return fopen(path, "re");
}

static void take_line(const char *line, struct hp_smaps *map)
{
	const struct {
		const char *key;
		long *value;
	} fields[] = {
		{"Size", &map->size},
		{"KernelPageSize", &map->kernel_page_size},
		{"MMUPageSize", &map->mmu_page_size},
		{"Rss", &map->rss},
		{"Pss", &map->pss},
		{"Anonymous", &map->anonymous},
		{"AnonHugePages", &map->anon_huge},
		{"ShmemPmdMapped", &map->shmem_pmd_mapped},
		{"FilePmdMapped", &map->file_pmd_mapped},
		{"Shared_Hugetlb", &map->shared_hugetlb},
		{"Private_Hugetlb", &map->private_hugetlb},
		{"Swap", &map->swap},
		{"Locked", &map->locked},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		long value = hp_field(line, fields[i].key);

		if (value >= 0)
			*fields[i].value = value;
	}
	sscanf(line, "VmFlags: %159[^\n]", map->flags);
}

int hp_smaps_read(pid_t pid, const void *addr, struct hp_smaps *map)
{
	FILE *file = open_proc(pid, "smaps");
	unsigned long wanted = (uintptr_t)addr;
	bool inside = false;
	char line[512];

	if (!file)
		return -errno;
	memset(map, 0xff, sizeof(*map));
	map->flags[0] = '\0';
	while (fgets(line, sizeof(line), file)) {
		unsigned long start, end;

		if (sscanf(line, "%lx-%lx ", &start, &end) == 2) {
			if (inside)
				break;
			inside = start <= wanted && wanted < end;
			map->start = start;
			map->end = end;
		} else if (inside) {
			take_line(line, map);
		}
	}
	fclose(file);
	return inside ? 0 : -ENOENT;
}

int hp_status_read(pid_t pid, struct hp_status *status)
{
	char path[64], text[8192];
	ssize_t got;

	snprintf(path, sizeof(path), "/proc/%d/status", pid ? pid : getpid());
	got = hp_read_text(path, text, sizeof(text));
	if (got < 0)
		return got;
	status->vm_rss = hp_field(text, "VmRSS");
	status->rss_anon = hp_field(text, "RssAnon");
	status->rss_file = hp_field(text, "RssFile");
	status->rss_shmem = hp_field(text, "RssShmem");
	status->hugetlb_pages = hp_field(text, "HugetlbPages");
	status->vm_pte = hp_field(text, "VmPTE");
	status->vm_locked = hp_field(text, "VmLck");
	status->vm_swap = hp_field(text, "VmSwap");
	return 0;
}
