// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Operations on anonymous huge pages that were undone leak no kernel memory: no page, page
 * table, policy, name or pin; and the counters are as before.
 */
#include "hugeproof.h"

#include <linux/mempolicy.h>
#include <linux/prctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA           0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define HALF (hp_pmd_size / 2)

/* Room for so many huge pages, aligned. */
static char *map(size_t pages, int advice)
{
	size_t size = pages * hp_pmd_size;
	char *room = mmap(NULL, size + hp_pmd_size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t head;

	hp_check(room != MAP_FAILED);
	head = -(uintptr_t)room & (hp_pmd_size - 1);
	if (head)
		hp_check_ok(munmap(room, head));
	hp_check_ok(munmap(room + head + size, hp_pmd_size - head));
	hp_check_ok(madvise(room + head, size, advice));
	return room + head;
}

static char *filled(size_t pages)
{
	char *addr = map(pages, MADV_HUGEPAGE);

	for (size_t n = 0; n < pages; n++)
		*(volatile char *)(addr + n * hp_pmd_size) = 1;
	return addr;
}

static void fill_base(char *addr, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += hp_base_size)
		*(volatile char *)(addr + at) = 1;
}

static void unmap(char *addr, size_t pages)
{
	hp_check_ok(munmap(addr, pages * hp_pmd_size));
}

static void touched(void *arg)
{
	(void)arg;
	unmap(filled(2), 2);
}

static void read_first(void *arg)
{
	char *addr = map(2, MADV_HUGEPAGE);

	(void)arg;
	(void)*(volatile char *)addr;
	(void)*(volatile char *)(addr + hp_pmd_size);
	*(volatile char *)addr = 1;
	hp_check_ok(mprotect(addr + hp_pmd_size, HALF, PROT_READ));
	unmap(addr, 2);
}

static void cut(void *arg)
{
	char *addr = filled(3);

	(void)arg;
	hp_check_ok(munmap(addr, HALF));
	hp_check_ok(mprotect(addr + HALF, hp_base_size, PROT_NONE));
	hp_check_ok(madvise(addr + hp_pmd_size, HALF, MADV_DONTNEED));
	hp_check_ok(madvise(addr + 2 * hp_pmd_size, HALF, MADV_FREE));
	unmap(addr, 3);
}

static void forked(void *arg)
{
	char *addr = filled(2);

	(void)arg;
	hp_in_child() {
		*(volatile char *)addr = 2;
		hp_check_ok(munmap(addr + hp_pmd_size, HALF));
	}
	*(volatile char *)addr = 3;
	unmap(addr, 2);
}

/* A child that khugepaged and KSM scan exits. */
static void born(void *arg)
{
	(void)arg;
	hp_in_child() {
		char *addr = filled(1);

		/* EINVAL without CONFIG_KSM. */
		madvise(addr, hp_pmd_size, MADV_MERGEABLE);
		fill_base(map(1, MADV_NOHUGEPAGE), hp_pmd_size);
	}
}

static void collapsed(void *arg)
{
	char *addr = map(2, MADV_NOHUGEPAGE);

	(void)arg;
	fill_base(addr, hp_pmd_size);
	hp_check_ok(madvise(addr, 2 * hp_pmd_size, MADV_HUGEPAGE));
	if (madvise(addr, hp_pmd_size, MADV_COLLAPSE) && errno == EINVAL)
		hp_skip_case("needs MADV_COLLAPSE (Linux 6.1): run it in the lab");
	/* These fail: no page is present, or the mapping is too short. */
	madvise(addr + hp_pmd_size, hp_pmd_size, MADV_COLLAPSE);
	hp_check_ok(munmap(addr + hp_pmd_size + HALF, HALF));
	madvise(addr + hp_pmd_size, HALF, MADV_COLLAPSE);
	unmap(addr, 2);
}

static void moved(void *arg)
{
	char *addr = filled(2), *room = map(3, MADV_HUGEPAGE);

	(void)arg;
	hp_check(mremap(addr, hp_pmd_size, hp_pmd_size, MREMAP_MAYMOVE | MREMAP_FIXED,
			room) == room);
	hp_check(mremap(addr + hp_pmd_size, HALF, HALF, MREMAP_MAYMOVE | MREMAP_FIXED,
			room + hp_pmd_size + hp_base_size) ==
		 room + hp_pmd_size + hp_base_size);
	hp_check_ok(munmap(addr + hp_pmd_size + HALF, HALF));
	unmap(room, 3);
}

static void locked(void *arg)
{
	char *addr = filled(3);

	(void)arg;
	hp_check_ok(mlock(addr, 3 * hp_pmd_size));
	hp_check_ok(munlock(addr, HALF));
	hp_check_ok(mprotect(addr + hp_pmd_size, hp_base_size, PROT_READ));
	hp_check_ok(munmap(addr + hp_pmd_size + HALF, hp_base_size));
	hp_in_child() {
		*(volatile char *)(addr + 2 * hp_pmd_size) = 2;
		hp_check_ok(mlock(addr + 2 * hp_pmd_size, HALF));
	}
	unmap(addr, 3);
}

/* Collapses mlocked base pages and splits the huge page again. */
static void locked_collapsed(void *arg)
{
	char *addr = map(1, MADV_NOHUGEPAGE);

	(void)arg;
	fill_base(addr, hp_pmd_size);
	hp_check_ok(madvise(addr, hp_pmd_size, MADV_HUGEPAGE));
	hp_check_ok(mlock(addr, hp_pmd_size));
	madvise(addr, hp_pmd_size, MADV_COLLAPSE);
	hp_check_ok(munlock(addr + hp_base_size, hp_base_size));
	hp_check_ok(munmap(addr + HALF, hp_base_size));
	unmap(addr, 1);
}

