// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * CommitLimit and Committed_AS of /proc/meminfo are about memory outside of the hugetlb
 * pools: CommitLimit leaves out the pools of every page size, and Committed_AS leaves out
 * mappings of huge pages, which have reservations in their pool instead, in every mode of
 * vm.overcommit_memory.
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

/* All pools together, in kB. */
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

/* What CommitLimit is computed from: kB, and settings. */
struct basis {
	long memory, swap, pools, ratio, kbytes;
};

static struct basis basis(void)
{
	return (struct basis){
		.memory = hp_meminfo_kb("MemTotal"),
		.swap = hp_meminfo_kb("SwapTotal"),
		.pools = pools_kb(),
		.ratio = setting("overcommit_ratio"),
		.kbytes = setting("overcommit_kbytes"),
	};
}

/*
 * The machine's settings are left as they are: a write of overcommit_ratio would set
 * overcommit_kbytes to 0.
 */
static void need_limit_by_ratio(void)
{
	struct basis now = basis();

	if (now.kbytes || now.ratio < 0)
		hp_skip_case("needs a CommitLimit that depends on the memory outside of "
			     "the pools, but vm.overcommit_kbytes is %ld and "
			     "vm.overcommit_ratio %ld: run it in the lab",
			     now.kbytes, now.ratio);
}

#define LOOKS 50

/* Swap may be added, and a pool whose struct pages are freed adds to MemTotal. */
static void check_limit(void)
{
	struct basis before, after;

	for (int look = 0; look < LOOKS; look++) {
		long limit, expected;

		before = basis();
		limit = hp_meminfo_kb("CommitLimit");
		after = basis();
		if (memcmp(&before, &after, sizeof(before)) != 0)
			continue;
		expected = (after.memory - after.pools) * after.ratio / 100 + after.swap;
		/* The kernel rounds to base pages. */
		hp_check_range(limit, expected - hp_base_kb(), expected + hp_base_kb());
		return;
	}
	hp_skip_case("needs memory, swap and pools that do not change, but in each of %d "
		     "looks they did, in the last from %ld, %ld and %ld to %ld, %ld and "
		     "%ld kB: run it in the lab",
		     LOOKS, before.memory, before.swap, before.pools, after.memory,
		     after.swap, after.pools);
}

HP_CASE(limit, "CommitLimit is overcommit_ratio percent of the memory outside of hugetlb "
	       "pools, plus all swap")
{
	need_limit_by_ratio();
	hp_require(pools_kb() > 0, "there is no pool");
	check_limit();
}

static void need_limit_that_follows(void)
{
	need_limit_by_ratio();
	if (!setting("overcommit_ratio"))
		hp_skip_case("needs a CommitLimit that depends on the pools, but "
			     "vm.overcommit_ratio is 0: run it in the lab");
}

HP_CASE(limit_follows, "CommitLimit falls when a pool grows, and rises when it shrinks")
{
	struct hp_hugetlb_counts start;

	hp_case_needs("pool:control");
	hp_need_resizable_pool();
	need_limit_that_follows();
	start = hp_hugetlb();
	check_limit();
	hp_pool_resize(start.total + PAGES);
	hp_check_hugetlb(start, .total = PAGES, .free = PAGES);
	check_limit();
	hp_pool_resize(start.total);
	hp_check_hugetlb(start);
	check_limit();
}

HP_CASE(limit_and_surplus, "CommitLimit leaves out surplus pages as long as they exist")
{
	struct hp_hugetlb_counts start;
	struct hp_area *area;

	hp_case_needs("overcommit");
	hp_case_needs("pool:control");
	need_limit_that_follows();
	hp_pool_one_node();
	start = hp_hugetlb();
	hp_pool_overcommit(PAGES);
	check_limit();
	area = hp_filled_hugetlb(PAGES, MAP_PRIVATE, 's');
	hp_check_hugetlb(start, .total = PAGES, .surp = PAGES);
	check_limit();
	hp_unmap(area);
	hp_check_hugetlb(start);
	check_limit();
}

static long committed;

static void need_exact(void)
{
	if (!hp_counters_exact())
		hp_skip_case(
			"needs a machine where no other process maps memory meanwhile: "
			"run it in the lab");
	committed = hp_meminfo_kb("Committed_AS");
}

/*
 * The processes of the case map less than half a huge page of other memory, or, where base
 * pages are of 64 kB, some twenty base pages.
 */
static void check_promised_nothing(void)
{
	long half = (long)(hp_page_size / 2048), some = (long)(24 * hp_base_size / 1024);
	long most = half > some ? half : some, more;

	more = hp_meminfo_kb("Committed_AS") - committed;
	hp_check_range(more, -most, most);
}

#define WAYS 5

static const struct way {
	struct hp_variant variant;
	int flags;
	bool file;
} ways[WAYS] = {
	{{"private", "a private mapping"}, MAP_PRIVATE, false},
	{{"shared", "a shared mapping"}, MAP_SHARED, false},
	{{"unreserved", "a private mapping with MAP_NORESERVE"},
	 MAP_PRIVATE | MAP_NORESERVE,
	 false},
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

HP_CASES(promised,
	 "Committed_AS does not change when huge pages are mapped, written, protected or "
	 "unmapped",
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

HP_CASE(segment, "Committed_AS does not count a System V segment of huge pages")
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

/* Maps memory, and touches none of it, until CommitLimit is reached. */
static void take_all_promises(void)
{
	for (size_t size = (size_t)1 << (sizeof(size_t) > 4 ? 40 : 31);
	     size >= hp_base_size;)
		if (mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0) == MAP_FAILED) {
			hp_check_eq(errno, ENOMEM);
			size /= 2;
		}
}

HP_CASE(strict,
	"with overcommit_memory 2, huge pages can still be mapped when CommitLimit is "
	"reached")
{
	need_exact();
	need_limit_by_ratio();
	hp_require(!hp_setting("/proc/sys/vm/overcommit_ratio", "60"),
		   "cannot write overcommit_ratio");
	hp_require(!hp_setting("/proc/sys/vm/overcommit_memory", "2"),
		   "cannot write overcommit_memory");
	take_all_promises();
	map_all_ways();
}

HP_PROGRAM(.summary = "CommitLimit and Committed_AS leave out hugetlb pages",
	   .needs = HP_NEEDS("hugetlb:2", "root"),
	   .sources = HP_SOURCES({"doc", "Documentation/filesystems/proc.rst",
				  "CommitLimit, Committed_AS"},
				 {"doc", "Documentation/mm/overcommit-accounting.rst"}))
