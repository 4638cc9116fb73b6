// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The hugetlb cgroup controller counts the pages that a group's processes use and reserve,
 * enforces its limits, and uncharges everything in the end.
 */
#include "hugeproof.h"

HP_CASE(limit,
	"a huge page beyond hugetlb.max gives SIGBUS and an event, and exit uncharges all")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	const char *group = hp_cgroup("hugetlb");
	struct hp_paused *child;

	hp_cgroup_limit(group, "max", 1);
	hp_check_eq(hp_cgroup_pages(group, "current"), 0);
	hp_paused_child(child) {
		struct hp_area *area;

		hp_cgroup_enter(group);
		area = hp_map_hugetlb(2, MAP_PRIVATE | MAP_NORESERVE);
		hp_touch(hp_nth_page(area, 0));
		hp_pause(child);
		hp_step("touches one page more than the limit allows");
		hp_check_fault(area, hp_page(area, 1), HP_WRITE, SIGBUS, BUS_ADRERR);
	}
	hp_check_eq(hp_cgroup_pages(group, "current"), 1);
	hp_check_eq(hp_cgroup_events(group, "events"), 0);
	hp_resume_ok(child);
	hp_check(hp_cgroup_events(group, "events") > 0);
	hp_check(hp_cgroup_events(group, "events.local") > 0);
	hp_check_eq(hp_cgroup_pages(group, "current"), 0);
	hp_check_hugetlb(start);
}

HP_CASE(reservation_limit,
	"mmap beyond hugetlb.rsvd.max fails with ENOMEM, and exit uncharges all")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	const char *group = hp_cgroup("hugetlb");

	hp_cgroup_limit(group, "rsvd.max", 1);
	hp_in_child() {
		hp_cgroup_enter(group);
		hp_map_hugetlb(1, MAP_SHARED);
		hp_check_eq(hp_cgroup_pages(group, "rsvd.current"), 1);
		hp_check_eq(hp_cgroup_pages(group, "current"), 0);
		hp_check_errno(hp_try_map_hugetlb(1, MAP_SHARED), ENOMEM);
		hp_check_errno(hp_try_map_hugetlb(1, MAP_PRIVATE), ENOMEM);
	}
	hp_check_eq(hp_cgroup_pages(group, "rsvd.current"), 0);
	hp_check_hugetlb(start);
}

/* A process of the group fills a page of the file and exits. */
static void fill_file_in(const char *group, int fd)
{
	hp_in_child() {
		hp_cgroup_enter(group);
		hp_resize_file(fd, 1);
		hp_fill(hp_map_file(fd, 0, 1, MAP_SHARED), 'g');
	}
}

HP_CASE(outlived, "a file keeps its huge page when the cgroup charged for it is removed")
{
	struct hp_hugetlb_counts start = hp_hugetlb();
	const char *group = hp_cgroup("hugetlb");
	int fd = hp_hugetlb_file();
	struct hp_area *area;

	fill_file_in(group, fd);
	hp_check_eq(hp_cgroup_pages(group, "current"), 1);
	hp_check_ok(rmdir(group));
	hp_check_hugetlb(start, .free = -1);
	area = hp_map_file(fd, 0, 1, MAP_SHARED);
	hp_check_filled(area, 'g');
	hp_unmap(area);
	hp_check_ok(close(fd));
	hp_check_hugetlb(start);
}

HP_CASE(file_given_back,
	"a file's huge page is uncharged from the cgroup when the file is truncated")
{
	const char *group = hp_cgroup("hugetlb");
	int fd = hp_hugetlb_file();

	fill_file_in(group, fd);
	hp_check_eq(hp_cgroup_pages(group, "current"), 1);
	hp_check_ok(ftruncate(fd, 0));
	hp_check_eq(hp_cgroup_pages(group, "current"), 0);
	hp_check_eq(hp_cgroup_pages(group, "rsvd.current"), 0);
}

static const struct file {
	struct hp_variant variant;
	const char *name;
} files[] = {
	{{"limit", "max"}, "max"},
	{{"reservation_limit", "rsvd.max"}, "rsvd.max"},
};

HP_CASES(rounded,
	 "a hugetlb cgroup's limit that is no multiple of the page size is rounded down",
	 files, file)
{
	const char *group = hp_cgroup("hugetlb");
	char path[256], size[32], bytes[32], text[64];
	long limit = 0;

	hp_size_name(size, sizeof(size), hp_page_size);
	snprintf(path, sizeof(path), "%s/hugetlb.%sB.%s", group, size, file->name);
	snprintf(bytes, sizeof(bytes), "%zu", 3 * hp_page_size - hp_base_size);
	hp_require(!hp_write_text(path, bytes), "cannot write %s to %s", bytes, path);
	hp_check_eq(hp_read_long(path, &limit), 0);
	hp_check_eq(limit, 2 * hp_page_size);
	hp_require(!hp_write_text(path, "max"), "cannot write max to %s", path);
	hp_require(hp_read_text(path, text, sizeof(text)) > 0, "cannot read %s", path);
	hp_check(!strcmp(text, "max\n"));
}

HP_PROGRAM(.summary = "the hugetlb cgroup controller counts, limits and uncharges",
	   .needs = HP_NEEDS("hugetlb:2", "root"),
	   .sources = HP_SOURCES({"doc", "Documentation/admin-guide/cgroup-v2.rst",
				  "HugeTLB"}))
