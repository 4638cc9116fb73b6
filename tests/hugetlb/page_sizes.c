// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * memfd_create and MAP_HUGETLB provide pages of the requested size, each from its own pool,
 * and reject invalid arguments with the documented errors.
 */
#include "hugeproof.h"

static void *map_anon(size_t bytes, int flags)
{
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | flags, -1, 0);
}

/* The smallest power of two above a base page that is not a huge page size here. */
static size_t size_that_is_none(void)
{
	size_t sizes[HP_MAX_SIZES], size = 2 * hp_base_size;
	int n = hp_hugetlb_sizes(sizes);

	for (int i = 0; i < n; i++)
		if (sizes[i] == size)
			size *= 2;
	return size;
}

HP_CASE(map_hugetlb, "MAP_HUGETLB with a size reserves pages in the pool of that size")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	void *addr = hp_check_ok(map_anon(hp_page_size, hp_size_flag(hp_page_size)));
	struct hp_smaps map;

	hp_check_eq((uintptr_t)addr % hp_page_size, 0);
	hp_check_hugetlb(start, .rsvd = +1);
	hp_check_eq(hp_smaps_read(0, addr, &map), 0);
	hp_check_eq(map.kernel_page_size, hp_page_size / 1024);
	hp_check_ok(munmap(addr, hp_page_size));
	hp_check_hugetlb(start);
}

HP_CASE(memfd, "memfd_create with a size takes pages from the pool of that size")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd = hp_check_ok(memfd_create("sizes", MFD_CLOEXEC | MFD_HUGETLB |
							   hp_size_flag(hp_page_size)));
	void *addr = hp_check_ok(
		mmap(NULL, hp_page_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));

	hp_check_hugetlb(start, .rsvd = +1);
	*(volatile char *)addr = 1;
	hp_check_hugetlb(start, .free = -1);
	hp_check_ok(munmap(addr, hp_page_size));
	/* The file keeps its page until it is closed. */
	hp_check_hugetlb(start, .free = -1);
	hp_check_ok(close(fd));
	hp_check_hugetlb(start);
}

HP_CASE(length_rounded_up, "MAP_HUGETLB rounds a length up to whole huge pages")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	char *addr = hp_check_ok(map_anon(1, hp_size_flag(hp_page_size)));

	hp_check_hugetlb(start, .rsvd = +1);
	hp_check_access(addr + hp_page_size - 1, HP_WRITE);
	hp_check_hugetlb(start, .free = -1);
}

HP_CASE(unknown_size, "an unsupported size is EINVAL for mmap, ENODEV for memfd_create")
{
	size_t none = size_that_is_none();
	struct hp_hugetlb_counts start = hp_hugetlb();

	hp_check_errno(map_anon(none, hp_size_flag(none)), EINVAL);
	hp_check_errno(memfd_create("sizes", MFD_HUGETLB | hp_size_flag(none)), ENODEV);
	hp_check_hugetlb(start);
}

HP_CASE(misaligned_address, "MAP_FIXED at an unaligned address fails with EINVAL")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	char *room = hp_check_ok(mmap(NULL, 2 * hp_page_size, PROT_NONE,
				      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
	char *aligned = room + (-(uintptr_t)room & (hp_page_size - 1));

	hp_check_errno(mmap(aligned + hp_base_size, hp_page_size, PROT_READ,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_FIXED |
				    hp_size_flag(hp_page_size),
			    -1, 0),
		       EINVAL);
	hp_check_hugetlb(start);
}

HP_CASE(misaligned_offset, "mmap of hugetlb at an unaligned offset fails with EINVAL")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd = hp_hugetlb_file();

	hp_check_errno(
		mmap(NULL, hp_page_size, PROT_READ, MAP_SHARED, fd, (off_t)hp_base_size),
		EINVAL);
	hp_check_hugetlb(start);
}

HP_CASE(partial_munmap, "munmap of a part of a huge page fails with EINVAL")
{
	struct hp_area *area = hp_filled_hugetlb(1, MAP_PRIVATE, 's');
	struct hp_hugetlb_counts start = hp_hugetlb();

	hp_check_errno(munmap(area->addr + hp_base_size, hp_page_size), EINVAL);
	hp_check_errno(munmap(area->addr, hp_base_size), EINVAL);
	hp_check_filled(area, 's');
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary = "huge pages of each size can be had; bad requests fail",
	   .needs = HP_NEEDS("hugetlb:1"),
	   .sources = HP_SOURCES({"man", "mmap(2)"}, {"man", "memfd_create(2)"}))
