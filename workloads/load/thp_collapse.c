// SPDX-License-Identifier: LGPL-2.1-or-later
/* The time to collapse base pages to a THP: by MADV_COLLAPSE, and by khugepaged. */
#include "hugeproof.h"
#include "load/load.h"

static void make_small(const struct hp_area *area)
{
	struct hp_area small = hp_area_at(area->addr, area->size, hp_base_size);

	hp_check_ok(madvise(area->addr, area->size, MADV_NOHUGEPAGE));
	hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
	hp_touch(&small);
}

static void make_ready(struct hp_load_worker *worker)
{
	const struct hp_load_room *room = worker->arg;
	struct hp_load_part *part = worker->own;

	if (part->page < room->pages)
		return;
	make_small(&part->area);
	hp_check_ok(madvise(part->area.addr, part->area.size, MADV_HUGEPAGE));
	part->page = 0;
}

static void collapse(struct hp_load_worker *worker)
{
	struct hp_load_part *part = worker->own;

	hp_check_eq(hp_collapse(hp_nth_page(&part->area, part->page++)), 0);
}

HP_CASE(asked, "time to collapse base pages with MADV_COLLAPSE")
{
	struct hp_load_room room = {.pages = (size_t)hp_param_long("pages")};
	struct hp_load load = {HP_LOAD_OPTIONS, .arg = &room, .begin = hp_load_take_part,
			       .prepare = make_ready, .operate = collapse};
	struct hp_load_result result;

	hp_load_at(HP_MEMORY_BYTES, (double)(room.pages * hp_pmd_size));
	room.area = hp_map_thp(room.pages * (size_t)hp_load_workers(&load));
	result = hp_load_run(&load);
	hp_metric_load("collapse", &result);
}

/* The time until khugepaged has collapsed the whole area, ns per huge page. */
static uint64_t by_daemon(const struct hp_area *area)
{
	int64_t began, deadline;

	make_small(area);
	hp_drain_lru();
	began = hp_now_ns();
	deadline = hp_deadline_ns(20);
	hp_check_ok(madvise(area->addr, area->size, MADV_HUGEPAGE));
	while (hp_mapped_huge(area) < area->size)
		hp_require(hp_now_ns() < deadline,
			   "khugepaged did not collapse the area within 20 s");
	return (uint64_t)(hp_now_ns() - began) / hp_pages(area);
}

HP_CASE(khugepaged, "time that khugepaged without pauses takes to collapse base pages")
{
	struct hp_area *area = hp_map_thp((size_t)hp_param_long("pages"));
	struct hp_histogram *took = hp_histogram_new();
	struct hp_load_clock clock;

	hp_khugepaged_hurry();
	clock = hp_load_clock_start(hp_load_seconds(), 3);
	while (hp_load_goes_on(&clock))
		hp_histogram_add(took, by_daemon(area));
	hp_metric("collapse", "ns", HP_LOWER, took);
}

HP_PROGRAM(.summary = "time to collapse base pages to a huge page", .kind = HP_LOAD,
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root"), .seconds = 70,
	   .params = HP_LOAD_PARAMS({"pages", "16", "THPs of each worker"}),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/transhuge.rst"},
				 {"man", "madvise(2)"}))
