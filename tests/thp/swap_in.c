// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A folio that was swapped out whole comes back whole with one fault, from a device like
 * zram, and is counted in its size's swpin. Where that is not possible, smaller pages come
 * back, the reason is counted, and no byte is lost.
 */
#include "hugeproof.h"

#include <limits.h>
#include <sys/resource.h>

#define SIZE  (16 * hp_base_size)
#define PAGES 4

static bool has_stat(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path),
		 "/sys/kernel/mm/transparent_hugepage/hugepages-%zukB/stats/%s",
		 SIZE / 1024, name);
	return !access(path, R_OK);
}

static long stat_of(const char *name)
{
	long value;

	if (!has_stat(name))
		hp_skip_case(
			"needs hugepages-%zukB/stats/%s (Linux 6.14): run it on a newer "
			"kernel",
			SIZE / 1024, name);
	hp_require(!hp_thp_stat_read(SIZE, name, &value), "cannot read %s", name);
	return value;
}

static void check_counted(const char *name, long before, long n)
{
	hp_check_range(stat_of(name) - before, n, hp_counters_exact() ? n : LONG_MAX);
}

static void need_whole(void)
{
	stat_of("swpin");
	hp_need_whole_swap_in();
}

/* Folios that were asked to go out; checked by base pages. */
static struct hp_area *sent_out(void)
{
	struct hp_area *area = hp_map_thp_of(SIZE, PAGES);

	hp_khugepaged_calm();
	hp_touch(area);
	for (size_t page = 0; page < PAGES; page++)
		hp_require_folio(hp_page(area, page), SIZE);
	area->page_size = hp_base_size;
	hp_fill(area, 's');
	hp_swap_out(area);
	return area;
}

/* Folios that went out whole. */
static struct hp_area *swapped_out(void)
{
	long before = stat_of("swpout");
	struct hp_area *area = sent_out();

	if (stat_of("swpout") - before < PAGES)
		hp_short_of(SIZE, "%ld of %d folios went to swap whole",
			    stat_of("swpout") - before, PAGES);
	return area;
}

static char *in_folio(const struct hp_area *area, size_t folio, size_t page)
{
	return area->addr + folio * SIZE + page * hp_base_size;
}

/* Whether there is memory for a large folio is not up to the test. */
static void check_whole(const void *addr, long fallbacks)
{
	size_t size = hp_folio_size(addr);

	if (size < SIZE && stat_of("swpin_fallback") > fallbacks)
		hp_short_of(SIZE, "swap-in fell back to smaller pages");
	hp_check_folio_size(addr, SIZE);
}

static void touch(char *addr, enum hp_access access)
{
	volatile char *at = addr, was = *at;

	if (access == HP_WRITE)
		*at = was;
}

static const struct way {
	struct hp_variant variant;
	enum hp_access access;
} ways[] = {
	{{"read", "a read"}, HP_READ},
	{{"written", "a write"}, HP_WRITE},
};

HP_CASES(whole, "%s brings a swapped-out folio back whole, and swpin counts it", ways, way)
{
	struct hp_area *area;
	long before, fallbacks;

	need_whole();
	area = swapped_out();
	before = stat_of("swpin");
	fallbacks = stat_of("swpin_fallback");
	for (size_t folio = 0; folio < PAGES; folio++) {
		touch(in_folio(area, folio, 5), way->access);
		check_whole(in_folio(area, folio, 0), fallbacks);
		hp_check_eq(hp_area_smaps(area).swap,
			    (long)((PAGES - 1 - folio) * SIZE / 1024));
		check_counted("swpin", before, (long)folio + 1);
	}
	hp_check_filled(area, 's');
	check_counted("swpin", before, PAGES);
	check_counted("swpin_fallback", fallbacks, 0);
	hp_check_writable(area, 'w');
}

HP_CASE(incomplete, "a swapped-out folio that lost a page comes back in smaller ones")
{
	struct hp_area *area;
	long before, fallbacks;

	need_whole();
	area = swapped_out();
	before = stat_of("swpin");
	fallbacks = stat_of("swpin_fallback");
	hp_check_ok(madvise(in_folio(area, 1, 3), hp_base_size, MADV_DONTNEED));
	touch(in_folio(area, 1, 8), HP_READ);
	hp_check_eq(hp_folio_size(in_folio(area, 1, 8)), hp_base_size);
	check_counted("swpin", before, 0);
	hp_check_filled_around(area, hp_part(area, SIZE + 3 * hp_base_size, hp_base_size),
			       's');
	hp_check_zeros(hp_part(area, SIZE + 3 * hp_base_size, hp_base_size));
	hp_step("the others came back whole");
	if (stat_of("swpin_fallback") > fallbacks)
		hp_short_of(SIZE, "swap-in fell back to smaller pages");
	check_counted("swpin", before, PAGES - 1);
}

