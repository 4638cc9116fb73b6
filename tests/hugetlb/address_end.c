// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Where the address space of a process ends: the last huge page that fits can be mapped,
 * and a mapping beyond the end fails with ENOMEM and reserves nothing.
 */
#include "hugeproof.h"

/* Whether a process can map the base page at that address. */
static bool mappable(uintptr_t addr)
{
	void *got = mmap((void *)addr, hp_base_size, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
			 -1, 0);

	if (got == MAP_FAILED)
		return errno == EEXIST;
	munmap(got, hp_base_size);
	return got == (void *)addr;
}

/* The lowest address that no process can map. */
static uintptr_t find_end(void)
{
	uintptr_t low = 1 << 20, high = -hp_base_size;

	while (high - low > hp_base_size) {
		uintptr_t middle = (low + (high - low) / 2) / hp_base_size * hp_base_size;

		if (mappable(middle))
			low = middle;
		else
			high = middle;
	}
	return high;
}

static void *map_at(uintptr_t addr, size_t pages)
{
	return mmap((void *)addr, pages * hp_page_size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_FIXED_NOREPLACE |
			    hp_size_flag(hp_page_size),
		    -1, 0);
}

HP_CASE(beyond, "mmap of huge pages across the end of the address space fails with ENOMEM")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	/* The huge page that begins below the end and ends above it. */
	uintptr_t last = (find_end() + hp_page_size - 1) / hp_page_size * hp_page_size -
			 hp_page_size;

	hp_step("maps at %#lx, with the end at %#lx", (unsigned long)last,
		(unsigned long)find_end());
	if (last + hp_page_size == find_end())
		last += hp_page_size;
	hp_check_errno(map_at(last, 1), ENOMEM);
	hp_check_errno(map_at(last - hp_page_size, 2), ENOMEM);
	last = find_end() / hp_page_size * hp_page_size + hp_page_size;
	/* On 32 bits there may be no such address. */
	if (last)
		hp_check_errno(map_at(last, 1), ENOMEM);
	hp_check_hugetlb(start);
}

HP_CASE(wrapping, "mmap of huge pages with a length that wraps around fails with ENOMEM")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	size_t huge = -hp_page_size;

	hp_check_errno(hp_try_map_hugetlb(huge / hp_page_size, MAP_SHARED), ENOMEM);
	hp_check_errno(hp_try_map_hugetlb(huge / 2 / hp_page_size, MAP_PRIVATE), ENOMEM);
	hp_check_hugetlb(start);
}

HP_CASE(last_page, "the last huge page below the end of the address space can be mapped")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	uintptr_t at = find_end() / hp_page_size * hp_page_size - hp_page_size;
	struct hp_area area;
	void *addr;

	/* If the stack is there, uses the first free address below. */
	while ((addr = map_at(at, 1)) == MAP_FAILED && errno == EEXIST)
		at -= hp_page_size;
	area = hp_area_at(hp_check_ok(addr), hp_page_size, hp_page_size);
	hp_check_writable(&area, 'e');
	hp_check_hugetlb(start, .free = -1);
}

HP_PROGRAM(.summary = "huge pages cannot be mapped beyond the end of the address space",
	   .needs = HP_NEEDS("hugetlb:1"), .sources = HP_SOURCES({"man", "mmap(2)"}))
