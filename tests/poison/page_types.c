// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the kernel does about an error depends on what the page is, and it says so: the
 * log names the type and the result, the counters agree, and who maps the page finds what
 * that result promises.
 */
#include "hugeproof.h"

#include <linux/kernel-page-flags.h>

static size_t base;

static char *map_pages(size_t pages, int flags, int fd)
{
	base = hp_base_page_size();
	return hp_check_ok(mmap(NULL, pages * base, PROT_READ | PROT_WRITE, flags, fd, 0));
}

HP_CASE(anonymous, "anonymous: a dirty LRU page, lost")
{
	char *addr = map_pages(2, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	addr[0] = addr[base] = 'a';
	hp_check_recovers(addr, "dirty LRU page", NULL);
	hp_check_poisoned(addr, HP_READ, base);
	hp_check_eq(addr[base], 'a');
}

HP_CASE(mlocked, "mlocked: lost, as an mlocked page or as any other")
{
	char *addr = map_pages(2, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	addr[0] = addr[base] = 'm';
	hp_check_ok(mlock(addr, 2 * base));
	hp_check_recovers(addr, "dirty mlocked LRU page", "dirty LRU page");
	hp_check_poisoned(addr, HP_READ, base);
	hp_check_eq(addr[base], 'm');
}

HP_CASE(merged, "of KSM: both who share it lose it")
{
	char *addr = map_pages(2, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	static const char ksm[] = "/sys/kernel/mm/ksm/run";

	memset(addr, 'k', 2 * base);
	hp_check_ok(madvise(addr, 2 * base, MADV_MERGEABLE));
	if (access(ksm, W_OK))
		hp_skip_case("needs KSM (CONFIG_KSM): run it in the lab");
	hp_require(!hp_setting("/sys/kernel/mm/ksm/sleep_millisecs", "1") &&
			   !hp_setting("/sys/kernel/mm/ksm/pages_to_scan", "1000") &&
			   !hp_setting(ksm, "1"),
		   "cannot write the settings of KSM");
	hp_eventually(hp_frame(addr) == hp_frame(addr + base), 8);
	/* It has pages in hand while it runs; what it merged stays. */
	hp_require(!hp_setting(ksm, "0"), "cannot write to %s", ksm);
	hp_check_recovers(addr, "dirty LRU page", NULL);
	hp_check_poisoned(addr, HP_READ, base);
	hp_check_poisoned(addr + base, HP_READ, base);
}

HP_CASE(twice, "an error in a page that is bad already counts no second time")
{
	struct hp_memory_failures failures;
	char *addr = map_pages(1, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	uint64_t frame;

	addr[0] = 'a';
	frame = hp_frame(addr);
	hp_check_recovers(addr, "dirty LRU page", NULL);
	failures = hp_memory_failures();
	hp_check_eq(hp_poison_frame(frame), -EHWPOISON);
	hp_check_eq(hp_memory_failures().corrupted_kb, failures.corrupted_kb);
	hp_check_eq(hp_memory_failures().recovered, failures.recovered);
}

/*
 * The head of a free block of the page allocator, among the largest, which are the last to
 * be taken. Memory may lie higher than there are pages.
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

HP_CASE(free_page, "free memory is taken away from the page allocator")
{
	struct hp_memory_failures failures = hp_memory_failures();
	uint64_t frame = free_frame();
	int log = hp_log();

	base = hp_base_page_size();
	hp_check_eq(hp_poison_frame(frame), 0);
	hp_check_recovery(log, frame, "free buddy page", "Recovered");
	hp_check_failures(failures, .corrupted_kb = (long)(base / 1024), .total = 1,
			  .recovered = 1);
	hp_check_eq(hp_unpoison(frame), 0);
	hp_check(!hp_frame_poisoned(frame));
	hp_check_failures(failures, .total = 1, .recovered = 1);
}

HP_PROGRAM(.summary = "every type of page has its own recovery, and the log names it",
	   .page_sizes = HP_NO_PAGE_SIZE, .seconds = 30,
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap"), .poisons = true,
	   .source = "Documentation/mm/hwpoison.rst")
