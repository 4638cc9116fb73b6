// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Memory written since clear_refs 4 is soft-dirty in pagemap, whatever happened to the page
 * in between: a checkpoint misses no change.
 */
#include "hugeproof.h"

/* An unaligned base page, and some base pages. */
#define AT    (hp_pmd_size / 4 + 3 * hp_base_size)
#define BYTES (9 * hp_base_size)

static size_t soft_dirty(const struct hp_area *area)
{
	return hp_sum_pages(area).soft_dirty;
}

static bool page_is(const void *addr)
{
	struct hp_area page = hp_area_at((void *)addr, hp_base_size, hp_base_size);

	return soft_dirty(&page);
}

static void clear(const struct hp_area *area)
{
	hp_clear_refs("4");
	hp_check_eq(soft_dirty(area), 0);
}

static struct hp_area *filled(const struct hp_memory_kind *kind)
{
	struct hp_area *area;

	hp_khugepaged_calm();
	area = hp_map_filled(kind->memory, hp_pmd_size, 's');
	hp_check_eq(soft_dirty(area), hp_base_pages(area));
	return area;
}

HP_CASES(next_write, "clear_refs 4 clears soft-dirty, and the next write sets it again",
	 hp_swappable_kinds, kind)
{
	static const size_t written[] = {0, 1, 37, 255, 256, 511};
	struct hp_area *area = filled(kind);

	for (size_t i = 0; i < sizeof(written) / sizeof(*written); i++) {
		char *addr = area->addr + written[i] * hp_base_size, same;

		clear(area);
		/*
		 * Brings the entry into the TLB, where a stale one would allow the write.
		 */
		hp_check_filled(area, 's');
		hp_check_eq(soft_dirty(area), 0);
		same = *(volatile char *)addr;
		*(volatile char *)addr = same;
		hp_check(page_is(addr));
		if (kind->memory == HP_MEMORY_BASE || kind->memory == HP_MEMORY_MTHP)
			hp_check_eq(soft_dirty(area), 1);
	}
	clear(area);
	hp_fill(area, 's');
	hp_check_eq(soft_dirty(area), hp_base_pages(area));
}

HP_CASES(new_mapping, "a new mapping is soft-dirty, touched or not", hp_swappable_kinds,
	 kind)
{
	struct hp_area *area;

	hp_khugepaged_calm();
	hp_clear_refs("4");
	area = hp_map_memory(kind->memory, hp_pmd_size);
	hp_check_eq(soft_dirty(area), hp_base_pages(area));
	(void)*(volatile char *)(area->addr + AT);
	hp_check_eq(soft_dirty(area), hp_base_pages(area));
}

static void move(struct hp_area *area, size_t skew)
{
	struct hp_area *to = hp_map_anon(area->size + hp_pmd_size);

	hp_check_ok(mremap(area->addr, area->size, area->size,
			   MREMAP_MAYMOVE | MREMAP_FIXED, to->addr + skew));
	area->addr = to->addr + skew;
}

static void split(struct hp_area *area)
{
	hp_check_ok(mprotect(area->addr + AT, BYTES, PROT_READ));
	hp_check_ok(mprotect(area->addr + AT, BYTES, PROT_READ | PROT_WRITE));
}

static void unmap_end(struct hp_area *area)
{
	hp_check_ok(munmap(area->addr + area->size - BYTES, BYTES));
	area->size -= BYTES;
}

static void forbid_and_allow(struct hp_area *area)
{
	hp_protect(area, PROT_NONE);
	hp_protect(area, PROT_READ);
	hp_protect(area, PROT_READ | PROT_WRITE);
}

static void swap(struct hp_area *area)
{
	hp_page_out(area);
}

static void swap_and_read(struct hp_area *area)
{
	hp_page_out(area);
	for (size_t at = 0; at < area->size; at += hp_base_size)
		(void)*(volatile char *)(area->addr + at);
}

static void swap_a_part(struct hp_area *area)
{
	hp_page_out(hp_part(area, AT, BYTES));
}

static void move_aligned(struct hp_area *area)
{
	move(area, 0);
}

static void move_unaligned(struct hp_area *area)
{
	move(area, 3 * hp_base_size);
}

static void swap_and_move(struct hp_area *area)
{
	hp_page_out(area);
	move(area, 0);
}

static struct hp_paused *relative;

static void fork_another(struct hp_area *area)
{
	relative = hp_fork_paused(NULL, NULL, area);
}

static void migrate(struct hp_area *area)
{
	int node = hp_node_of(area->addr), other = hp_node(node == hp_node(0));

	for (size_t at = 0; at < area->size; at += hp_folio_size(area->addr + at))
		hp_check_eq(hp_move_to_node(area->addr + at, other), other);
}

static void two_nodes(void)
{
	hp_case_needs("nodes:2");
}

static void swap_space(void)
{
	hp_case_needs("swap");
}

