// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the pools of huge pages have is not there for others: CommitLimit is without it, of
 * every size. Mappings of huge pages are promised by the pool, and Committed_AS is without
 * them, whatever the mode of overcommitment.
 */
#include "hugeproof.h"

#define PAGES 2

static long setting(const char *name)
{
	char path[64];
	long value;

	snprintf(path, sizeof(path), "/proc/sys/vm/%s", name);
	hp_require(!hp_read_long(path, &value), "cannot read %s", path);
	return value;
}

/* By a share of the memory, and not by a number of kB. */
static void limit_by_ratio(const char *ratio)
{
	hp_require(!hp_setting("/proc/sys/vm/overcommit_ratio", ratio),
		   "cannot write overcommit_ratio");
	hp_require(!setting("overcommit_kbytes"), "overcommit_kbytes is set");
}

/* Base pages of all pools together, in kB. */
static long pools_kb(void)
{
	size_t sizes[HP_MAX_SIZES];
	int n = hp_hugetlb_sizes(sizes);
	long kb = 0;

	for (int i = 0; i < n; i++) {
		struct hp_hugetlb_counts pool;

		hp_require(!hp_hugetlb_read(sizes[i], &pool), "cannot read a pool");
		kb += pool.total * (long)(sizes[i] / 1024);
	}
	return kb;
}

HP_CASE(limit, "CommitLimit is a share of the memory that is in no pool, and all swap")
{
	long expected, got;

	limit_by_ratio("80");
	hp_require(pools_kb() > 0, "there is no pool");
	/* All figures are looked at again where a pool changed meanwhile. */
	for (int i = 0; i < 20; i++) {
		long before = pools_kb();

		expected = (hp_meminfo_kb("MemTotal") - before) / 100 * 80 +
			   hp_meminfo_kb("SwapTotal");
		got = hp_meminfo_kb("CommitLimit");
		if (pools_kb() == before)
			break;
	}
	/* Roundings: of the kernel's in base pages, and of ours. */
	hp_check_range(got, expected - 100, expected + 100);
}

HP_CASE(limit_follows, "CommitLimit falls and rises with the size of the pool")
{
	struct hp_hugetlb_counts start;
	long before, kb = PAGES * (long)(hp_page_size / 1024);

	hp_case_needs("pool:control");
	hp_need_resizable_pool();
	limit_by_ratio("100");
	start = hp_hugetlb();
	before = hp_meminfo_kb("CommitLimit");
	hp_pool_resize(start.total + PAGES);
	hp_check_hugetlb(start, .total = PAGES, .free = PAGES);
	hp_check_eq(hp_meminfo_kb("CommitLimit"), before - kb);
	hp_pool_resize(start.total);
	hp_check_eq(hp_meminfo_kb("CommitLimit"), before);
}

HP_CASE(limit_and_surplus,
	"surplus pages are taken from CommitLimit as long as they are there")
{
	struct hp_area *area;
	long before, kb = PAGES * (long)(hp_page_size / 1024);

	hp_case_needs("overcommit");
	hp_case_needs("pool:control");
	hp_pool_one_node();
	hp_pool_overcommit(PAGES);
	limit_by_ratio("100");
	before = hp_meminfo_kb("CommitLimit");
	area = hp_filled_hugetlb(PAGES, MAP_PRIVATE, 's');
	hp_check_eq(hp_meminfo_kb("CommitLimit"), before - kb);
	hp_unmap(area);
	hp_check_eq(hp_meminfo_kb("CommitLimit"), before);
}

static long committed;

static void need_exact(void)
{
	if (!hp_counters_exact())
		hp_skip_case(
			"what is promised to others meanwhile cannot be told apart: run "
			"it in the lab");
	committed = hp_meminfo_kb("Committed_AS");
}

/* Half a huge page is for what the case's processes take besides. */
static void check_promised_nothing(void)
{
	long half = (long)(hp_page_size / 2048), more;

	more = hp_meminfo_kb("Committed_AS") - committed;
	hp_check_range(more, -half, half);
}

#define WAYS 5

