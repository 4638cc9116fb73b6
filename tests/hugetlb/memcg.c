// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * If cgroup v2 is mounted with memory_hugetlb_accounting, the memory controller charges
 * huge pages to the cgroup whose process faults them in, until they return to the pool. A
 * fault refused by its limit leaks no page.
 */
#include "hugeproof.h"

#define PAGES 2
/*
 * What else a cgroup is charged meanwhile: page tables, stacks, and the per-CPU stock of
 * the one CPU that the case runs on, 64 base pages (MEMCG_CHARGE_BATCH).
 */
#define BESIDE ((long)(64 * hp_base_size) + (512L << 10))

static const char *group;
static long before;
/* "hugetlb" of memory.stat, which kernels before 6.13 lack: -1. */
static long stat_before;

static long in_stat(void)
{
	char text[16384];

	hp_require(hp_read_text(hp_path_in(group, "memory.stat"), text, sizeof(text)) > 0,
		   "cannot read memory.stat");
	return hp_field(text, "hugetlb");
}

static void begin(void)
{
	hp_need_hugetlb_accounting();
	if ((long)hp_page_size <= BESIDE)
		hp_skip_case("a huge page is no larger than the cgroup's other charges");
	hp_one_cpu();
	group = hp_cgroup("memory");
	hp_cgroup_enter(group);
	before = hp_cgroup_usage(group);
	stat_before = in_stat();
	hp_observed("hugetlb in memory.stat", "%s", stat_before < 0 ? "no" : "yes");
}

static void check_charged(size_t pages)
{
	long charged = hp_cgroup_usage(group) - before, size = (long)(pages * hp_page_size);

	hp_check_range(charged, size - BESIDE, size + BESIDE);
	/* The kernel may add up the counts of its processors two seconds late. */
	if (stat_before >= 0)
		hp_eventually(in_stat() - stat_before == size, 5);
}

HP_CASES(charged, "memory.current of a cgroup includes huge pages from fault to munmap",
	 hp_sharings, way)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct hp_area *area;

	begin();
	area = hp_map_hugetlb(PAGES, way->flag);
	check_charged(0);
	hp_touch(hp_nth_page(area, 0));
	check_charged(1);
	hp_fill(area, 'm');
	check_charged(PAGES);
	hp_unmap(area);
	check_charged(0);
	hp_check_hugetlb(start);
}

HP_CASE(copied, "a child's copy of a huge page is charged in addition to its parent's page")
{
	struct hp_area *area;

	begin();
	area = hp_filled_hugetlb(1, MAP_PRIVATE, 'p');
	hp_in_child() {
		check_charged(1);
		hp_fill(area, 'c');
		check_charged(2);
	}
	check_charged(1);
	hp_check_filled(area, 'p');
}

HP_CASE(punched, "a huge page punched out of a file is uncharged")
{
	struct hp_area *area;
	int fd;

	begin();
	fd = hp_hugetlb_file();
	hp_resize_file(fd, PAGES);
	area = hp_map_file(fd, 0, PAGES, MAP_SHARED);
	hp_fill(area, 'f');
	check_charged(PAGES);
	hp_check_ok(hp_punch(fd, 0, hp_page_size));
	check_charged(PAGES - 1);
	hp_check_filled(hp_nth_page(area, 1), 'f');
}

HP_CASE(migrated, "a huge page that migrates to another node stays charged once")
{
	struct hp_area *area;

	hp_case_needs("nodes:2");
	begin();
	area = hp_filled_hugetlb(1, MAP_PRIVATE, 'n');
	check_charged(1);
	for (int n = 0; n < 2; n++) {
		int node = hp_node(n);

		hp_check_eq(hp_move_to_node(area->addr, node), node);
		check_charged(1);
	}
	hp_check_filled(area, 'n');
	hp_unmap(area);
	check_charged(0);
}

HP_CASE(copied_by_handler, "a huge page filled by UFFDIO_COPY is charged once")
{
	struct hp_hugetlb_counts start;
	struct hp_area *area, *source;
	int uffd;

	hp_case_needs_pages(PAGES + 1);
	start = hp_hugetlb();
	begin();
	area = hp_map_hugetlb(PAGES, MAP_PRIVATE);
	source = hp_filled_hugetlb(1, MAP_PRIVATE, 'u');
	check_charged(1);
	uffd = hp_uffd_missing(area);
	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, hp_page_size), 0);
	check_charged(2);
	hp_check_eq(hp_uffd_copy(uffd, area->addr, source->addr, hp_page_size), EEXIST);
	check_charged(2);
	hp_unmap(area);
	check_charged(1);
	hp_unmap(source);
	check_charged(0);
	hp_check_hugetlb(start);
}

