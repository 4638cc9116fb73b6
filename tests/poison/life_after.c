// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The hwpoison entry of a huge page survives fork, mprotect, mremap and munmap as any other
 * entry does: that page stays poisoned, and no other becomes poisoned.
 */
#include "hugeproof.h"

/* Two pages; the first is poisoned. */
static struct hp_area *with_bad_page(int type)
{
	struct hp_area *area = hp_filled_hugetlb(2, type, 'l');

	hp_poison(area->addr);
	return area;
}

static void first_is_bad(const struct hp_area *area)
{
	hp_check_poisoned(area->addr, HP_READ, hp_page_size);
	hp_check_poisoned(area->addr + hp_page_size - 1, HP_WRITE, hp_page_size);
	hp_check_filled(hp_nth_page(area, 1), 'l');
}

static void check_bad(void *area)
{
	first_is_bad(area);
}

HP_CASES(forked, "a poisoned huge page is poisoned in parent and child after fork",
	 hp_sharings, way)
{
	struct hp_area *area = with_bad_page(way->flag);

	hp_wait_ok(hp_fork(check_bad, area));
	hp_wait_ok(hp_fork(check_bad, area));
	first_is_bad(area);
}

HP_CASES(protected,
	 "a poisoned huge page stays poisoned through mprotect to PROT_NONE and back",
	 hp_sharings, way)
{
	struct hp_area *area = with_bad_page(way->flag);

	hp_protect(area, PROT_NONE);
	hp_check_fault(area, hp_page(area, 1), HP_READ, SIGSEGV, SEGV_ACCERR);
	hp_protect(area, PROT_READ);
	hp_check_poisoned(area->addr, HP_READ, hp_page_size);
	hp_check_filled(hp_nth_page(area, 1), 'l');
	hp_protect(area, PROT_READ | PROT_WRITE);
	first_is_bad(area);
}

HP_CASES(moved, "mremap moves a poisoned huge page to another address", hp_sharings, way)
{
	struct hp_area *area = with_bad_page(way->flag),
		       *room = hp_map_hugetlb(2, MAP_SHARED | MAP_NORESERVE);

	room->addr = hp_check_ok(mremap(area->addr, area->size, area->size,
					MREMAP_MAYMOVE | MREMAP_FIXED, room->addr));
	first_is_bad(room);
}

HP_CASES(unmapped, "munmap of a poisoned huge page and its neighbour frees the neighbour",
	 hp_sharings, way)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = with_bad_page(way->flag);

	hp_check_ok(munmap(area->addr, area->size));
	/*
	 * The good page is free again; a private mapping's poisoned page has left the pool.
	 */
	hp_check_hugetlb(start, .total = way->flag == MAP_PRIVATE ? -1 : 0, .free = -1);
	area = with_bad_page(way->flag);
	hp_check_ok(munmap(area->addr, hp_page_size));
	hp_check_filled(hp_nth_page(area, 1), 'l');
	hp_check_ok(munmap(hp_page(area, 1), hp_page_size));
}

/* The line of /proc/self/numa_maps about the mapping at an address. */
static void numa_map_of(const void *addr, char *line, size_t size)
{
	FILE *maps = fopen("/proc/self/numa_maps", "re");
	bool found = false;

	if (!maps)
		hp_skip_case("needs /proc/self/numa_maps (CONFIG_NUMA): run it in the lab");
	while (!found && fgets(line, (int)size, maps))
		found = strtoul(line, NULL, 16) == (unsigned long)addr;
	fclose(maps);
	hp_require(found, "numa_maps has no mapping at %p", addr);
}

HP_CASES(reported, "HugetlbPages and numa_maps leave out a poisoned huge page", hp_sharings,
	 way)
{
	long before = hp_own_status().hugetlb_pages;
	struct hp_area *area = with_bad_page(way->flag);
	char line[512], *pages;

	hp_check_eq(hp_own_status().hugetlb_pages - before, hp_page_size / 1024);
	numa_map_of(area->addr, line, sizeof(line));
	/* All its pages are dirty, and each is counted as one. */
	pages = strstr(line, "dirty=");
	hp_check_eq(pages ? atoi(pages + strlen("dirty=")) : 0, 1);
	hp_unmap(area);
	hp_check_eq(hp_own_status().hugetlb_pages, before);
}

HP_PROGRAM(.summary =
		   "a poisoned huge page stays poisoned through fork, mprotect and mremap",
	   .needs = HP_NEEDS("memory-failure", "pagemap", "hugetlb:3"), .poisons = true,
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hwpoison.rst"}))
