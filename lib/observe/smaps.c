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

/* The lines of smaps and the members that they set. The first NOT_SUMS cannot be summed. */
static const struct field {
	const char *key;
	size_t offset;
} fields[] = {
#define FIELD(key, member)                                                                 \
	{                                                                                  \
		key, offsetof(struct hp_smaps, member)                                     \
	}
	FIELD("KernelPageSize", kernel_page_size),
	FIELD("MMUPageSize", mmu_page_size),
	FIELD("Size", size),
	FIELD("Rss", rss),
	FIELD("Pss", pss),
	FIELD("Referenced", referenced),
	FIELD("Anonymous", anonymous),
	FIELD("AnonHugePages", anon_huge),
	FIELD("ShmemPmdMapped", shmem_pmd_mapped),
	FIELD("FilePmdMapped", file_pmd_mapped),
	FIELD("Shared_Hugetlb", shared_hugetlb),
	FIELD("Private_Hugetlb", private_hugetlb),
	FIELD("Swap", swap),
	FIELD("SwapPss", swap_pss),
	FIELD("Locked", locked),
	FIELD("LazyFree", lazyfree),
#undef FIELD
};
#define FIELDS   (sizeof(fields) / sizeof(fields[0]))
#define NOT_SUMS 2

static long *member(struct hp_smaps *map, size_t field)
{
	return (long *)((char *)map + fields[field].offset);
}

static void take_line(const char *line, struct hp_smaps *map)
{
	for (size_t i = 0; i < FIELDS; i++) {
		long value = hp_field(line, fields[i].key);

		if (value >= 0)
			*member(map, i) = value;
	}
	sscanf(line, "VmFlags: %159[^\n]", map->flags);
}

static void begin_map(struct hp_smaps *map, unsigned long start, unsigned long end)
{
	memset(map, 0xff, sizeof(*map));
	map->flags[0] = '\0';
	map->start = start;
	map->end = end;
}

/* Calls each for every mapping until it returns true; returns false if it never does. */
static bool each_map(FILE *file, bool (*each)(const struct hp_smaps *map, void *arg),
		     void *arg)
{
	struct hp_smaps map;
	bool inside = false;
	char line[512];

	while (fgets(line, sizeof(line), file)) {
		unsigned long start, end;

		if (sscanf(line, "%lx-%lx ", &start, &end) != 2) {
			take_line(line, &map);
			continue;
		}
		if (inside && each(&map, arg))
			return true;
		begin_map(&map, start, end);
		inside = true;
	}
	return inside && each(&map, arg);
}

struct wanted {
	unsigned long start, end;
	struct hp_smaps *map;
};

static bool holds(const struct hp_smaps *map, void *arg)
{
	const struct wanted *wanted = arg;

	if (map->start > wanted->start || wanted->start >= map->end)
		return false;
	*wanted->map = *map;
	return true;
}

static bool add(const struct hp_smaps *map, void *arg)
{
	const struct wanted *wanted = arg;
	struct hp_smaps part = *map;

	if (map->end <= wanted->start || wanted->end <= map->start)
		return false;
	for (size_t i = NOT_SUMS; i < FIELDS; i++)
		if (*member(&part, i) > 0)
			*member(wanted->map, i) += *member(&part, i);
	return false;
}

int hp_smaps_read(pid_t pid, const void *addr, struct hp_smaps *map)
{
	struct wanted wanted = {(uintptr_t)addr, 0, NULL};
	FILE *file = open_proc(pid, "smaps");
	bool found;

	if (!file)
		return -errno;
	wanted.map = map;
	found = each_map(file, holds, &wanted);
	fclose(file);
	return found ? 0 : -ENOENT;
}

int hp_smaps_sum(pid_t pid, const void *addr, size_t size, struct hp_smaps *sum)
{
	struct wanted wanted = {(uintptr_t)addr, (uintptr_t)addr + size, NULL};
	FILE *file = open_proc(pid, "smaps");

	if (!file)
		return -errno;
	memset(sum, 0, sizeof(*sum));
	wanted.map = sum;
	each_map(file, add, &wanted);
	fclose(file);
	return 0;
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
	status->vm_pinned = hp_field(text, "VmPin");
	status->vm_swap = hp_field(text, "VmSwap");
	return 0;
}
