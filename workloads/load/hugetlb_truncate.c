// SPDX-License-Identifier: LGPL-2.1-or-later
/* The time to truncate a hugetlb file to zero, by the number of its mappings. */
#include "hugeproof.h"
#include "load/load.h"

#define MAPPINGS 16

struct file {
	int fd;
	size_t pages;
	struct hp_area *area[MAPPINGS];
};

static void fill(struct file *file, int mappings)
{
	hp_check_ok(ftruncate(file->fd, (off_t)(file->pages * hp_page_size)));
	for (int i = 0; i < mappings; i++)
		hp_touch(file->area[i]);
	if (!mappings)
		hp_check_ok(fallocate(file->fd, 0, 0, (off_t)(file->pages * hp_page_size)));
}

static const struct way {
	struct hp_variant variant;
	int mappings;
} ways[] = {
	{{"unmapped", "time to truncate a hugetlb file without mappings"}, 0},
	{{"mapped", "time to truncate a hugetlb file with one mapping"}, 1},
	{{"mapped_often", "time to truncate a hugetlb file with 16 mappings"}, MAPPINGS},
};

HP_NAMED_CASES(cut, ways, way)
{
	struct file file = {.fd = hp_hugetlb_file(),
			    .pages = hp_load_pages(&(struct hp_load){0}, 1)};
	struct hp_histogram *took = hp_histogram_new();
	struct hp_load_clock clock;

	hp_load_curve("truncate", "");
	hp_load_at(HP_MAPPINGS, way->mappings);
	hp_check_ok(ftruncate(file.fd, (off_t)(file.pages * hp_page_size)));
	for (int i = 0; i < way->mappings; i++)
		file.area[i] = hp_map_file(file.fd, 0, file.pages, MAP_SHARED);
	clock = hp_load_clock_start(hp_load_seconds(), 3);
	while (hp_load_goes_on(&clock)) {
		int64_t began;

		fill(&file, way->mappings);
		began = hp_now_ns();
		hp_check_ok(ftruncate(file.fd, 0));
		hp_histogram_add(took, (uint64_t)(hp_now_ns() - began));
	}
	hp_metric("truncate", "ns", HP_LOWER, took);
}

HP_PROGRAM(.summary = "time to truncate a hugetlb file to zero", .kind = HP_LOAD,
	   .page_sizes = HP_PMD_SIZE, .needs = HP_NEEDS("hugetlb:16"),
	   .params = HP_PARAMS({"pages", "16", "length of the file in pages"}),
	   .sources = HP_SOURCES({"code", "fs/hugetlbfs/inode.c", "hugetlb_vmtruncate()"}))
