// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A page is poisoned while another process faults it in, copies, drops, protects or
 * offlines it. Every later access gets SIGBUS, or legitimately another page; other pages
 * are not affected, and no memory is lost.
 */
#include "hugeproof.h"

/* The access either succeeds or gets SIGBUS for the memory error. */
static void access_or_error(volatile void *addr, enum hp_access access)
{
	struct hp_fault fault = hp_try(addr, access);

	hp_check(!fault.signo || (fault.signo == SIGBUS && fault.code == BUS_MCEERR_AR));
}

static void touch(const struct hp_area *area)
{
	access_or_error(area->addr + 64, HP_READ);
	access_or_error(area->addr + hp_page_size / 2, HP_WRITE);
}

static void drop(const struct hp_area *area)
{
	hp_check_ok(madvise(area->addr, hp_page_size, MADV_DONTNEED));
	access_or_error(area->addr, HP_READ);
}

static void protect(const struct hp_area *area)
{
	hp_check_ok(mprotect(area->addr, hp_page_size, PROT_READ));
	hp_check_ok(mprotect(area->addr, hp_page_size, PROT_READ | PROT_WRITE));
	access_or_error(area->addr, HP_WRITE);
}

static void offline(const struct hp_area *area)
{
	/*
	 * Once per round, because each call costs a page. It is refused if the page is
	 * poisoned already, or in use.
	 */
	static bool offlined;

	if (!offlined)
		offlined = !hp_soft_offline(area->addr);
	access_or_error(area->addr, HP_READ);
}

static const struct way {
	struct hp_variant variant;
	int type;
	void (*act)(const struct hp_area *area);
} ways[] = {
	{{"fault_shared", "reads and writes it (shared)"}, MAP_SHARED, touch},
	{{"fault_private", "copies it on write (private)"}, MAP_PRIVATE, touch},
	{{"drop_private", "drops it (private)"}, MAP_PRIVATE, drop},
	{{"drop_shared", "drops it (shared)"}, MAP_SHARED, drop},
	{{"protect_shared", "changes its protection (shared)"}, MAP_SHARED, protect},
	{{"offline_shared", "soft-offlines it (shared)"}, MAP_SHARED, offline},
};

static const struct way *racing;

static void act(const struct hp_area *area)
{
	racing->act(area);
	/* The neighbouring page is intact. */
	hp_check_access(hp_page(area, 1), HP_READ);
}

static void meet_error(const struct hp_area *area, int error)
{
	if (!error && racing->type == MAP_SHARED)
		hp_check_poisoned(area->addr, HP_READ, hp_page_size);
}

HP_ROW_CASES(against_one, "only the poisoned page is lost while a process %s", ways, way)
{
	int rounds = hp_poison_rounds(), failed = 0;

	racing = way;
	if (way->act == offline && rounds > 1)
		hp_case_needs("hugetlb:28");
	for (int round = 0; round < rounds; round++) {
		struct hp_area *area = hp_filled_hugetlb(2, way->type, 'r');
		struct hp_poisoning result;

		hp_step("round %d", round);
		result = hp_poison_during(area, 0, NULL, act, meet_error);
		failed += result.error != 0;
		if (result.signal.signo)
			hp_check_mce_signal(result.signal, BUS_MCEERR_AR, area->addr,
					    hp_page_size);
		/* Where the kernel failed to unmap the page, it is still mapped. */
		if (!result.error)
			hp_check_poisoned(area->addr, HP_READ, hp_page_size);
		hp_check_filled(hp_nth_page(area, 1), 'r');
		hp_unmap(area);
	}
	hp_observed("rounds in which the recovery failed", failed ? "some" : "none");
}

HP_PROGRAM(.summary = "a page that is poisoned while in use affects no other page",
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap", "pool:control",
			     "hugetlb:3"),
	   .poisons = true, .seconds = 30,
	   .log_allows = HP_LINES("Soft offlining pfn", "soft offline:", "soft_offline"),
	   .sources = HP_SOURCES({"code", "mm/memory-failure.c"}))
