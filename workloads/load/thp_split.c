// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The latency of splitting a THP: only its mapping, by dropping a part of it; or the folio.
 */
#include "hugeproof.h"
#include "load/load.h"

static void make_whole(struct hp_load_worker *worker)
{
	const struct hp_load_room *room = worker->arg;
	struct hp_load_part *part = worker->own;

	if (part->page < room->pages)
		return;
	hp_check_ok(madvise(part->area.addr, part->area.size, MADV_DONTNEED));
	hp_touch(&part->area);
	part->page = 0;
}

static void split_mapping(struct hp_load_worker *worker)
{
	struct hp_load_part *part = worker->own;

	hp_check_ok(
		madvise(hp_page(&part->area, part->page++), hp_base_size, MADV_DONTNEED));
}

static void split_page(struct hp_load_worker *worker)
{
	struct hp_load_part *part = worker->own;

	hp_split_folios(hp_page(&part->area, part->page++), hp_pmd_size, 0);
}

static const struct way {
	struct hp_variant variant;
	void (*split)(struct hp_load_worker *worker);
} ways[] = {
	{{"mapping", "latency of splitting a PMD mapping by dropping a base page"},
	 split_mapping},
	{{"page", "latency of splitting the folio of a THP through debugfs"}, split_page},
};

HP_NAMED_CASES(measure, ways, way)
{
	struct hp_load_room room = {.pages = (size_t)hp_param_long("pages")};
	struct hp_load load = {HP_LOAD_OPTIONS, .arg = &room, .begin = hp_load_take_part,
			       .prepare = make_whole, .operate = way->split};
	struct hp_load_result result;
	long fallbacks;

	hp_load_at(HP_MEMORY_BYTES, (double)(room.pages * hp_pmd_size));
	room.area = hp_map_thp(room.pages * (size_t)hp_load_workers(&load));
	hp_populate(HP_MEMORY_THP, room.area);
	fallbacks = hp_memory_fallbacks(HP_MEMORY_THP);
	result = hp_load_run(&load);
	/* Faults that fell back had no THP to split. */
	fallbacks = hp_memory_fallbacks(HP_MEMORY_THP) - fallbacks;
	if (fallbacks)
		hp_short_of(
			hp_pmd_size,
			"%ld faults of this machine fell back meanwhile, which may include "
			"some of those measured",
			fallbacks);
	hp_metric_load("split", &result);
}

HP_PROGRAM(.summary = "latency of splitting a huge page", .kind = HP_LOAD,
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root"),
	   .params = HP_LOAD_PARAMS({"pages", "16", "THPs of each worker"}),
	   .sources = HP_SOURCES({"code", "mm/huge_memory.c",
				  "split_huge_pmd() and split_huge_page()"}))
