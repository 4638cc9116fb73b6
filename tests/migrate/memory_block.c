// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A block of memory that is set offline is emptied first: pages of every kind migrate with
 * their contents, free hugetlb pages leave the pool, and memory that is pinned for long has
 * left the block before it was pinned.
 */
#include "hugeproof.h"

#include <sys/uio.h>

/* Maps two huge pages of the kind in the block, filled. */
static struct hp_area *filled_in(const struct hp_memory_block *block, enum hp_memory memory)
{
	struct hp_area *area;

	if (memory == HP_MEMORY_HUGETLB)
		hp_pool_resize_node(block->node, 2);
	area = hp_map_filled(memory, 2 * hp_pmd_size, 'b');
	if (hp_swapped_out() > 0)
		hp_short_of(hp_base_size,
			    "memory is short: pages were swapped out since the "
			    "case began");
	hp_require(hp_pages_in_block(block, area->addr, area->size) == hp_base_pages(area),
		   "%zu of %zu base pages are in the movable block",
		   hp_pages_in_block(block, area->addr, area->size), hp_base_pages(area));
	return area;
}

/* Huge pages stay huge unless the kernel found no free one. */
static void check_still_huge(enum hp_memory memory, const struct hp_area *area)
{
	if (memory != HP_MEMORY_THP && memory != HP_MEMORY_TMPFS)
		return;
	if (hp_events_of_case("thp_migration_split") > 0) {
		hp_observed("THPs", "split for want of a free huge page");
		return;
	}
	hp_check_eq(hp_mapped_huge(area), area->size);
}

HP_CASES(emptied, "pages migrate out of a memory block that is set offline, with contents",
	 hp_memory_kinds, kind)
{
	struct hp_memory_block *block = hp_movable_block();
	struct hp_area *area = filled_in(block, kind->memory);
	struct hp_hugetlb_counts pool = hp_hugetlb();

	hp_check_eq(hp_block_offline(block, 20), 0);
	hp_check(!hp_block_is_online(block));
	hp_check_eq(hp_pages_in_block(block, area->addr, area->size), 0);
	hp_check_hugetlb(pool, );
	check_still_huge(kind->memory, area);
	hp_check_filled(area, 'b');
	hp_check_eq(hp_block_online(block), 0);
	hp_check_filled(area, 'b');
	hp_check_writable(area, 'c');
}

HP_CASE(total, "MemTotal falls and rises by the size of the memory block")
{
	struct hp_memory_block *block = hp_movable_block();
	long kb = (long)(block->frames * hp_base_size / 1024);
	long before = hp_meminfo_kb("MemTotal");

	hp_check_eq(hp_block_offline(block, 20), 0);
	hp_check_eq(hp_meminfo_kb("MemTotal"), before - kb);
	hp_check_eq(hp_block_online(block), 0);
	hp_check_eq(hp_meminfo_kb("MemTotal"), before);
}

HP_CASES(pinned_for_long,
	 "a long-term pin takes its page out of movable memory, which can be set offline",
	 hp_memory_kinds, kind)
{
	struct hp_memory_block *block;
	struct hp_ring *ring;
	struct hp_area *area;
	uint64_t *at, word;
	char *middle;
	int error;

	if (!hp_kernel_from(5, 13))
		hp_skip_case("needs a kernel that takes pinned pages out of ZONE_MOVABLE "
			     "(Linux 5.13): run it in the lab");
	block = hp_movable_block();
	ring = hp_ring_open();
	area = filled_in(block, kind->memory);
	middle = area->addr + area->size / 2;
	at = (uint64_t *)middle;
	error = hp_ring_pin(ring, middle, hp_base_size);
	if (error == EOPNOTSUPP)
		hp_skip_case("needs io_uring with buffers of files: run it in the lab");
	hp_check_eq(error, 0);
	hp_check_eq(hp_pages_in_block(block, middle, hp_base_size), 0);
	hp_check_eq(hp_block_offline(block, 20), 0);
	hp_check_eq(hp_pages_in_block(block, area->addr, area->size), 0);
	hp_check_filled(area, 'b');
	hp_check_eq(hp_ring_load(ring, &at, &word, 1), 0);
	hp_check_eq(word, hp_pattern(area, area->size / 2, 'b'));
	hp_ring_release(ring);
}

HP_CASES(in_a_pipe,
	 "setting memory offline goes on until a signal while a page is in a pipe: EINTR",
	 hp_memory_kinds, kind)
{
	struct hp_memory_block *block = hp_movable_block();
	struct hp_area *area = filled_in(block, kind->memory);
	struct iovec range = {area->addr + area->size / 2, hp_base_size};
	char *bytes = malloc(hp_base_size);
	int ends[2];

	hp_require(bytes, "no memory");
	hp_check_ok(pipe2(ends, O_CLOEXEC | O_NONBLOCK));
	hp_check_eq(vmsplice(ends[1], &range, 1, 0), hp_base_size);
	hp_check_eq(hp_block_offline(block, 1), -EINTR);
	hp_check(hp_block_is_online(block));
	hp_check_eq(hp_pages_in_block(block, range.iov_base, hp_base_size), 1);
	hp_check_filled(area, 'b');
	hp_check_eq(read(ends[0], bytes, hp_base_size), hp_base_size);
	hp_check_eq(memcmp(bytes, range.iov_base, hp_base_size), 0);
	hp_check_eq(hp_block_offline(block, 20), 0);
	hp_check_eq(hp_pages_in_block(block, area->addr, area->size), 0);
	hp_check_filled(area, 'b');
}

HP_CASE(free_hugetlb, "free hugetlb pages leave the pool with the memory block they are in")
{
	struct hp_memory_block *block = hp_movable_block();
	struct hp_area *area = filled_in(block, HP_MEMORY_HUGETLB);
	struct hp_hugetlb_counts pool;

	hp_unmap(area);
	pool = hp_hugetlb();
	hp_check_eq(pool.free, 2);
	hp_check_eq(hp_block_offline(block, 20), 0);
	hp_check_hugetlb(pool, .total = -2, .free = -2);
	hp_check_eq(hp_block_online(block), 0);
	hp_check_hugetlb(pool, .total = -2, .free = -2);
}

HP_CASE(reserved_hugetlb,
	"EBUSY for a memory block with free hugetlb pages that are reserved; both stay")
{
	struct hp_memory_block *block = hp_movable_block();
	struct hp_area *area = filled_in(block, HP_MEMORY_HUGETLB);
	struct hp_hugetlb_counts pool;

	hp_unmap(area);
	area = hp_map_hugetlb(2, MAP_SHARED);
	pool = hp_hugetlb();
	hp_check_eq(pool.rsvd, 2);
	hp_check_eq(hp_block_offline(block, 20), -EBUSY);
	hp_check(hp_block_is_online(block));
	hp_check_hugetlb(pool, );
	hp_fill(area, 'r');
	hp_check_filled(area, 'r');
	hp_check_hugetlb(pool, .free = -2, .rsvd = -2);
}

HP_PROGRAM(.summary = "a memory block that is set offline is emptied, and nothing is lost",
	   .page_sizes = HP_PMD_SIZE, .seconds = 30,
	   .needs = HP_NEEDS("root", "memory-block", "pool:control", "thp", "pagemap"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/memory-hotplug.rst"},
				 {"commit", "d1e153fea2a8",
				  "mm/gup: migrate pinned pages out of movable zone"},
				 {"doc", "Documentation/core-api/pin_user_pages.rst"}))
