// SPDX-License-Identifier: LGPL-2.1-or-later
#include "observe/hugetlb.h"
#include "observe/text.h"

#include <ctype.h>
#include <errno.h>
#include <hugetlbfs.h>
#include <numa.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int by_size(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x > y) - (x < y);
}

int hp_hugetlb_sizes(size_t sizes[HP_MAX_SIZES])
{
	long found[HP_MAX_SIZES];
	int n = gethugepagesizes(found, HP_MAX_SIZES);

	for (int i = 0; i < n; i++)
		sizes[i] = found[i];
	if (n < 0)
		n = 0;
	qsort(sizes, n, sizeof(sizes[0]), by_size);
	return n;
}

bool hp_hugetlb_gigantic(size_t page_size)
{
	char text[16384], *zone;
	int orders = 0;

	/* "Node 0, zone Normal 7 9 ...": one column per order. */
	if (hp_read_text("/proc/buddyinfo", text, sizeof(text)) < 0)
		return false;
	text[strcspn(text, "\n")] = '\0';
	zone = strstr(text, "zone ");
	for (char *word = zone ? strtok(zone + strlen("zone "), " ") : NULL; word;
	     word = strtok(NULL, " "))
		orders++;
	/* The first word is the zone's name; order 0 is one base page. */
	return orders > 2 && page_size > (size_t)sysconf(_SC_PAGESIZE) << (orders - 2);
}

char *hp_hugetlb_path(char *buf, size_t len, size_t page_size, const char *file)
{
	snprintf(buf, len, "/sys/kernel/mm/hugepages/hugepages-%zukB/%s", page_size / 1024,
		 file);
	return buf;
}

char *hp_hugetlb_node_path(char *buf, size_t len, int node, size_t page_size,
			   const char *file)
{
	snprintf(buf, len, "/sys/devices/system/node/node%d/hugepages/hugepages-%zukB/%s",
		 node, page_size / 1024, file);
	return buf;
}

static int read_node(int node, size_t page_size, struct hp_hugetlb_node *counts)
{
	const struct {
		const char *file;
		long *value;
	} files[] = {
		{"nr_hugepages", &counts->total},
		{"free_hugepages", &counts->free},
		{"surplus_hugepages", &counts->surp},
	};
	char path[160];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int error;

		snprintf(path, sizeof(path),
			 "/sys/devices/system/node/node%d/hugepages/hugepages-%zukB/%s",
			 node, page_size / 1024, files[i].file);
		error = hp_read_long(path, files[i].value);
		if (error)
			return error;
	}
	counts->there = true;
	return 0;
}

/* Pages charged to our cgroup (hugetlb controller, v2 or v1); -1: unknown. */
static long charged_to_us(size_t page_size)
{
	static const char *const files[] = {"current", "usage_in_bytes"};
	const char *group = getenv("HUGEPROOF_HUGETLB_GROUP");
	char path[320], size[16];
	long bytes;

	if (!group)
		return -1;
	hp_size_name(size, sizeof(size), page_size);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%.250s/hugetlb.%sB.%s", group, size,
			 files[i]);
		if (!hp_read_long(path, &bytes))
			return bytes / (long)page_size;
	}
	return -1;
}

int hp_hugetlb_read(size_t page_size, struct hp_hugetlb_counts *pool)
{
	long ours;
	const struct {
		const char *file;
		long *value;
	} files[] = {
		{"nr_hugepages", &pool->total},
		{"free_hugepages", &pool->free},
		{"resv_hugepages", &pool->rsvd},
		{"surplus_hugepages", &pool->surp},
	};
	char path[128];

	memset(pool, 0, sizeof(*pool));
	pool->page_size = page_size;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int error = hp_read_long(
			hp_hugetlb_path(path, sizeof(path), page_size, files[i].file),
			files[i].value);

		if (error)
			return error;
	}
	ours = charged_to_us(page_size);
	pool->theirs = ours < 0 ? -1 : pool->total - pool->free - ours;
	if (numa_available() < 0)
		return 0;
	for (int node = 0; node <= numa_max_node() && node < HP_MAX_NODES; node++) {
		int error;

		if (!numa_bitmask_isbitset(numa_nodes_ptr, node))
			continue;
		error = read_node(node, page_size, &pool->node[node]);
		if (error && error != -ENOENT)
			return error;
		pool->nodes = node + 1;
	}
	return 0;
}

const char *hp_hugetlb_inconsistency(const struct hp_hugetlb_counts *pool)
{
	long total = 0, free = 0, surp = 0;
	bool nodes = false;

	for (int i = 0; i < pool->nodes; i++) {
		nodes |= pool->node[i].there;
		total += pool->node[i].total;
		free += pool->node[i].free;
		surp += pool->node[i].surp;
	}
	if (pool->total < 0 || pool->free < 0 || pool->rsvd < 0 || pool->surp < 0)
		return "a counter is negative";
	if (pool->free > pool->total)
		return "Free exceeds Total";
	if (pool->rsvd > pool->free)
		return "Rsvd exceeds Free";
	if (pool->surp > pool->total)
		return "Surp exceeds Total";
	if (nodes && total != pool->total)
		return "the nodes' Total do not sum to the pool's";
	if (nodes && free != pool->free)
		return "the nodes' Free do not sum to the pool's";
	if (nodes && surp != pool->surp)
		return "the nodes' Surp do not sum to the pool's";
	return NULL;
}

static const char units[] = "\0KMGTP";

char *hp_size_name(char *buf, size_t len, size_t bytes)
{
	int unit = 0;

	while (bytes && bytes % 1024 == 0 && units[unit + 1]) {
		bytes /= 1024;
		unit++;
	}
	snprintf(buf, len, "%zu%.1s", bytes, units + unit);
	return buf;
}

size_t hp_size_parse(const char *text)
{
	char *end;
	uint64_t size;

	if (!isdigit((unsigned char)*text))
		return 0;
	errno = 0;
	size = strtoull(text, &end, 10);
	if (errno)
		return 0;
	for (int unit = 1; *end && unit <= 5; unit++) {
		if (toupper((unsigned char)*end) != units[unit])
			continue;
		if (size > UINT64_MAX >> (10 * unit))
			return 0;
		size <<= 10 * unit;
		end++;
		break;
	}
	return *end || size > SIZE_MAX ? 0 : size;
}
