// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A page that went bad in the swap cache is read anew from the swap when that has it, and
 * lost when it was written since.
 */
#include "hugeproof.h"

struct family {
	char *addr;
	struct hp_barrier *turn;
};

static size_t base;

static void needs_swap(void)
{
	char swaps[512];
	ssize_t got = hp_read_text("/proc/swaps", swaps, sizeof(swaps));

	/* Behind the line of titles. */
	if (got < 0 || !strchr(swaps, '\n') || !strchr(strchr(swaps, '\n') + 1, '\n'))
		hp_skip_case("needs swap: run it in the lab with --swap");
	base = hp_base_page_size();
}

/* A page that is on the swap, and nowhere else. */
static char *swapped_page(void)
{
	char *addr = hp_check_ok(mmap(NULL, base, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	struct hp_page page = {0};

	memset(addr, 's', base);
	hp_check_ok(madvise(addr, base, MADV_PAGEOUT));
	hp_check_eq(hp_page_read(0, addr, &page), 0);
	hp_require(page.swapped, "MADV_PAGEOUT does not swap the page out");
	return addr;
}

static void read_later(void *arg)
{
	const struct family *family = arg;

	hp_meet(family->turn);
	hp_meet(family->turn);
	hp_check_eq(family->addr[0], 's');
	hp_check_eq(family->addr[base - 1], 's');
}

HP_CASE(clean, "read in and not written: nothing is lost, the swap still has it")
{
	struct family family;
	uint64_t frame;
	pid_t child;
	char said[160];
	int log;

	needs_swap();
	family = (struct family){swapped_page(), hp_barrier(2)};
	/* Of two users the first to read leaves it in the swap cache. */
	child = hp_fork(read_later, &family);
	hp_meet(family.turn);
	hp_check_eq(family.addr[0], 's');
	frame = hp_frame(family.addr);
	log = hp_log();
	hp_poison(family.addr);
	hp_observed("recovery action", "%s", hp_recovery(log, frame, said, sizeof(said)));
	hp_check_eq(strcmp(said, "clean swapcache page: Recovered"), 0);
	hp_check(hp_frame_poisoned(frame));
	hp_check_eq(family.addr[0], 's');
	hp_check_eq(family.addr[base - 1], 's');
	hp_check(hp_frame(family.addr) != frame);
	hp_meet(family.turn);
	hp_wait_ok(child);
}

HP_PROGRAM(.summary = "a bad page of the swap cache is read anew from the swap",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap"), .poisons = true,
	   .source = "Documentation/mm/hwpoison.rst")