static const struct event {
	struct hp_variant variant;
	const struct hp_memory_kind *kind;
	void (*need)(void);
	void (*happens)(struct hp_area *area);
	bool marks; /* whether the event itself marks all present pages, unless it moves a
		       page table */
} events[] = {
#define ANON(name, what, ...)                                                              \
	{{name "_base", what ", base pages"}, &hp_swappable_kinds[0], __VA_ARGS__},        \
		{{name "_mthp", what ", 64 kB"}, &hp_swappable_kinds[1], __VA_ARGS__},     \
	{                                                                                  \
		{name "_thp", what ", huge page"}, &hp_swappable_kinds[2], __VA_ARGS__     \
	}
#define EACH(name, what, ...)                                                              \
	ANON(name, what, __VA_ARGS__),                                                     \
	{                                                                                  \
		{name "_tmpfs", what ", huge tmpfs"}, &hp_swappable_kinds[3], __VA_ARGS__  \
	}
	EACH("fork", "fork", NULL, fork_another, false),
	EACH("mprotect", "mprotect and its reversal", NULL, forbid_and_allow, false),
	EACH("mremap", "mremap", NULL, move_aligned, true),
	EACH("migration", "migration", two_nodes, migrate, false),
	/*
	 * Shared memory loses its entries, and thus soft-dirty, when its PMD mapping is
	 * split or its pages are swapped out.
	 */
	ANON("split", "mprotect of a part", NULL, split, false),
	ANON("munmap", "munmap of a part", NULL, unmap_end, false),
	ANON("mremap_unaligned", "mremap to another alignment", NULL, move_unaligned, true),
	ANON("swap", "swap", swap_space, swap, false),
	ANON("swapped_in", "swap-out and swap-in", swap_space, swap_and_read, false),
	ANON("swapped_part", "swap-out of a part", swap_space, swap_a_part, false),
	ANON("swapped_mremap", "mremap of swapped-out pages", swap_space, swap_and_move,
	     false),
};

static void happens(const struct event *event, struct hp_area *area)
{
	hp_step("%s", event->variant.summary);
	event->happens(area);
}

static void end(const struct hp_area *area)
{
	hp_check_filled(area, 's');
	if (relative)
		hp_resume_ok(relative);
}

HP_CASES(stays, "a written page stays soft-dirty after %s", events, event)
{
	struct hp_area *area;

	if (event->need)
		event->need();
	area = filled(event->kind);
	clear(area);
	hp_fill(hp_part(area, AT, hp_base_size), 's');
	happens(event, area);
	hp_check(page_is(area->addr + AT));
	hp_check_filled(hp_part(area, AT, hp_base_size), 's');
	hp_check(page_is(area->addr + AT));
	end(area);
}

HP_CASES(written_later, "a page is soft-dirty once it is written after %s", events, event)
{
	struct hp_area *area;
	bool by_entries;

	if (event->need)
		event->need();
	area = filled(event->kind);
	by_entries = hp_mapped_huge(area) || event->happens != move_aligned;
	clear(area);
	happens(event, area);
	/*
	 * Entries are marked so that checkpoints find moved pages (move_soft_dirty_pte); a
	 * page table that moves as a whole is not changed.
	 */
	if (event->marks && by_entries)
		hp_check_eq(soft_dirty(area), hp_base_pages(area));
	else
		hp_observed("soft-dirty without a write", "%zu of %zu", soft_dirty(area),
			    hp_base_pages(area));
	hp_fill(hp_part(area, AT, hp_base_size), 's');
	hp_check(page_is(area->addr + AT));
	hp_fill(area, 's');
	hp_check_eq(soft_dirty(area), hp_base_pages(area));
	end(area);
}

HP_CASES(protected,
	 "a page that is read-only while soft-dirty is cleared is soft-dirty once written",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area = filled(kind);

	hp_protect(area, PROT_READ);
	clear(area);
	hp_protect(area, PROT_READ | PROT_WRITE);
	hp_fill(hp_part(area, AT, hp_base_size), 's');
	hp_check(page_is(area->addr + AT));
	hp_check_filled(area, 's');
}

HP_CASES(forced, "a forced write by another process makes a page soft-dirty",
	 hp_swappable_kinds, kind)
{
	struct hp_area *area = filled(kind);
	uint64_t *at = (uint64_t *)(area->addr + AT);

	clear(area);
	hp_check_eq(hp_forces[0].write(0, at, hp_pattern(area, AT, 's')), 0);
	hp_check(page_is(at));
	hp_check_filled(area, 's');
}

/* A read fault must not map a page of a file so that it can be written unseen. */
HP_CASES(mapped_later,
	 "a page of shared memory that is mapped by a read is soft-dirty once it is "
	 "written",
	 hp_shmem_kinds, kind)
{
	for (int huge = 0; huge < 2; huge++) {
		struct hp_area *area =
			hp_map_all_shmem(hp_shmem_new(kind->backing, 1), MAP_SHARED);

		hp_step("%s", huge ? "huge pages" : "base pages");
		hp_khugepaged_calm();
		hp_fill(area, 's');
		if (huge)
			hp_check_eq(hp_collapse(area), 0);
		clear(area);
		hp_check_ok(madvise(area->addr, area->size, MADV_DONTNEED));
		hp_check_filled(area, 's');
		hp_check_eq(soft_dirty(area), 0);
		hp_fill(hp_part(area, AT, hp_base_size), 's');
		hp_check(page_is(area->addr + AT));
		hp_unmap(area);
	}
}

HP_PROGRAM(.summary = "written pages are soft-dirty, whatever happens to them",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("thp", "root", "pagemap", "soft-dirty"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/soft-dirty.rst"},
				 {"doc", "Documentation/admin-guide/mm/pagemap.rst"},
				 {"code", "mm/mremap.c", "move_soft_dirty_pte()"}))
