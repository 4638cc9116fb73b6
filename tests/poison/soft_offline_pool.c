// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Soft offline costs the pool one huge page, used or free, and the machine one base page;
 * where the sysctl disables it, it does nothing.
 */
#include "hugeproof.h"

#include <inttypes.h>

#define SWITCH     "/proc/sys/vm/enable_soft_offline"
#define BY_ADDRESS "/sys/devices/system/memory/soft_offline_page"

/* Soft-offlines a frame that no process maps. Returns 0 or -errno. */
static int offline_frame(uint64_t frame)
{
	char address[32];

	snprintf(address, sizeof(address), "%#" PRIx64, frame * hp_base_size);
	hp_undo_poison(frame);
	return hp_write_text(BY_ADDRESS, address);
}

static const struct place {
	struct hp_variant variant;
	size_t base_page;
} places[] = {
	{{"head", "by its first base page"}, 0},
	{{"tail", "by another base page"}, 7},
};

HP_CASES(unused, "soft offline removes a free huge page from the pool", places, place)
{
	long corrupted = hp_memory_failures().corrupted_kb;
	uint64_t frame;

	hp_need_resizable_pool();
	hp_pool_resize(2);
	frame = hp_free_frame() + place->base_page;
	hp_check_eq(offline_frame(frame), 0);
	hp_check_pool(1, 1, 0, 0);
	hp_check(hp_pfn_poisoned(frame));
	hp_check_eq(hp_memory_failures().corrupted_kb, corrupted + hp_base_kb());
	hp_check_eq(hp_unpoison(frame), 0);
	hp_check_eq(hp_memory_failures().corrupted_kb, corrupted);
	hp_check_pool(1, 1, 0, 0);
}

HP_CASES(used, "soft offline migrates a used page and removes the old one", places, place)
{
	struct hp_memory_failure_counts failures = hp_memory_failures();
	struct hp_area *area;
	uint64_t frame;

	hp_need_resizable_pool();
	hp_pool_resize(2);
	area = hp_filled_hugetlb(1, MAP_PRIVATE, 'u');
	frame = hp_pfn(area->addr) + place->base_page;
	hp_check_eq(hp_soft_offline(area->addr + place->base_page * hp_base_size), 0);
	hp_check_pool(1, 0, 0, 0);
	hp_check_filled(area, 'u');
	/* It is not counted as a memory error. */
	hp_check_failures(failures, .corrupted_kb = hp_base_kb());
	hp_unmap(area);
	hp_check_pool(1, 1, 0, 0);
	hp_check_eq(hp_unpoison(frame), 0);
	hp_check_pool(1, 1, 0, 0);
}

HP_CASE(promised, "soft offline of a free huge page that is reserved is refused (EBUSY)")
{
	long corrupted = hp_memory_failures().corrupted_kb;
	struct hp_area *area;
	uint64_t frame;

	hp_need_resizable_pool();
	hp_pool_resize(1);
	frame = hp_free_frame();
	area = hp_map_hugetlb(1, MAP_PRIVATE);
	hp_check_eq(offline_frame(frame), -EBUSY);
	hp_check_pool(1, 1, 1, 0);
	hp_check(!hp_pfn_poisoned(frame));
	hp_check_eq(hp_memory_failures().corrupted_kb, corrupted);
	hp_fill(area, 'p');
	hp_check_filled(area, 'p');
	hp_check_pool(1, 0, 0, 0);
}

HP_CASE(forbidden, "soft offline does nothing (EOPNOTSUPP) when enable_soft_offline is 0")
{
	long corrupted = hp_memory_failures().corrupted_kb;
	struct hp_area *area;
	uint64_t frame;

	if (hp_setting(SWITCH, "0"))
		hp_skip_case("needs " SWITCH ": Linux 6.11 or later");
	hp_need_resizable_pool();
	hp_pool_resize(2);
	frame = hp_free_frame();
	area = hp_filled_hugetlb(1, MAP_PRIVATE, 'n');
	hp_check_eq(hp_soft_offline(area->addr), EOPNOTSUPP);
	hp_check_eq(offline_frame(frame), -EOPNOTSUPP);
	hp_check_pool(2, 1, 0, 0);
	hp_check(!hp_pfn_poisoned(frame) && !hp_pfn_poisoned(hp_pfn(area->addr)));
	hp_check_filled(area, 'n');
	hp_check_eq(hp_memory_failures().corrupted_kb, corrupted);
	hp_unmap(area);
	hp_check_pool(2, 2, 0, 0);
}

HP_PROGRAM(.summary = "soft offline takes one huge page out of the pool, or none",
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap", "pool:control",
			     "hugetlb:2"),
	   .poisons = true, .log_allows = HP_LINES("Soft offlining pfn", "soft offline:"),
	   .sources = HP_SOURCES({"doc", "Documentation/ABI/testing/"
					 "sysfs-memory-page-offline"},
				 {"doc", "Documentation/admin-guide/sysctl/vm.rst",
				  "enable_soft_offline"}))
