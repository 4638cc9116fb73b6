// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A memory error in a page of the kernel itself is not recovered: the log says Ignored or
 * Failed, the counters agree, and the request fails. Such a page cannot be unpoisoned.
 */
#include "hugeproof.h"

/*
 * The log has one of these recovery actions for the frame, and the error is not counted as
 * recovered.
 */
static void not_recovered(uint64_t frame, int log,
			  const struct hp_memory_failure_counts *start,
			  const char *const *ways)
{
	struct hp_memory_failure_counts now = hp_memory_failures();
	char said[160];

	hp_recovery(log, frame, said, sizeof(said));
	hp_observed("recovery action", "%s", said);
	while (*ways && strcmp(said, *ways))
		ways++;
	if (!*ways)
		hp_fail_at(HP_HERE("the recovery action"), "ignored or failed", "%s", said);
	hp_check_eq(now.corrupted_kb, start->corrupted_kb + hp_base_kb());
	hp_check_eq(now.recovered, start->recovered);
	if (now.has_events)
		hp_check_eq(now.ignored + now.failed, start->ignored + start->failed + 1);
}

HP_CASE(zero_page,
	"a memory error in the zero page is ignored, and readers still see zeros")
{
	static const char *const ways[] = {"reserved kernel page: Ignored",
					   "get hwpoison page: Ignored", NULL};
	struct hp_memory_failure_counts start = hp_memory_failures();
	char *addr = hp_check_ok(mmap(NULL, hp_base_size, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	uint64_t frame;
	int log = hp_log();

	hp_check_eq(addr[0], 0);
	frame = hp_pfn(addr);
	hp_undo_poison(frame);
	hp_check_errno(madvise(addr, hp_base_size, MADV_HWPOISON), EBUSY);
	not_recovered(frame, log, &start, ways);
	hp_check_eq(addr[hp_base_size - 1], 0);
	addr[0] = 'z';
	hp_check_eq(addr[0], 'z');
}

HP_CASE(kernel_text, "a memory error in the kernel's text is ignored")
{
	static const char *const ways[] = {"reserved kernel page: Ignored",
					   "get hwpoison page: Ignored", NULL};
	struct hp_memory_failure_counts start = hp_memory_failures();
	char line[256];
	unsigned long long from = 0;
	FILE *iomem = fopen("/proc/iomem", "re");
	int log = hp_log();

	hp_require(iomem, "cannot read /proc/iomem: %s", strerror(errno));
	while (!from && fgets(line, sizeof(line), iomem))
		if (strstr(line, "Kernel code"))
			from = strtoull(line, NULL, 16);
	fclose(iomem);
	hp_require(from, "/proc/iomem has no line for the kernel's code");
	hp_check(hp_poison_pfn(from / hp_base_size) != 0);
	not_recovered(from / hp_base_size, log, &start, ways);
}

HP_PROGRAM(.summary =
		   "a memory error in the kernel's own pages is reported and not recovered",
	   .page_sizes = HP_NO_PAGE_SIZE,
	   .needs = HP_NEEDS("memory-failure", "unpoison", "pagemap"), .poisons = true,
	   .spoils = true, .sources = HP_SOURCES({"doc", "Documentation/mm/hwpoison.rst"}))