HP_CASE(of_private_file, "a huge page of a file and its private copy are both charged")
{
	struct hp_area *area;
	int fd;

	begin();
	fd = hp_hugetlb_file();
	hp_resize_file(fd, 1);
	hp_check_ok(fallocate(fd, 0, 0, (off_t)hp_page_size));
	check_charged(1);
	area = hp_map_file(fd, 0, 1, MAP_PRIVATE);
	hp_fill(area, 'c');
	check_charged(2);
	hp_check_ok(ftruncate(fd, 0));
	check_charged(0);
	hp_unmap(area);
	check_charged(0);
}

HP_CASE(outlived,
	"a huge page left in a file stays charged to its cgroup until it is freed")
{
	struct hp_paused *child;
	int fd;

	begin();
	fd = hp_hugetlb_file();
	hp_resize_file(fd, 1);
	hp_paused_child(child) {
		hp_filled_hugetlb(1, MAP_PRIVATE, 'o');
		hp_fill(hp_map_file(fd, 0, 1, MAP_SHARED), 'f');
		hp_pause(child);
	}
	check_charged(2);
	hp_resume_ok(child);
	check_charged(1);
	hp_check_ok(close(fd));
	check_charged(0);
}

HP_CASES(no_page, "a huge page fault with an empty pool charges nothing", hp_sharings, way)
{
	struct hp_hugetlb_counts start;
	struct hp_area *area;

	begin();
	start = hp_pool_leave(1);
	area = hp_map_hugetlb(PAGES, way->flag | MAP_NORESERVE);
	hp_touch(hp_nth_page(area, 0));
	check_charged(1);
	for (int twice = 0; twice < 2; twice++)
		hp_check_fault(area, hp_page(area, 1), HP_WRITE, SIGBUS, BUS_ADRERR);
	check_charged(1);
	hp_unmap(area);
	check_charged(0);
	hp_check_hugetlb(start);
}

HP_CASE(surplus, "surplus huge pages are charged like persistent ones")
{
	struct hp_hugetlb_counts start;
	struct hp_area *area;

	hp_case_needs("overcommit");
	hp_case_needs("pool:control");
	begin();
	hp_pool_one_node();
	start = hp_hugetlb();
	hp_pool_overcommit(PAGES);
	area = hp_filled_hugetlb(PAGES, MAP_PRIVATE, 's');
	check_charged(PAGES);
	hp_unmap(area);
	check_charged(0);
	hp_check_hugetlb(start);
}

HP_CASE(limit_of_a_file,
	"fallocate beyond memory.max fails and takes no huge page from the pool")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	int fd;

	begin();
	fd = hp_hugetlb_file();
	hp_cgroup_memory_limit(group, before + BESIDE + (long)hp_page_size);
	hp_check_ok(fallocate(fd, 0, 0, (off_t)hp_page_size));
	check_charged(1);
	/* ENOMEM on kernels that retry a fault refused by memory.max, otherwise ENOSPC. */
	hp_check_eq(fallocate(fd, 0, (off_t)hp_page_size, (off_t)hp_page_size), -1);
	hp_check(errno == ENOMEM || errno == ENOSPC);
	hp_observed("errno of fallocate beyond memory.max", "%s", strerrorname_np(errno));
	check_charged(1);
	hp_check_hugetlb(start, .free = -1);
	hp_check_ok(close(fd));
	check_charged(0);
	hp_check_hugetlb(start);
}

/* A fault that fails reclaims some times first; one that is retried does so forever. */
#define RETRIED 1000

struct beyond {
	struct hp_area *area;
	_Atomic bool returned; /* the fault has returned */
};

static void touch_beyond(void *arg)
{
	struct beyond *beyond = arg;

	hp_check_fault(beyond->area, hp_page(beyond->area, 1), HP_WRITE, SIGBUS,
		       BUS_ADRERR);
	beyond->returned = true;
}

HP_CASES(limit, "a fault of a huge page beyond memory.max gets SIGBUS and takes no page",
	 hp_sharings, way)
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	struct beyond *beyond = hp_shared(sizeof(*beyond));
	pid_t pid;

	begin();
	beyond->area = hp_map_hugetlb(PAGES, way->flag);
	hp_cgroup_memory_limit(group, before + BESIDE + (long)hp_page_size);
	hp_touch(hp_nth_page(beyond->area, 0));
	check_charged(1);
	pid = hp_fork(touch_beyond, beyond);
	hp_eventually(beyond->returned || hp_cgroup_memory_events(group, "max") > RETRIED,
		      10);
	hp_check(beyond->returned);
	hp_wait_ok(pid);
	check_charged(1);
	hp_check_hugetlb(start, .free = -1, .rsvd = 1);
	hp_unmap(beyond->area);
	hp_check_hugetlb(start);
}

HP_PROGRAM(.summary = "the memory controller charges huge pages with "
		      "memory_hugetlb_accounting",
	   .needs = HP_NEEDS("hugetlb:2", "root"), .seconds = 20,
	   .sources = HP_SOURCES({"commit", "8cba9576df60",
				  "hugetlb: memcg: account hugetlb-backed memory in memory "
				  "controller"},
				 {"doc", "Documentation/admin-guide/cgroup-v2.rst",
				  "memory_hugetlb_accounting"}))
