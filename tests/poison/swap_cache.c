// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A poisoned clean page in the swap cache is read from swap again, because the swap device
 * still has its contents.
 */
#include "hugeproof.h"

static void needs_swap(void)
{
	char swaps[512];
	ssize_t got = hp_read_text("/proc/swaps", swaps, sizeof(swaps));

	/* Looks for an entry after the line of headings. */
	if (got < 0 || !strchr(swaps, '\n') || !strchr(strchr(swaps, '\n') + 1, '\n'))
		hp_skip_case("needs swap: run it in the lab with --swap");
}

/* Returns a page that has been swapped out. */
static char *swapped_page(void)
{
	char *addr = hp_check_ok(mmap(NULL, hp_base_size, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	struct hp_pagemap_entry page = {0};

	memset(addr, 's', hp_base_size);
	hp_check_ok(madvise(addr, hp_base_size, MADV_PAGEOUT));
	hp_check_eq(hp_page_read(0, addr, &page), 0);
	hp_require(page.swapped, "MADV_PAGEOUT does not swap the page out");
	return addr;
}

static void check_bytes(void *arg)
{
	const char *addr = arg;

	hp_check_eq(addr[0], 's');
	hp_check_eq(addr[hp_base_size - 1], 's');
}

HP_CASE(clean, "a poisoned clean page of the swap cache is read from swap again")
{
	struct hp_paused *child;
	uint64_t frame;
	char said[160], *addr;
	int log;

	needs_swap();
	addr = swapped_page();
	/* Because two processes use the page, it stays in the swap cache after a read. */
	child = hp_fork_paused(NULL, check_bytes, addr);
	hp_check_eq(addr[0], 's');
	frame = hp_pfn(addr);
	log = hp_log();
	hp_poison(addr);
	hp_observed("recovery action", "%s", hp_recovery(log, frame, said, sizeof(said)));
	hp_check_eq(strcmp(said, "clean swapcache page: Recovered"), 0);
	hp_check(hp_pfn_poisoned(frame));
	check_bytes(addr);
	hp_check(hp_pfn(addr) != frame);
	hp_resume_ok(child);
}

HP_PROGRAM(.summary = "a poisoned page of the swap cache is read from swap again",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap"), .poisons = true,
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hwpoison.rst"}))
