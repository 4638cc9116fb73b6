// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mremap refuses what it does not support for huge pages (growing, MREMAP_DONTUNMAP,
 * addresses inside a page) and changes nothing.
 */
#include "hugeproof.h"

static struct hp_hugetlb_counts start;

static struct hp_area *filled(int type)
{
	struct hp_area *area = hp_filled_hugetlb(1, type, 'r');

	start = hp_hugetlb();
	return area;
}

static void check_untouched(const struct hp_area *area)
{
	hp_check_hugetlb(start);
	hp_check_filled(area, 'r');
}

HP_CASE(to_grow, "mremap fails to grow a private hugetlb mapping, in place and elsewhere")
{
	struct hp_area *area = filled(MAP_PRIVATE);

	hp_check_errno(mremap(area->addr, area->size, 2 * area->size, 0), EINVAL);
	hp_check_errno(mremap(area->addr, area->size, 2 * area->size, MREMAP_MAYMOVE),
		       EINVAL);
	check_untouched(area);
}

HP_CASE(to_grow_shared, "mremap fails to grow a shared hugetlb mapping")
{
	struct hp_area *area = filled(MAP_SHARED);

	hp_check_errno(mremap(area->addr, area->size, 2 * area->size, MREMAP_MAYMOVE),
		       EINVAL);
	check_untouched(area);
}

HP_CASE(dontunmap, "MREMAP_DONTUNMAP of huge pages fails with EINVAL")
{
	struct hp_area *area = filled(MAP_PRIVATE);

	hp_check_errno(mremap(area->addr, area->size, area->size,
			      MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL),
		       EINVAL);
	check_untouched(area);
}

HP_CASE(misaligned_old, "mremap from an address inside a huge page fails with EINVAL")
{
	struct hp_area *area = filled(MAP_PRIVATE);

	hp_check_errno(mremap(area->addr + hp_base_size, area->size - hp_base_size,
			      area->size - hp_base_size, MREMAP_MAYMOVE | MREMAP_FIXED,
			      area->addr + 4 * area->size),
		       EINVAL);
	check_untouched(area);
}

HP_CASE(misaligned_new, "mremap of a huge page to an unaligned address fails with EINVAL")
{
	struct hp_area *area = filled(MAP_PRIVATE);
	char *place = hp_check_ok(mmap(NULL, 2 * hp_page_size, PROT_NONE,
				       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
	uintptr_t inside =
		((uintptr_t)place & ~(hp_page_size - 1)) + hp_page_size + hp_base_size;

	hp_check_errno(mremap(area->addr, area->size, area->size,
			      MREMAP_MAYMOVE | MREMAP_FIXED, (void *)inside),
		       EINVAL);
	check_untouched(area);
}

HP_PROGRAM(.summary = "mremap refuses what it does not support for huge pages",
	   .needs = HP_NEEDS("hugetlb:1"), .sources = HP_SOURCES({"man", "mremap(2)"}))
