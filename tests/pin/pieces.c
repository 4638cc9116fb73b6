// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A registered buffer may be any part of huge pages, and their base pages may be mapped in
 * any order: a transfer through each base page reaches that page and no other. Kernels that
 * merge the base pages of a huge page into one bvec must find each of them in it.
 */
#include "hugeproof.h"

#include <sys/param.h>

/* Two huge pages whose base pages are mapped in a given order. */
struct view {
	struct hp_area area; /* the mapping that contains the buffer */
	size_t unit;   /* bytes that stay contiguous: the granularity of the reordering */
	size_t *order; /* for each unit of the mapping, the unit where it was filled */
};

/* The word of the pattern that belongs at an offset. */
static uint64_t expected(const struct view *view, size_t offset)
{
	return hp_pattern(
		&view->area,
		view->order[offset / view->unit] * view->unit + offset % view->unit, 'v');
}

/* Distance between checked words: every base page, or a sample of them in large buffers. */
static size_t step(size_t bytes)
{
	size_t pages = bytes / hp_base_size;

	return (pages <= 1024 ? 1 : pages / 256 | 1) * hp_base_size;
}

/* The device reads a word of each base page, and writes it. */
static void check_each(struct hp_ring *ring, const struct view *view, size_t first,
		       size_t bytes)
{
	uint64_t *words = (uint64_t *)(view->area.addr + first);

	for (size_t at = 0; at + 8 <= bytes; at += step(bytes)) {
		uint64_t *word = words + at / 8, seen = 0, mine = at + 1;

		hp_step("the word at offset %#zx of the area, %#zx of the buffer",
			first + at, at);
		hp_check_eq(hp_ring_load(ring, &word, &seen, 1), 0);
		hp_check_eq(seen, expected(view, first + at));
		hp_check_eq(hp_ring_store(ring, &word, &mine, 1), 0);
		hp_check_eq(*word, mine);
		*word = expected(view, first + at);
	}
}

/* The device writes all of the buffer to a file at once. */
static void check_whole(struct hp_ring *ring, const struct view *view, size_t first,
			size_t bytes)
{
	int fd = hp_check_ok(memfd_create("whole", MFD_CLOEXEC));
	char *seen;

	/* The maximum of one transfer. */
	bytes = bytes < 4 * hp_pmd_size ? bytes : 4 * hp_pmd_size;
	hp_check_eq(hp_ring_write(ring, fd, view->area.addr + first, bytes, 0), bytes);
	seen = hp_check_ok(mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0));
	hp_check_eq(memcmp(seen, view->area.addr + first, bytes), 0);
	hp_check_ok(munmap(seen, bytes));
	close(fd);
}

static void check_buffer(struct hp_ring *ring, const struct view *view, size_t first,
			 size_t bytes)
{
	check_whole(ring, view, first, bytes);
	check_each(ring, view, first, bytes);
	/* No page outside the buffer has changed. */
	for (size_t at = 8; at < view->area.size; at += step(view->area.size))
		hp_check_eq(*(uint64_t *)(view->area.addr + at), expected(view, at));
}

static struct view straight(enum hp_memory memory)
{
	struct hp_area *area = hp_map_filled(memory, 2 * hp_pmd_size, 'v');
	struct view view = {
		*area, memory == HP_MEMORY_HUGETLB ? hp_page_size : hp_base_size, NULL};
	size_t n = area->size / view.unit;

	view.order = calloc(n, sizeof(*view.order));
	hp_require(view.order, "no memory");
	for (size_t i = 0; i < n; i++)
		view.order[i] = i;
	return view;
}

HP_CASES(part,
	 "transfers reach each page of a buffer that begins and ends inside huge pages",
	 hp_memory_kinds, kind)
{
	struct view view = straight(kind->memory);
	const size_t size = view.area.size, base = hp_base_size;
	/* Offsets of the begin and the end of each buffer. */
	const size_t parts[][2] = {
		{3 * base + 32, size - 2 * base - 128},
		{base, 2 * base},
		{7 * base, 13 * base + 8},
		{size / 2 - 3 * base, size / 2},
		{size / 2, size / 2 + 5 * base},
		{size - base - 8, size},
		{size / 2 - 17 * base - 8, size / 2 + 19 * base},
	};
	struct hp_ring *ring = hp_ring_open();

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t bytes = parts[i][1] - parts[i][0];

		hp_check_eq(hp_ring_pin(ring, view.area.addr + parts[i][0], bytes), 0);
		check_buffer(ring, &view, parts[i][0], bytes);
		hp_check_eq(hp_ring_unpin(ring), 0);
	}
	hp_ring_close(ring);
}

HP_CASES(several,
	 "transfers reach the base pages of several buffers that share a huge page",
	 hp_memory_kinds, kind)
{
	struct view view = straight(kind->memory);
	struct hp_ring *ring = hp_ring_open();
	const size_t base = hp_base_size, first[] = {0, 2, 3, 30, 8},
		     n[] = {4, 9, 1, 40, 32};
	struct iovec ranges[5];

	for (int i = 0; i < 5; i++)
		ranges[i] = (struct iovec){view.area.addr + first[i] * base, n[i] * base};
	hp_check_eq(hp_ring_pin_all(ring, ranges, 5), 0);
	for (int i = 4; i >= 0; i--) {
		hp_ring_use(ring, i);
		check_buffer(ring, &view, first[i] * base, n[i] * base);
	}
	hp_ring_release(ring);
}