static const struct way {
	struct hp_variant variant;
	int flags;
	bool file;
} ways[WAYS] = {
	{{"private", "a private mapping"}, MAP_PRIVATE, false},
	{{"shared", "a shared mapping"}, MAP_SHARED, false},
	{{"unreserved", "one without a reservation"}, MAP_PRIVATE | MAP_NORESERVE, false},
	{{"file", "a private mapping of a file"}, MAP_PRIVATE, true},
	{{"shared_file", "a shared mapping of a file"}, MAP_SHARED, true},
};

static void map_all_ways(void)
{
	for (size_t i = 0; i < WAYS; i++) {
		int fd = ways[i].file ? hp_hugetlb_file() : -1;
		struct hp_area *area;

		if (ways[i].file)
			hp_resize_file(fd, PAGES);
		area = ways[i].file ? hp_map_file(fd, 0, PAGES, ways[i].flags)
				    : hp_map_hugetlb(PAGES, ways[i].flags);
		hp_fill(area, 'h');
		hp_check_ok(mprotect(area->addr, hp_page_size, PROT_READ));
		hp_check_ok(mprotect(area->addr, hp_page_size, PROT_READ | PROT_WRITE));
		hp_unmap(area);
		if (ways[i].file)
			hp_check_ok(close(fd));
	}
}

HP_CASES(promised, "Committed_AS has no huge page, mapped, written, protected or copied",
	 ways, way)
{
	struct hp_area *area;

	need_exact();
	if (way->file) {
		int fd = hp_hugetlb_file();

		hp_resize_file(fd, PAGES);
		area = hp_map_file(fd, 0, PAGES, way->flags);
	} else {
		area = hp_map_hugetlb(PAGES, way->flags);
	}
	check_promised_nothing();
	hp_fill(hp_nth_page(area, 0), 'c');
	check_promised_nothing();
	hp_step("is read-only, and can be written again");
	hp_check_ok(mprotect(area->addr, area->size, PROT_READ));
	check_promised_nothing();
	hp_check_ok(mprotect(area->addr, area->size, PROT_READ | PROT_WRITE));
	check_promised_nothing();
	hp_step("a child has it too");
	hp_in_child() {
		hp_check_ok(mprotect(area->addr, hp_page_size, PROT_NONE));
		hp_check_ok(mprotect(area->addr, hp_page_size, PROT_READ | PROT_WRITE));
		check_promised_nothing();
	}
	hp_step("a part of it is unmapped");
	hp_check_ok(munmap(hp_page(area, 1), hp_page_size));
	check_promised_nothing();
	hp_check_ok(munmap(area->addr, hp_page_size));
	check_promised_nothing();
}

HP_CASE(segment, "Committed_AS has no segment of huge pages")
{
	void *at;
	int id;

	need_exact();
	id = hp_segment(PAGES * hp_page_size,
			0600 | IPC_CREAT | SHM_HUGETLB | hp_size_flag(hp_page_size));
	check_promised_nothing();
	at = shmat(id, NULL, 0);
	hp_check(at != (void *)-1);
	*(volatile char *)at = 1;
	check_promised_nothing();
	hp_check_ok(shmdt(at));
	hp_check_ok(shmctl(id, IPC_RMID, NULL));
	check_promised_nothing();
}

/* All that the limit leaves is promised to mappings that nobody touches. */
static void take_all_promises(void)
{
	for (size_t size = 1UL << 40; size >= hp_base_size;)
		if (mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0) == MAP_FAILED) {
			hp_check_eq(errno, ENOMEM);
			size /= 2;
		}
}

HP_CASE(strict, "with overcommit_memory 2, huge pages are mapped where nothing else can be "
		"any more")
{
	need_exact();
	limit_by_ratio("60");
	hp_require(!hp_setting("/proc/sys/vm/overcommit_memory", "2"),
		   "cannot write overcommit_memory");
	take_all_promises();
	map_all_ways();
}

HP_PROGRAM(.summary =
		   "what pools have, nobody else is promised; what they promise is theirs",
	   .needs = HP_NEEDS("hugetlb:2", "root"),
	   .sources = HP_SOURCES({"doc", "Documentation/filesystems/proc.rst",
				  "CommitLimit, Committed_AS"},
				 {"doc", "Documentation/mm/overcommit-accounting.rst"}))
