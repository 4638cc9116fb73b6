// SPDX-License-Identifier: LGPL-2.1-or-later
/* The time to truncate a hugetlb file to zero, by the number of its mappings. */
#include "hugeproof.h"
#include "load/load.h"

#define MAPPINGS 16

struct file {
	int fd;
	size_t pages;
	int mappings;
	struct hp_area *area[MAPPINGS];
};

static void fill(struct hp_load_worker *worker)
{
	const struct file *file = worker->arg;

	hp_check_ok(ftruncate(file->fd, (off_t)(file->pages * hp_page_size)));
	for (int i = 0; i < file->mappings; i++)
		hp_touch(file->area[i]);
	if (!file->mappings)
		hp_check_ok(fallocate(file->fd, 0, 0, (off_t)(file->pages * hp_page_size)));
}

static void empty(struct hp_load_worker *worker)
{
	const struct file *file = worker->arg;

	hp_check_ok(ftruncate(file->fd, 0));
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
			    .pages = hp_load_pages(&(struct hp_load){0}, 1),
			    .mappings = way->mappings};
	struct hp_load_result result;

	hp_load_curve("truncate", "");
	hp_load_at(HP_MAPPINGS, way->mappings);
	hp_check_ok(ftruncate(file.fd, (off_t)(file.pages * hp_page_size)));
	for (int i = 0; i < way->mappings; i++)
		file.area[i] = hp_map_file(file.fd, 0, file.pages, MAP_SHARED);
	result = hp_load_run(&(struct hp_load){.seconds = hp_load_seconds(),
					       HP_LOAD_MORE_OPTIONS,
					       .arg = &file,
					       .prepare = fill,
					       .operate = empty});
	hp_metric_load("truncate", &result);
}

HP_PROGRAM(.summary = "time to truncate a hugetlb file to zero", .kind = HP_LOAD,
	   .page_sizes = HP_PMD_SIZE, .needs = HP_NEEDS("hugetlb:16"),
	   .params = HP_PARAMS({"pages", "16", "length of the file in pages"},
			       HP_LOAD_MORE_PARAMS),
	   .sources = HP_SOURCES({"code", "fs/hugetlbfs/inode.c", "hugetlb_vmtruncate()"}))