HP_CASE(forked,
	"parent and child have the contents of folios that were swapped out at fork")
{
	struct hp_area *area;

	need_whole();
	area = swapped_out();
	hp_in_child() {
		hp_check_filled(area, 's');
		hp_check_writable(area, 'c');
	}
	hp_check_filled(area, 's');
	hp_check_eq(hp_area_smaps(area).swap, 0);
}

HP_CASE(with_userfaultfd, "in memory with a userfaultfd swapped-out folios lose no byte")
{
	struct hp_area *area;
	long before;

	need_whole();
	area = swapped_out();
	hp_uffd_missing(area);
	before = stat_of("swpin");
	touch(in_folio(area, 0, 5), HP_READ);
	hp_check_eq(hp_folio_size(in_folio(area, 0, 5)), hp_base_size);
	hp_check_filled(area, 's');
	check_counted("swpin", before, 0);
}

/* From now on this process gets no free pages of the size or larger. */
static void fail_large_allocations(void)
{
	static const char *const settings[][2] = {
		{"ignore-gfp-wait", "N"}, {"ignore-gfp-highmem", "N"}, {"verbose", "0"},
		{"interval", "0"},        {"task-filter", "Y"},        {"times", "-1"},
		{"probability", "100"},
	};
	char path[96], order[8];

	snprintf(order, sizeof(order), "%d", __builtin_ctzl(SIZE / hp_base_size));
	hp_require(!hp_setting("/sys/kernel/debug/fail_page_alloc/min-order", order),
		   "cannot set min-order");
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/fail_page_alloc/%s",
			 settings[i][0]);
		hp_require(!hp_setting(path, settings[i][1]), "cannot write %s", path);
	}
	hp_require(!hp_write_text("/proc/self/make-it-fail", "1"),
		   "cannot write /proc/self/make-it-fail");
}

HP_CASE(no_memory, "without a free large page base pages come back (swpin_fallback)")
{
	struct hp_area *area;
	long before, whole;

	hp_case_needs("fault-injection");
	need_whole();
	area = swapped_out();
	before = stat_of("swpin_fallback");
	whole = stat_of("swpin");
	fail_large_allocations();
	touch(in_folio(area, 2, 1), HP_READ);
	hp_check_eq(hp_folio_size(in_folio(area, 2, 1)), hp_base_size);
	check_counted("swpin_fallback", before, 1);
	check_counted("swpin", whole, 0);
	hp_check_filled(area, 's');
	hp_check_eq(hp_area_smaps(area).swap, 0);
}

/*
 * Leaves room for base pages and not for a folio. The kernel charges a batch of pages in
 * advance; a limit below what is charged makes it give them back.
 */
static void leave_room(const char *group)
{
	hp_cgroup_memory_limit(group, hp_cgroup_usage(group) - (long)hp_base_size);
	hp_cgroup_memory_limit(group, hp_cgroup_usage(group) + (long)SIZE / 4);
}

static void swap_in_charged(void *arg)
{
	const char *group = arg;
	struct hp_area *area;
	long before, whole;

	hp_one_cpu();
	hp_cgroup_enter(group);
	area = swapped_out();
	before = stat_of("swpin_fallback_charge");
	whole = stat_of("swpin");
	/* The kernel is not to reclaim for a large page. */
	hp_thp_setting("defrag", "never");
	leave_room(group);
	touch(in_folio(area, 2, 1), HP_READ);
	hp_check_eq(hp_folio_size(in_folio(area, 2, 1)), hp_base_size);
	check_counted("swpin_fallback_charge", before, 1);
	check_counted("swpin", whole, 0);
	hp_cgroup_memory_limit(group, 1L << 30);
	hp_check_filled(area, 's');
}

HP_CASE(no_charge, "where a cgroup is full base pages come back (swpin_fallback_charge)")
{
	need_whole();
	stat_of("swpin_fallback_charge");
	hp_wait_ok(hp_fork(swap_in_charged, (void *)hp_cgroup("memory")));
}

HP_CASE(zswapped, "a folio that zswap takes is counted in zswpout, and not in swpout")
{
	struct hp_area *area;
	char enabled[8];
	long before, out;

	hp_case_needs("swap");
	if (hp_read_text("/sys/module/zswap/parameters/enabled", enabled,
			 sizeof(enabled)) <= 0 ||
	    enabled[0] != 'Y')
		hp_skip_case("needs zswap: boot with zswap.enabled=1 (lab run --append)");
	before = stat_of("zswpout");
	out = stat_of("swpout");
	area = sent_out();
	check_counted("zswpout", before, PAGES);
	check_counted("swpout", out, 0);
	hp_check_filled(area, 's');
}

HP_PROGRAM(.summary = "swapped-out folios come back whole, or in smaller pages",
	   .page_sizes = HP_NO_PAGE_SIZE, .needs = HP_NEEDS("thp", "pagemap", "root"),
	   .seconds = 20,
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/mm/transhuge.rst",
				  "Monitoring usage (hugepages-*/stats)"}))
