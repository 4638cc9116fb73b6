// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A process keeps sharing its pinned private memory with the device whatever changes the
 * mapping before a fork, and pinning a page that fork shared makes it the pinner's own: no
 * change of a mapping may set or clear PageAnonExclusive wrongly.
 */
#include "hugeproof.h"

/* A part of the area: some base pages, not aligned to huge pages. */
#define AT    (hp_pmd_size / 4 + 3 * hp_base_size)
#define BYTES (9 * hp_base_size)

/* Words in three base pages: in the part, next to it, and far from it. */
#define WORDS 3

static size_t offset(int word)
{
	size_t at[WORDS] = {AT + hp_base_size, AT - 8, hp_pmd_size - hp_base_size};

	return at[word];
}

static uint64_t *place(const struct hp_area *area, int word)
{
	return (uint64_t *)(area->addr + offset(word));
}

/* Whether the area is pinned while the mapping changes. */
static bool pinned;

static void nothing(struct hp_area *area)
{
	(void)area;
}

static void protect_part(struct hp_area *area)
{
	hp_check_ok(mprotect(area->addr + AT, BYTES, PROT_READ));
	hp_check_ok(mprotect(area->addr + AT, BYTES, PROT_READ | PROT_WRITE));
}

static void protect_all(struct hp_area *area)
{
	hp_protect(area, PROT_READ);
	hp_protect(area, PROT_READ | PROT_WRITE);
}

static void move_by(struct hp_area *area, size_t skew)
{
	struct hp_area *to = hp_map_anon(area->size + hp_pmd_size);

	hp_check_ok(mremap(area->addr, area->size, area->size,
			   MREMAP_MAYMOVE | MREMAP_FIXED, to->addr + skew));
	area->addr = to->addr + skew;
}

static void move(struct hp_area *area)
{
	move_by(area, 0);
}

static void move_unaligned(struct hp_area *area)
{
	move_by(area, 3 * hp_base_size);
}

static void cool(struct hp_area *area)
{
	hp_check_ok(madvise(area->addr + AT, BYTES, MADV_COLD));
	hp_check_ok(madvise(area->addr, area->size, MADV_COLD));
}

static void push_out(struct hp_area *area)
{
	hp_check_ok(madvise(area->addr + AT, BYTES, MADV_PAGEOUT));
	hp_check_ok(madvise(area->addr, area->size, MADV_PAGEOUT));
}

static void split_folios(struct hp_area *area)
{
	hp_split_folios(area->addr, area->size, 0);
}

static void try_to_migrate(struct hp_area *area)
{
	int node = hp_node_of(area->addr), other = hp_node(node == hp_node(0));

	hp_check_eq(hp_move_to_node(area->addr, other) == other, !pinned);
	hp_check_eq(hp_node_of(area->addr), pinned ? node : other);
}

static void two_nodes(void)
{
	hp_case_needs("nodes:2");
}

static void swap_space(void)
{
	hp_case_needs("swap");
}

static const struct way {
	struct hp_variant variant;
	enum hp_memory memory;
	void (*happens)(struct hp_area *area);
	void (*need)(void);
} ways[] = {
#define EACH(name, what, ...)                                                              \
	{{name "_base", what ", base pages"}, HP_MEMORY_BASE, __VA_ARGS__},                \
		{{name "_mthp", what ", 64 kB"}, HP_MEMORY_MTHP, __VA_ARGS__},             \
	{                                                                                  \
		{name "_thp", what ", huge page"}, HP_MEMORY_THP, __VA_ARGS__              \
	}
	EACH("cold", "MADV_COLD", cool, NULL),
	EACH("migration", "an attempted migration", try_to_migrate, two_nodes),
	EACH("mprotect", "mprotect and its reversal", protect_all, NULL),
	EACH("mprotect_part", "mprotect of a part and its reversal", protect_part, NULL),
	EACH("mremap", "mremap", move, NULL),
	EACH("mremap_unaligned", "mremap to another alignment", move_unaligned, NULL),
	EACH("nothing", "nothing", nothing, NULL),
	EACH("pageout", "MADV_PAGEOUT", push_out, swap_space),
	EACH("split", "an attempted split", split_folios, NULL),
};

static struct hp_area *begin(const struct way *way)
{
	if (way->need)
		way->need();
	hp_khugepaged_calm();
	return hp_map_filled(way->memory, hp_pmd_size, 'p');
}

/* Process and device write alternately, and each sees what the other wrote. */
static void check_common(const struct hp_area *area, struct hp_ring *ring, uint64_t *base)
{
	for (int i = 0; i < WORDS; i++) {
		uint64_t *at = place(area, i);
		/* The pin uses the address that the memory had at the time. */
		uint64_t *as_pinned = (uint64_t *)((char *)base + offset(i));
		uint64_t word = 100 + (uint64_t)i, seen = 0;

		hp_step("process and device share word %d", i);
		*at = word;
		hp_check_eq(hp_ring_load(ring, &as_pinned, &seen, 1), 0);
		hp_check_eq(seen, word);
		word += 100;
		hp_check_eq(hp_ring_store(ring, &as_pinned, &word, 1), 0);
		hp_check_eq(*at, word);
	}
}

static void check_rest(const struct hp_area *area)
{
	for (size_t at = 0; at < area->size; at += hp_base_size) {
		bool written = false;

		for (int i = 0; i < WORDS; i++)
			written |= offset(i) / hp_base_size == at / hp_base_size;
		if (!written)
			hp_check_filled(hp_part(area, at, hp_base_size), 'p');
	}
}

static void read_all(void *arg)
{
	hp_check_filled((struct hp_area *)arg, 'p');
}

static void write_all(void *arg)
{
	hp_check_filled((struct hp_area *)arg, 'p');
	hp_fill((struct hp_area *)arg, 'c');
}

HP_CASES(pinned_before,
	 "the parent keeps its pinned pages at fork, whatever follows the pin", ways, way)
{
	struct hp_area *area = begin(way);
	struct hp_ring *ring = hp_ring_open();
	uint64_t *base = (uint64_t *)area->addr;
	struct hp_paused *child;

	hp_check_eq(hp_ring_pin(ring, area->addr, area->size), 0);
	pinned = true;
	way->happens(area);
	child = hp_fork_paused(read_all, write_all, area);
	check_common(area, ring, base);
	hp_resume_ok(child);
	check_common(area, ring, base);
	check_rest(area);
	hp_ring_release(ring);
	check_rest(area);
}

HP_CASES(pinned_later,
	 "pinning pages that fork shared unshares them, whatever follows the fork", ways,
	 way)
{
	struct hp_area *area = begin(way);
	struct hp_ring *ring = hp_ring_open();
	struct hp_paused *child = hp_fork_paused(read_all, write_all, area);

	way->happens(area);
	hp_check_eq(hp_ring_pin(ring, area->addr, area->size), 0);
	check_common(area, ring, (uint64_t *)area->addr);
	/*
	 * The child sees none of the writes of process and device, and they none of the
	 * child's.
	 */
	hp_resume_ok(child);
	check_common(area, ring, (uint64_t *)area->addr);
	check_rest(area);
	hp_ring_release(ring);
}

HP_PROGRAM(.summary = "no change of a mapping changes which process owns its pinned pages",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "root", "pagemap"),
	   .sources = HP_SOURCES({"doc", "Documentation/core-api/pin_user_pages.rst"},
				 {"commit", "6c287605fd56",
				  "mm: remember exclusively mapped anonymous pages with "
				  "PG_anon_exclusive"}))