static void swapped(void *arg)
{
	char *addr = filled(2);

	(void)arg;
	hp_check_ok(madvise(addr, 2 * hp_pmd_size, MADV_PAGEOUT));
	(void)*(volatile char *)addr;
	*(volatile char *)(addr + hp_base_size) = 2;
	hp_check_ok(madvise(addr + hp_pmd_size, HALF, MADV_DONTNEED));
	hp_in_child() {
		(void)*(volatile char *)(addr + hp_pmd_size + HALF);
		*(volatile char *)(addr + HALF) = 2;
	}
	unmap(addr, 2);
}

static void named(void *arg)
{
	char *addr = filled(2);

	(void)arg;
	if (prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, addr, 2 * hp_pmd_size,
		  "two huge pages"))
		hp_skip_case(
			"needs names of mappings (CONFIG_ANON_VMA_NAME): run it in the "
			"lab");
	hp_check_ok(
		prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, addr, hp_base_size, "a base page"));
	hp_check_ok(prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, addr + hp_pmd_size, hp_pmd_size,
			  NULL));
	hp_check_ok(prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, addr + hp_base_size,
			  hp_pmd_size, "a base page"));
	hp_check_eq(
		prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, addr, hp_base_size, "not [this]"),
		-1);
	hp_in_child() {
		unmap(addr, 1);
	}
	unmap(addr, 2);
}

static void policies(void *arg)
{
	char *addr = filled(2);
	unsigned long node = 1;

	(void)arg;
	for (size_t i = 0; i < 8; i++)
		hp_check_ok(syscall(SYS_mbind, addr + i * (hp_pmd_size / 4),
				    hp_pmd_size / 4, i & 1 ? MPOL_BIND : MPOL_PREFERRED,
				    &node, 8 * sizeof(node), MPOL_MF_MOVE));
	hp_check_eq(syscall(SYS_mbind, addr, hp_pmd_size, 77, &node, 8 * sizeof(node), 0),
		    -1);
	hp_check_ok(syscall(SYS_mbind, addr, 2 * hp_pmd_size, MPOL_DEFAULT, NULL, 0, 0));
	unmap(addr, 2);
}

static void pinned(void *arg)
{
	char *addr = filled(2);
	struct hp_ring *ring = hp_ring_open();

	(void)arg;
	hp_check_ok(hp_ring_pin(ring, addr, hp_pmd_size + HALF));
	hp_in_child() {
		*(volatile char *)addr = 2;
	}
	*(volatile char *)addr = 3;
	hp_check_ok(munmap(addr, HALF));
	hp_ring_release(ring);
	hp_check_ok(munmap(addr + HALF, 2 * hp_pmd_size - HALF));
}

static void populated(void *arg)
{
	char *addr = map(2, MADV_HUGEPAGE);

	(void)arg;
	hp_check_ok(madvise(addr, 2 * hp_pmd_size, MADV_POPULATE_WRITE));
	hp_check_ok(madvise(addr, hp_base_size, MADV_DONTFORK));
	hp_check_ok(madvise(addr + hp_pmd_size, hp_pmd_size, MADV_WIPEONFORK));
	hp_in_child() {
		*(volatile char *)(addr + hp_pmd_size) = 2;
	}
	unmap(addr, 2);
}

static const struct operation {
	struct hp_variant variant;
	void (*act)(void *arg);
	bool swaps;
} operations[] = {
	{{"touched", "they are touched and unmapped"}, touched, false},
	{{"read_first", "the huge zero page is mapped, written and split"},
	 read_first,
	 false},
	{{"cut", "parts of them are unmapped, protected and dropped"}, cut, false},
	{{"forked", "a child writes to inherited ones, unmaps a part and exits"},
	 forked,
	 false},
	{{"born", "their processes exit"}, born, false},
	{{"collapsed", "MADV_COLLAPSE succeeds and fails"}, collapsed, false},
	{{"moved", "they are moved, in whole and in part"}, moved, false},
	{{"locked", "they are mlocked, split and munlocked in part"}, locked, false},
	{{"locked_collapsed", "mlocked base pages are collapsed and split"},
	 locked_collapsed,
	 false},
	{{"swapped", "they are swapped out, and partly swapped in"}, swapped, true},
	{{"named", "parts of them are named"}, named, false},
	{{"policies", "parts of them have memory policies"}, policies, false},
	{{"pinned", "they are pinned, copied and unmapped"}, pinned, false},
	{{"populated", "they are populated and not inherited"}, populated, false},
};

HP_ROW_CASES(balanced, "THPs leak no kernel memory when %s", operations, operation)
{
	hp_need_balance();
	if (operation->swaps)
		hp_case_needs("swap");
	if (operation->act == policies)
		hp_need_policies();
	hp_unmap(hp_map_thp(1));
	hp_check_balanced(HP_BALANCE_TIMES, operation->act, NULL);
}

HP_PROGRAM(.summary = "operations on THPs that were undone leak no kernel memory",
	   .page_sizes = HP_NO_PAGE_SIZE, .seconds = 60, .needs = HP_NEEDS("thp", "root"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/transhuge.rst"},
				 {"doc", "Documentation/mm/unevictable-lru.rst"}))