static size_t reversed(size_t i, size_t n)
{
	return n - 1 - i;
}

/* Starts in the middle of a huge page and wraps around. */
static size_t rotated(size_t i, size_t n)
{
	size_t shift = n / 8 | 1;

	return (i + shift) % n;
}

static size_t pairs(size_t i, size_t n)
{
	return (i ^ 1) < n ? i ^ 1 : i;
}

/* Alternates between the base pages of both huge pages. */
static size_t woven(size_t i, size_t n)
{
	return i % 2 * (n / 2) + i / 2;
}

/* In order, except for two pages in the middle of the first huge page. */
static size_t exchanged(size_t i, size_t n)
{
	return i == n / 4 ? n / 4 + 1 : i == n / 4 + 1 ? n / 4 : i;
}

static struct view ordered(enum hp_memory memory, size_t (*where)(size_t i, size_t n))
{
	struct view view = straight(memory);
	size_t n = view.area.size / view.unit;
	struct hp_area *place = memory == HP_MEMORY_HUGETLB
					? hp_map_hugetlb(n, MAP_PRIVATE | MAP_NORESERVE)
					: hp_map_anon(view.area.size);

	for (size_t i = 0; i < n; i++) {
		view.order[i] = where(i, n);
		hp_check_ok(mremap(view.area.addr + view.order[i] * view.unit, view.unit,
				   view.unit, MREMAP_MAYMOVE | MREMAP_FIXED,
				   place->addr + i * view.unit));
	}
	view.area.addr = place->addr;
	return view;
}

static const struct order {
	struct hp_variant variant;
	size_t (*where)(size_t i, size_t n);
} orders[] = {
	{{"exchanged", "two of them swapped"}, exchanged},
	{{"pairs", "each pair swapped"}, pairs},
	{{"reversed", "reversed"}, reversed},
	{{"rotated", "rotated"}, rotated},
	{{"woven", "two huge pages interleaved"}, woven},
};

static void check_order(enum hp_memory memory, const struct order *order)
{
	struct view view = ordered(memory, order->where);
	struct hp_ring *ring = hp_ring_open();
	size_t begin = hp_base_size + 40;

	hp_check_eq(hp_ring_pin(ring, view.area.addr, view.area.size), 0);
	check_buffer(ring, &view, 0, view.area.size);
	hp_check_eq(hp_ring_unpin(ring), 0);
	hp_check_eq(hp_ring_pin(ring, view.area.addr + begin, view.area.size - 2 * begin),
		    0);
	check_buffer(ring, &view, begin, view.area.size - 2 * begin);
	hp_ring_release(ring);
}

HP_CASES(order_thp, "transfers reach the base pages of reordered THPs", orders, order)
{
	check_order(HP_MEMORY_THP, order);
}

HP_CASES(order_tmpfs, "transfers reach the base pages of reordered huge tmpfs pages",
	 orders, order)
{
	check_order(HP_MEMORY_TMPFS, order);
}

HP_CASES(order_mthp, "transfers reach the base pages of reordered 64 kB pages", orders,
	 order)
{
	check_order(HP_MEMORY_MTHP, order);
}

HP_CASE(order_hugetlb, "transfers reach hugetlb pages that are mapped in reverse order")
{
	hp_need_hugetlb_mremap();
	check_order(HP_MEMORY_HUGETLB, &orders[2]);
}

HP_CASE(released,
	"a huge page can be split after a buffer of a part of it was unregistered")
{
	struct hp_area *area = hp_map_filled(HP_MEMORY_THP, hp_pmd_size, 'v');
	struct hp_ring *ring = hp_ring_open();

	hp_khugepaged_calm();
	hp_check_eq(hp_ring_pin(ring, hp_page(area, 0) + 3 * hp_base_size,
				area->size - 5 * hp_base_size),
		    0);
	hp_split_folios(area->addr, area->size, 0);
	hp_check_eq(hp_folio_size(area->addr), hp_pmd_size);
	hp_ring_release(ring);
	/* A leaked reference would prevent the split; a missing one would free the page. */
	hp_split_to_base(area);
	hp_check_filled(area, 'v');
}

HP_CASES(freed, "hugetlb pages are freed after a buffer of parts of them was unregistered",
	 hp_sharings, way)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area = hp_filled_hugetlb(2, way->flag, 'v');
	/* As much of each page: a buffer has 1 GB at most. */
	size_t each = MIN(area->page_size, (size_t)512 << 20);
	struct hp_ring *ring = hp_ring_open();

	hp_check_eq(hp_ring_pin(ring,
				area->addr + area->page_size - each + 3 * hp_base_size,
				2 * each - 5 * hp_base_size),
		    0);
	hp_check_hugetlb(start, .free = -2);
	hp_ring_release(ring);
	hp_check_filled(area, 'v');
	hp_unmap(area);
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary = "a registered buffer reaches each base page of its huge pages",
	   .needs = HP_NEEDS("hugetlb:2", "thp", "root", "pagemap"), .seconds = 40,
	   .sources = HP_SOURCES({"man", "io_uring_register(2)", "IORING_REGISTER_BUFFERS"},
				 {"code", "io_uring/rsrc.c", "io_try_coalesce_buffer()"}))
