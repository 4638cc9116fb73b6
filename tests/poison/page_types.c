// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How the kernel handles a memory error depends on the type of the page: the log names the
 * type and the result, the counters agree, and accesses behave accordingly.
 */
#include "hugeproof.h"

#include <linux/kernel-page-flags.h>

static char *map_pages(size_t pages, int flags, int fd)
{
	return hp_check_ok(
		mmap(NULL, pages * hp_base_size, PROT_READ | PROT_WRITE, flags, fd, 0));
}

HP_CASE(anonymous, "a poisoned anonymous page is handled as a dirty LRU page and is lost")
{
	char *addr = map_pages(2, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	addr[0] = addr[hp_base_size] = 'a';
	hp_check_recovers(addr, "dirty LRU page", NULL);
	hp_check_poisoned(addr, HP_READ, hp_base_size);
	hp_check_eq(addr[hp_base_size], 'a');
}

HP_CASE(mlocked, "a poisoned mlocked page is handled as a dirty LRU page and is lost")
{
	char *addr = map_pages(2, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	addr[0] = addr[hp_base_size] = 'm';
	hp_check_ok(mlock(addr, 2 * hp_base_size));
	hp_check_recovers(addr, "dirty mlocked LRU page", "dirty LRU page");
	hp_check_poisoned(addr, HP_READ, hp_base_size);
	hp_check_eq(addr[hp_base_size], 'm');
}

HP_CASE(merged, "a poisoned KSM page is lost for both mappings that share it")
{
	char *addr = map_pages(2, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	static const char ksm[] = "/sys/kernel/mm/ksm/run";

	memset(addr, 'k', 2 * hp_base_size);
	hp_check_ok(madvise(addr, 2 * hp_base_size, MADV_MERGEABLE));
	if (access(ksm, W_OK))
		hp_skip_case("needs KSM (CONFIG_KSM): run it in the lab");
	hp_require(!hp_setting("/sys/kernel/mm/ksm/sleep_millisecs", "1") &&
			   !hp_setting("/sys/kernel/mm/ksm/pages_to_scan", "1000") &&
			   !hp_setting(ksm, "1"),
		   "cannot write the settings of KSM");
	hp_eventually(hp_pfn(addr) == hp_pfn(addr + hp_base_size), 8);
	/* While KSM runs it holds references; merged pages stay merged. */
	hp_require(!hp_setting(ksm, "0"), "cannot write to %s", ksm);
	hp_check_recovers(addr, "dirty LRU page", NULL);
	hp_check_poisoned(addr, HP_READ, hp_base_size);
	hp_check_poisoned(addr + hp_base_size, HP_READ, hp_base_size);
}

HP_CASE(twice, "a second memory error in a poisoned page is not counted")
{
	struct hp_memory_failure_counts failures;
	char *addr = map_pages(1, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	uint64_t frame;

	addr[0] = 'a';
	frame = hp_pfn(addr);
	hp_check_recovers(addr, "dirty LRU page", NULL);
	failures = hp_memory_failures();
	hp_check_eq(hp_poison_pfn(frame), -EHWPOISON);
	hp_check_eq(hp_memory_failures().corrupted_kb, failures.corrupted_kb);
	hp_check_eq(hp_memory_failures().recovered, failures.recovered);
}

/*
 * The head of a free block of the highest order, because such blocks are allocated last.
 * Frame numbers may exceed the number of pages.
 */
static uint64_t free_frame(void)
{
	uint64_t block = 1024, last = 4 * (uint64_t)sysconf(_SC_PHYS_PAGES) / block * block;
	uint64_t flags;

	for (uint64_t frame = last; frame > 0; frame -= block)
		if (!hp_page_flags(frame, &flags) && flags >> KPF_BUDDY & 1)
			return frame;
	hp_skip_case("found no free memory in /proc/kpageflags: run it in the lab");
}

HP_CASE(free_page, "a poisoned free page is taken from the page allocator")
{
	struct hp_memory_failure_counts failures = hp_memory_failures();
	uint64_t frame = free_frame();
	int log = hp_log();

	hp_check_eq(hp_poison_pfn(frame), 0);
	hp_check_recovery(log, frame, "free buddy page", "Recovered");
	hp_check_failures(failures, .corrupted_kb = hp_base_kb(), .total = 1,
			  .recovered = 1);
	hp_check_eq(hp_unpoison(frame), 0);
	hp_check(!hp_pfn_poisoned(frame));
	hp_check_failures(failures, .total = 1, .recovered = 1);
}

HP_PROGRAM(.summary = "the handling of a memory error depends on the page type that the "
		      "log names",
	   .page_sizes = HP_NO_PAGE_SIZE, .seconds = 30,
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap"), .poisons = true,
	   .sources = HP_SOURCES({"doc", "Documentation/mm/hwpoison.rst"}))
